"""The scans of an upload as a table: what came of each, what to look at, what to take away."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from zlib import crc32

import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.batch import Batch, BatchStability
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Classifier
from brain_tumor.reporting.batch_export import batch_csv, batch_zip
from brain_tumor.stability import ALTERATIONS
from brain_tumor.ui import batch_table, progress, state
from brain_tumor.ui.batch_table import STATES, Line
from brain_tumor.ui.progress import Job, Pending
from brain_tumor.ui.state import Workspace
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES

STABILITY_AT_ONCE: Final = 40
"""Answers up to which stability is looked at without being asked for: some ten seconds."""

_OPENED_KEY: Final = "batch-lines-opened"
_CLASS_KEY: Final = "batch-class"
_STATE_KEY: Final = "batch-state"
_TEXT_KEY: Final = "batch-text"


def show(space: Workspace, classifier: Classifier | None) -> Pending | None:
    """Draw the table of an upload's scans.

    Returns:
        What goes on with classifying them, to be called at the end of the page.
    """
    if classifier is None:
        batch = Batch(space.intake)
        _table(batch_table.lines_of(batch), stability=False)
        return None
    weights = classifier.info.weights_hash
    if weights not in space.batches:
        space.batches[weights] = Job(Batch(space.intake), "scans")
    job = space.batches[weights]
    batch = job.work
    with st.container(key="batch"):
        lines = batch_table.lines_of(batch)
        st.subheader(f"{len(lines)} files in this upload", anchor=False)
        st.caption(_counted(lines))
        pending = progress.show(job, classifier, "batch")
        checks = _stability(space, weights, batch) if batch.finished else None
        if checks is not None:
            pending = progress.show(checks, classifier, "stability")
        shown = _filters(lines)
        if shown:
            _table(shown, stability=checks is not None)
            st.caption("Click a line to open its scan. The heads of the columns sort.")
        else:
            st.info("No file passes these filters.", icon=":material/filter_alt_off:")
        _downloads(batch, shown, classifier.info)
    return pending


def _counted(lines: Sequence[Line]) -> str:
    counts = Counter(line.state for line in lines)
    return " · ".join(f"{counts[name]:,} {name[2:].lower()}" for name in STATES if counts[name])


def keep_filters() -> None:
    """Keep what the filters are set to while a scan is open: who comes back finds them so."""
    for key in (_CLASS_KEY, _STATE_KEY, _TEXT_KEY):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


# Stability


def _stability(space: Workspace, weights: str, batch: Batch) -> Job[BatchStability] | None:
    """The pass over the answers' stability: at once for a few, by a button for many."""
    job = space.stability.get(weights)
    if job is not None:
        return job
    work = BatchStability(batch)
    if work.total == 0:
        return None
    if work.total <= STABILITY_AT_ONCE:
        _start_stability(space, weights, work)
        return space.stability[weights]
    seconds = batch.seconds / batch.total * len(ALTERATIONS) * work.total
    st.button(
        f"Check the stability of {work.total:,} answers ({progress.duration(seconds)})",
        icon=":material/balance:",
        on_click=_start_stability,
        args=(space, weights, work),
        key="check-stability",
        help="Each scan is classified again on slightly altered copies: does the class hold?",
    )
    return None


def _start_stability(space: Workspace, weights: str, work: BatchStability) -> None:
    space.stability[weights] = Job(work, "answers checked for stability")


# The table


def _filters(lines: Sequence[Line]) -> list[Line]:
    labels = Counter(line.label or "" for line in lines)
    states = Counter(line.state for line in lines)
    with st.container(horizontal=True, vertical_alignment="bottom", key="batch-filters"):
        chosen_labels = _pills("Class", CLASSES, labels, CLASS_NAMES, _CLASS_KEY)
        chosen_states = _pills("Review", STATES, states, {}, _STATE_KEY)
        text = st.text_input("File name", placeholder="Any", key=_TEXT_KEY, width=200)
    return batch_table.filtered(lines, chosen_labels, chosen_states, text or "")


def _pills(
    label: str,
    options: Sequence[str],
    counts: Mapping[str, int],
    names: Mapping[str, str],
    key: str,
) -> list[str]:
    """Offer what there is, with how many of it; nothing where there is nothing."""
    present = [option for option in options if counts.get(option)]
    if not present:
        return []
    return st.pills(
        label,
        present,
        selection_mode="multi",
        format_func=lambda option: f"{names.get(option, option)} {counts[option]}",
        key=key,
    )


def _table(lines: Sequence[Line], stability: bool) -> None:
    key = _table_key()
    st.dataframe(
        batch_table.columns(lines, stability),
        column_config=batch_table.column_config(),
        hide_index=True,
        placeholder="–",
        row_height=batch_table.ROW_HEIGHT,
        height=batch_table.height(len(lines)),
        key=key,
        on_select=partial(_open_selected, lines, key),
        selection_mode=["single-row", "single-cell"],
    )


def _table_key() -> str:
    """Another key after each scan that was opened and with each filter.

    The browser remembers what is selected under a key, and a second click on the same place, which
    may hold another file by then, would only take the selection away.
    """
    filters = [st.session_state.get(key) for key in (_CLASS_KEY, _STATE_KEY, _TEXT_KEY)]
    return f"batch-table-{st.session_state.get(_OPENED_KEY, 0)}-{crc32(repr(filters).encode())}"


def _open_selected(lines: Sequence[Line], key: str) -> None:
    """Open the scan of the line that was clicked, or say why there is none."""
    selection: Any = st.session_state[key].selection
    places = [*selection.rows, *(row for row, _ in selection.cells)]
    if not places or places[0] >= len(lines):
        return
    line = lines[places[0]]
    if line.state == batch_table.NOT_READ:
        st.toast(plain(line.note), icon=":material/block:", duration="long")
    elif line.number is not None:
        st.session_state[_OPENED_KEY] = st.session_state.get(_OPENED_KEY, 0) + 1
        state.open_study(line.number)


# What is taken away


def _downloads(batch: Batch, lines: Sequence[Line], info: BundleInfo) -> None:
    rows = [line.row for line in lines if line.row is not None]
    if not rows:
        return
    part = "" if len(lines) == len(batch.rows) else " of the files shown"
    zone = state.visitors_zone()
    with st.container(horizontal=True, key="batch-downloads"):
        st.download_button(
            f"Table{part} (CSV)",
            partial(batch_csv, rows, info, zone),
            "findings.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="batch-csv",
        )
        st.download_button(
            f"Overlays{part} (ZIP)",
            partial(batch_zip, batch, rows, info, zone),
            "findings.zip",
            "application/zip",
            icon=":material/folder_zip:",
            on_click="ignore",
            key="batch-zip",
            help="The table, and each scan under its heat map. Made when you press it.",
        )
