"""What the reader takes away: a page as PDF, the overlay as PNG, the findings as JSON."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from brain_tumor.errors import BusyError
from brain_tumor.intake.encoded import EncodedImage
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.reporting.findings import Findings, findings_of
from brain_tumor.reporting.images import report_images
from brain_tumor.reporting.origin import SliceOrigin
from brain_tumor.reporting.overlay import overlay_png
from brain_tumor.reporting.pdf import report_pdf
from brain_tumor.ui import state, viewer
from brain_tumor.ui.case import Case

_NOTE_LENGTH = 2000
_PATIENT_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is made when it is asked for."""

    name: str
    extension: str
    mime: str
    make: Callable[[], bytes | str]


def show(case: Case, answer: Answer, classifier: Classifier) -> None:
    """Draw the note and the three downloads."""
    note, patient = _typed(case)
    look = viewer.look_of(case, answer)
    with suppress(BusyError):  # the viewer says so; the report then has the coarse map as it does
        answer = viewer.explained(case, answer, classifier)
    findings = findings_of_case(case, answer, classifier, note, patient, look)
    with st.container(horizontal=True):
        for one in downloads(case, answer, findings):
            st.download_button(
                one.name,
                one.make,
                file_name=f"brain-mri-{findings.label}.{one.extension}",
                mime=one.mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download-{one.extension}",
            )
    st.caption(
        "The report shows the heat map as it is set above. The note and the label go "
        "into the files and nowhere else; they are gone with the next scan."
    )


def downloads(case: Case, answer: Answer, findings: Findings) -> tuple[Download, ...]:
    """Return the files that can be taken away; none is made yet."""

    def pdf() -> bytes:
        images = report_images(case.scan, answer, findings)
        return report_pdf(findings, images)

    def png() -> bytes:
        return overlay_png(case.scan, answer, findings)

    return (
        Download("Report (PDF)", "pdf", "application/pdf", pdf),
        Download("Overlay (PNG)", "png", "image/png", png),
        Download("Findings (JSON)", "json", "application/json", findings.to_json),
    )


def _typed(case: Case) -> tuple[str, str]:
    text, label = st.columns([3, 2], gap="medium")
    note = text.text_area(
        "Note (optional)", max_chars=_NOTE_LENGTH, height=110, key=f"note-{case.key[:16]}"
    )
    patient = label.text_input(
        "Patient label (optional)",
        max_chars=_PATIENT_LENGTH,
        key=f"patient-{case.key[:16]}",
        help="Nothing is taken from the file: no name stands in the report unless you type one.",
        autocomplete="off",
    )
    return note, patient


def findings_of_case(
    case: Case,
    answer: Answer,
    classifier: Classifier,
    note: str,
    patient: str,
    look: viewer.Look,
) -> Findings:
    """Gather the findings of an open case; the time is in the visitor's own zone."""
    content = case.study.content
    return findings_of(
        answer,
        classifier.info,
        file_name=case.name,
        size=(case.scan.width, case.scan.height),
        date=(case.date or datetime.now(UTC)).astimezone(state.visitors_zone()),
        image_hash=(
            hashlib.sha256(content.data).hexdigest() if isinstance(content, EncodedImage) else ""
        ),
        patient=patient,
        note=note,
        stability=case.stability,
        crop_moved=case.is_moved,
        origin=_origin(case),
        heat_label=look.label,
        heat_style=look.style,
    )


def _origin(case: Case) -> SliceOrigin | None:
    place = case.place
    return None if place is None else SliceOrigin(place.plane, place.index + 1, place.count)
