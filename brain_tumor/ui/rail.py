"""The rail at the side: choose files, what was not read, what is open, samples, the last scans."""

import streamlit as st

from brain_tumor.pipeline import Answer
from brain_tumor.ui import history, state, unread
from brain_tumor.ui.case import Case
from brain_tumor.ui.samples import Sample, samples, thumbnail
from brain_tumor.ui.words import PRIVACY, plain
from brain_tumor.wording import CLASS_NAMES, percent

_FOLDER_KEY = "whole-folder"
_KINDS = "PNG, JPEG, TIFF, BMP, WebP, DICOM, NIfTI (.nii, .nii.gz), or a ZIP of these"
_CONTAINERS = ("DICOM", "NIfTI")


def show() -> None:
    """Draw the upload field, what was not read and what is open; reads files that were chosen."""
    _uploader()
    if state.is_pending():
        with st.spinner("Reading …"):
            state.open_pending()
    _not_read()
    _opened()


def _uploader() -> None:
    folder = bool(st.session_state.get(_FOLDER_KEY, False))
    st.file_uploader(
        "Drop a folder of scans here" if folder else "Drop MRI scans here, or press Upload",
        # No list of types: DICOM files often have no ending, and reading goes by content.
        type=None,
        accept_multiple_files="directory" if folder else True,
        key=state.uploader_key(),
        on_change=state.take_upload,
        help=f"{_KINDS}. {PRIVACY}",
    )
    st.toggle("A whole folder", key=_FOLDER_KEY, help="Upload every file of a folder at once.")
    st.caption(
        "Images, DICOM, NIfTI, ZIP. Kept in memory for your session only: not stored, not logged."
    )


def _not_read() -> None:
    problems, space = state.refused(), state.workspace()
    if problems:
        # Where nothing of a choice could be read, what was open before still is.
        here = space is not None and not set(problems).isdisjoint(space.intake.problems)
        read = len(space.intake.studies) if space is not None and here else 0
        unread.show(problems, read, kept=space is not None and not here)


def _opened() -> None:
    space = state.workspace()
    if space is None:
        return
    case, count = space.case, len(space.intake.studies)
    with st.container(border=True, key="open-file", gap="small"):
        if case is not None:
            st.text(case.name)
            st.caption(_described(case))
            if case.sample is not None:
                st.caption(f"Filed in the data set as: {CLASS_NAMES[case.sample]}")
            for note in case.study.notes:
                st.caption(plain(note))
        else:
            st.markdown(f"**{count} scans** in this upload")
        with st.container(horizontal=True):
            if case is not None and count > 1:
                st.button(
                    f"All {count} scans",
                    icon=":material/table_rows:",
                    on_click=state.show_table,
                    key="show-table",
                )
            st.button("Close", icon=":material/close:", on_click=state.close, key="close-scan")


def _described(case: Case) -> str:
    if case.place is None:
        return case.size
    volume = f"{case.place.count} {case.place.plane} slices"
    files = f" from {case.study.files} files" if case.study.files > 1 else ""
    return f"{case.study.source}, {volume}{files}"


def show_samples() -> None:
    """Draw the sample scans."""
    offered = samples()
    if not offered:
        return
    st.markdown("**Or open a sample**")
    with st.container(key="samples"):
        for sample in offered:
            _sample(sample)


def _sample(sample: Sample) -> None:
    name = CLASS_NAMES[sample.label]
    with st.container(key=f"sample-{sample.label}", gap="xsmall"):
        st.image(
            thumbnail(sample), width="stretch", output_format="PNG", alt=f"Sample scan: {name}"
        )
        st.button(
            "Pituitary" if sample.label == "pituitary" else name,
            key=f"open-{sample.label}",
            on_click=_choose_sample,
            args=(sample,),
            width="stretch",
        )


def _choose_sample(sample: Sample) -> None:
    state.choose([(sample.path.name, sample.path.read_bytes())], sample.label)


def show_history() -> None:
    """Draw the list of the session's last scans."""
    scans = history.scans()
    if not scans:
        return
    st.markdown("**Last scans**")
    for number, past in enumerate(scans):
        _past(number, past)
    st.button(
        "Clear the list",
        icon=":material/delete:",
        on_click=history.clear,
        key="clear-history",
        type="tertiary",
    )


def _past(number: int, past: history.Past) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"past-{number}"):
        st.image(past.thumbnail, width=44, output_format="PNG", alt="")
        with st.container(gap=None):
            st.text(past.study.name)
            st.caption(_said(past.answer))
        st.button(
            "Open",
            key=f"reopen-{number}",
            on_click=state.reopen,
            args=(past,),
            type="tertiary",
        )


def _said(answer: Answer) -> str:
    if not answer.accepted:
        return "Refused: not taken for a brain MRI"
    return f"{CLASS_NAMES[answer.label]}, {percent(answer.confidence)}"
