"""The data of a new run: where they come from, and what is wrong with them before the start."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.data.audit import run_audit
from brain_tumor.data.audit_pictures import draw_pictures
from brain_tumor.data.audit_report import AuditReport
from brain_tumor.data.dataset import TESTING, TRAINING, read_dataset
from brain_tumor.data.teaching import unpack_shipped
from brain_tumor.data.unpack import unpack_dataset
from brain_tumor.errors import ArchiveError, DatasetError
from brain_tumor.ui.training import state
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES

TEACHING: Final = "Small teaching set"
FOLDER: Final = "Folder on the server"
ARCHIVE: Final = "Upload a ZIP"

SOURCE_KEY: Final = "data-source"
PATH_KEY: Final = "data-path"

_AUDITS: Final = "audits"
_SHEETS: Final = 3
_LAYOUT: Final = (
    "A folder with Training/ and Testing/, each with a folder per class: "
    + ", ".join(CLASSES)
    + ". Outlines in masks/CLASS/NAME.png are used."
)


@dataclass(frozen=True, slots=True)
class Audited:
    """A data folder that has been looked at."""

    root: Path
    report: AuditReport
    sheets: tuple[tuple[str, np.ndarray], ...]

    @property
    def training_images(self) -> int:
        """How many images there are to learn from and to validate on."""
        counts = self.report.counts
        return sum(count.images for count in counts if count.split != TESTING)

    @property
    def outlines(self) -> int:
        """How many training images have a tumor outline."""
        return sum(count.masks for count in self.report.counts)


def show() -> tuple[Audited | None, bool]:
    """Draw the choice; return the audited data and whether leaks are to be left out."""
    source = st.segmented_control(
        "Data",
        [TEACHING, FOLDER, ARCHIVE],
        default=TEACHING,
        required=True,
        key=SOURCE_KEY,
        help=_LAYOUT,
    )
    try:
        root = {TEACHING: _teaching, FOLDER: _folder, ARCHIVE: _archive}[source or TEACHING]()
        audited = _audited(root) if root is not None else None
    except (DatasetError, ArchiveError) as error:
        st.error(plain(str(error)), title="These data cannot be used", icon=":material/error:")
        return None, False
    if audited is None:
        return None, False
    return audited, _findings(audited)


def _teaching() -> Path:
    folder = state.data_folder() / "teaching-subset"
    if not folder.is_dir():
        unpack_shipped(folder)
    st.caption(
        "A few images a class, none a copy of another: to see how training goes, not to get a good "
        "network."
    )
    return folder


def _folder() -> Path | None:
    typed = st.text_input(
        "Path on the server", key=PATH_KEY, placeholder="/data/brain-tumor-mri", help=_LAYOUT
    )
    if not typed.strip():
        st.caption(_LAYOUT)
        return None
    return Path(typed.strip()).expanduser()


def _archive() -> Path | None:
    uploaded = st.file_uploader(
        "ZIP archive of a data set", type=["zip"], key="data-archive", help=_LAYOUT
    )
    st.caption(
        "Unlike a scan on the other page, a data set is written to the server's disk, for the "
        f"trainer reads it there. {_LAYOUT}"
    )
    if uploaded is None:
        return None
    folder = state.data_folder() / Path(uploaded.name).stem[:60]
    known: dict[str, Path] = st.session_state.setdefault("unpacked", {})
    if uploaded.file_id not in known:
        with st.spinner("Unpacking …"):
            target = state.free_name(folder)
            made = unpack_dataset(uploaded.getvalue(), target)
        known[uploaded.file_id] = target
        if made.left_out:
            with st.expander(f"{len(made.left_out)} files of the archive are not used"):
                for problem in made.left_out[:100]:
                    st.text(f"{problem.name}: {problem.reason}")
    return known[uploaded.file_id]


def _audited(root: Path) -> Audited | None:
    """Return what is known of the data; read them once a session, when asked to."""
    audits: dict[Path, Audited] = st.session_state.setdefault(_AUDITS, {})
    dataset = read_dataset(root)  # says in milliseconds what is wrong with the folder itself
    if root not in audits:
        if len(dataset.items) > 500 and not st.button(
            f"Look at the {len(dataset.items):,} images", icon=":material/search:", key="audit"
        ):
            st.caption("Counts, damaged files and copies are looked for before a run can start.")
            return None
        bar = st.progress(0.0, "Looking at the data")
        report = run_audit(root, notify=_notify(bar))
        sheets = tuple(
            (name, np.asarray(picture))
            for name, picture in draw_pictures(report, dataset, limit=_SHEETS)
        )
        bar.empty()
        audits[root] = Audited(root, report, sheets)
    return audits[root]


def _notify(bar: Any) -> Callable[[str, int, int], None]:
    def tell(stage: str, done: int, total: int) -> None:
        words = "Looking for copies" if stage == "compare" else f"Read {done:,} of {total:,}"
        if stage == "compare" or done % 50 == 0:
            bar.progress(done / total if total else 0.0, words)

    return tell


def _findings(audited: Audited) -> bool:
    report = audited.report
    st.dataframe(
        counts_table(report),
        width="stretch",
        key="data-counts",
        alt="Images of each class in each split",
    )
    with st.container(horizontal=True, key="data-badges"):
        _fact(len(report.damaged), "damaged file", "No damaged file")
        _fact(report.near.groups, "group of copies", "No copies")
        _fact(len(report.disagreements), "contradicting pair", "No contradicting labels")
        st.badge(f"{audited.outlines:,} tumor outlines", icon=":material/draw:", color="gray")
    if report.damaged:
        with st.expander(f"{len(report.damaged)} damaged files are left out"):
            for problem in report.damaged[:100]:
                st.text(f"{problem.name}: {problem.reason}")
    for name, sheet in audited.sheets:
        with st.expander(f"Copies: {name}"):
            st.image(sheet, output_format="PNG", alt=f"Contact sheet {name}")
    if not report.leaked:
        return False
    st.warning(
        f"{len(report.leaked):,} training images have a near-copy among the test images. A network "
        "that learns from them is tested on what it has seen.",
        title="The splits leak",
        icon=":material/warning:",
    )
    return st.toggle("Leave these training images out", value=True, key="leave-out-leaks")


def _fact(count: int, name: str, none: str) -> None:
    if count:
        plural = name if count == 1 else f"{name}s".replace("group of copiess", "groups of copies")
        st.badge(f"{count:,} {plural}", icon=":material/warning:", color="orange")
    else:
        st.badge(none, icon=":material/check:", color="green")


def counts_table(report: AuditReport) -> pd.DataFrame:
    """Return the images of each class (columns) in each split (rows)."""
    splits = [
        name for name in (TRAINING, TESTING, "") if any(c.split == name for c in report.counts)
    ]
    counts = {(count.split, count.label): count.images for count in report.counts}
    return pd.DataFrame(
        [[counts.get((split, label), 0) for label in CLASSES] for split in splits],
        index=[split or "all" for split in splits],
        columns=[CLASS_NAMES[label] for label in CLASSES],
    )
