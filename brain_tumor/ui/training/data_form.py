"""The data of a new run: where they come from, and what is wrong with them before the start."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.data.audit_report import AuditReport
from brain_tumor.data.dataset import TESTING, TRAINING, read_dataset
from brain_tumor.data.teaching import unpack_shipped
from brain_tumor.data.unpack import unpack_dataset
from brain_tumor.errors import ArchiveError, DatasetError, RunFolderError
from brain_tumor.jobs import tasks
from brain_tumor.jobs.run_folder import RunState
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.ui.training import state, waiting
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES

TEACHING: Final = "Small teaching set"
FOLDER: Final = "Folder on the server"
ARCHIVE: Final = "Upload a ZIP"

SOURCE_KEY: Final = "data-source"
PATH_KEY: Final = "data-path"

_AT_ONCE: Final = 500
"""Images that are looked at without being asked to: it takes seconds."""

_SHEETS: Final = {
    "disagreement": "The same scan under two classes",
    "across-splits": "Copies across the splits",
    "within-split": "Copies within a split",
}
"""How the names of the audit's pictures begin, and what they show."""

_EACH: Final = 3  # pictures of a kind
_LAYOUT: Final = (
    "A folder with Training/ and Testing/, each with a folder per class: "
    + ", ".join(CLASSES)
    + ". Outlines in masks/CLASS/NAME.png are used."
)


@dataclass(frozen=True, slots=True)
class Audited:
    """A data folder that has been looked at, the report on it, and pictures of its copies."""

    root: Path
    report: AuditReport
    sheets: tuple[Path, ...]

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
        f"trainer reads it there. {state.upload_limit()} {_LAYOUT}"
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
    """Return what an audit found, which a process of its own makes; None until it has."""
    count = len(read_dataset(root).items)  # says in milliseconds what is wrong with the folder
    folder = state.task_folder("audit", str(root))
    report = tasks.read_audit(folder)
    if report is not None and report.images == count:
        return Audited(root, report, tasks.audit_pictures(folder))
    status = try_status(folder)
    if status is not None and status.working:
        waiting.wait_for(folder, "Looking for damaged files and copies")
    elif status is not None and status.state is RunState.FAILED and report is None:
        st.error(plain(status.message), title="The data were not read", icon=":material/error:")
        st.button("Try again", on_click=_look, args=(folder, root), key="audit-again")
    elif count <= _AT_ONCE:
        _look(folder, root)
        st.rerun()
    else:
        st.button(
            f"Look at the {count:,} images",
            icon=":material/search:",
            on_click=_look,
            args=(folder, root),
            key="audit",
        )
        st.caption("Counts, damaged files and copies are looked for before a run can start.")
    return None


def _look(folder: Path, root: Path) -> None:
    with suppress(RunFolderError):  # somebody else looks at it already: wait with them
        tasks.start_audit(state.get_launcher(), folder, root)


def _findings(audited: Audited) -> bool:
    report = audited.report
    st.dataframe(
        counts_table(report),
        width="stretch",
        key="data-counts",
        alt="Images of each class in each split",
    )
    with st.container(horizontal=True, key="data-badges"):
        _fact(len(report.damaged), "damaged file", "damaged files", "No damaged file")
        _fact(report.near.groups, "group of copies", "groups of copies", "No copies")
        _fact(
            len(report.disagreements),
            "contradicting pair",
            "contradicting pairs",
            "No contradicting labels",
        )
        st.badge(f"{audited.outlines:,} tumor outlines", icon=":material/draw:", color="gray")
    if report.damaged:
        with st.expander(f"{len(report.damaged)} damaged files are left out"):
            for problem in report.damaged[:100]:
                st.text(f"{problem.name}: {problem.reason}")
    for kind, title in _SHEETS.items():
        sheets = [sheet for sheet in audited.sheets if sheet.stem.startswith(kind)]
        if sheets:
            with st.expander(f"{title}: {min(len(sheets), _EACH)} to look at"):
                for number, sheet in enumerate(sheets[:_EACH], start=1):
                    picture = sheet.read_bytes()
                    st.image(picture, output_format="PNG", alt=f"{title}, example {number}")
    if not report.leaked:
        return False
    st.warning(
        f"{len(report.leaked):,} training images have a near-copy among the test images. A network "
        "that learns from them is tested on what it has seen.",
        title="The splits leak",
        icon=":material/warning:",
    )
    return st.toggle("Leave these training images out", value=True, key="leave-out-leaks")


def _fact(count: int, one: str, several: str, none: str) -> None:
    if count:
        name = one if count == 1 else several
        st.badge(f"{count:,} {name}", icon=":material/warning:", color="orange")
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
