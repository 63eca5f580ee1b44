"""The training page: the list of runs, and beside it one run or the form of a new one."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import streamlit as st

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.results import Work, work_status
from brain_tumor.jobs.run_folder import RunReader, RunState
from brain_tumor.jobs.runs import RunSummary
from brain_tumor.model.bundle_store import service_store
from brain_tumor.ui import style
from brain_tumor.ui.training import (
    access,
    compare_panel,
    keep_panel,
    new_run,
    state,
    steer,
    watch,
    words,
)
from brain_tumor.ui.words import DISCLAIMER_MARKDOWN, plain

SHOWN: Final = 8  # runs of the list that are always in sight
EVERY: Final = 3.0  # seconds between two looks at what others have done


def page() -> None:
    """Draw the page."""
    style.apply()
    st.title("Training", anchor=False)
    with st.container(key="disclaimer"):
        st.markdown(DISCLAIMER_MARKDOWN)
    state.get_runs().poll()
    summaries = tuple(sorted(state.get_list().now(), key=_started, reverse=True))
    _keep_up(_seen(summaries))
    with st.container(key="layout"):
        rail, main = (st.container(key=key) for key in ("rail", "main"))
    with main:
        may_steer = access.show()
    with rail:
        _list(summaries)
        keep_panel.show_service(may_steer)
    with main:
        found = next((one for one in summaries if one.folder.name == state.chosen()), None)
        if found is not None:
            _run(found, may_steer)
        elif state.chosen() == state.COMPARISON:
            compare_panel.show([one.folder for one in summaries])
        elif may_steer:
            new_run.show()
        else:
            st.caption("Choose a run to watch it.")


@st.fragment(run_every=EVERY)
def _keep_up(drawn: object) -> None:
    """Draw the page anew when others have started, steered or kept something."""
    if _seen(state.get_list().recent()) != drawn:
        st.rerun()


def _seen(summaries: Iterable[RunSummary]) -> object:
    """Return what the page shows beside the figures of a run that goes on."""
    runs = {
        one.folder.name: (None if one.status is None else one.status.state, one.ahead)
        for one in summaries
    }
    chosen = state.chosen()
    folder = state.runs_folder() / chosen if chosen in runs else None
    works = [] if folder is None else [_state_of(folder, work) for work in Work]
    return runs, works, service_store().in_service()


def _state_of(run: Path, work: Work) -> RunState | None:
    status = work_status(run, work)
    return None if status is None else status.state


def _started(one: RunSummary) -> float:
    """Return when a run began; one that waits comes after all that have."""
    if one.status is None:
        return 0.0
    return one.status.started or one.status.updated


def _list(summaries: tuple[RunSummary, ...]) -> None:
    st.button(
        "New run",
        icon=":material/add:",
        type="primary",
        width="stretch",
        on_click=state.choose,
        args=(None,),
        key="new-run",
    )
    if not summaries:
        st.caption("No run yet.")
        return
    if len(summaries) > 1:
        st.button(
            "Compare runs",
            icon=":material/compare_arrows:",
            width="stretch",
            on_click=state.choose,
            args=(state.COMPARISON,),
            key="compare-runs",
        )
    st.markdown("**Runs**")
    for one in summaries[:SHOWN]:
        _entry(one)
    if summaries[SHOWN:]:
        with st.expander(f"{len(summaries) - SHOWN} earlier"):
            for one in summaries[SHOWN:]:
                _entry(one)


def _entry(one: RunSummary) -> None:
    with st.container(border=True, key=f"run-{one.folder.name}", gap="xsmall"):
        st.text(one.folder.name)
        with st.container(horizontal=True, vertical_alignment="center"):
            _badge(one)
            st.button(
                "Shown" if one.folder.name == state.chosen() else "Show",
                type="tertiary",
                disabled=one.folder.name == state.chosen(),
                on_click=state.choose,
                args=(one.folder.name,),
                key=f"show-{one.folder.name}",
            )


def _badge(one: RunSummary) -> None:
    if one.status is None:
        st.badge("Unreadable", icon=":material/error:", color="red")
        return
    look = words.STATES[one.status.state]
    behind = f", {one.ahead} before it" if one.ahead else ""
    st.badge(f"{look.word}{behind}", icon=look.icon, color=look.colour)  # type: ignore[arg-type]


def _run(one: RunSummary, may_steer: bool) -> None:
    if one.status is None:
        st.error(plain(one.problem), title="This run cannot be read", icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        st.subheader(plain(one.folder.name), anchor=False)
        _badge(one)
    with suppress(RunFolderError):  # the tab that shows the settings says what is wrong with them
        st.caption(plain(words.run_words(RunReader(one.folder).config())))
    if may_steer:
        steer.show(one, one.status)
    watch.show(one.folder, one.status)
    keep_panel.show(one.folder, one.status, may_steer)


if __name__ == "__main__":
    page()
