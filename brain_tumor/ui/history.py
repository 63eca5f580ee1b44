"""The session's last scans: kept in its memory, gone when it is closed or cleared."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import streamlit as st

from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.encoded import EncodedImage
from brain_tumor.intake.study import Study
from brain_tumor.pipeline import Answer
from brain_tumor.stability import Stability
from brain_tumor.ui.case import Case, Place, open_case, with_crop

LENGTH: Final = 8
"""Scans that are kept."""

MAX_BYTES: Final = 16_000_000
"""What the studies of all kept scans may take together; older ones go first, and one by itself
that takes more is not kept."""

_HISTORY: Final = "history"


@dataclass(frozen=True, slots=True)
class Past:
    """An answered scan without its pixels and pictures, of which a session would hold megabytes.

    Attributes:
        study, place, sample, answer, weights, date, stability: as in ``Case``; the crop in
            ``answer`` has lost its mask.
        box: the crop that a person has set; None where it is the one that was found.
        thumbnail: PNG, what the network saw, small.
    """

    study: Study
    place: Place | None
    sample: str | None
    box: CropBox | None
    thumbnail: bytes
    answer: Answer
    weights: str
    date: datetime | None
    stability: Stability | None

    def reopened(self) -> Case:
        """Return the scan as it was, decoded again and not asked about again.

        Raises:
            DecodeError: it cannot be decoded any more, for want of memory.
        """
        case = open_case(self.study, self.place, self.sample)
        if self.box is not None:
            case = with_crop(case, self.box)
        return replace(
            case,
            answer=replace(self.answer, crop=case.crop),
            weights=self.weights,
            date=self.date,
            stability=self.stability,
        )


def note(case: Case) -> None:
    """Put an answered scan first; an earlier state of the same study goes."""
    if case.answer is None:
        return
    newest = Past(
        study=case.study,
        place=case.place,
        sample=case.sample,
        box=case.crop.box if case.is_moved else None,
        thumbnail=case.view.thumbnail,
        answer=replace(case.answer, crop=replace(case.answer.crop, mask=None)),
        weights=case.weights,
        date=case.date,
        stability=case.stability,
    )
    rest = [one for one in scans() if one.study is not case.study]
    st.session_state[_HISTORY] = tuple(_within_limits([newest, *rest]))


def scans() -> tuple[Past, ...]:
    """Return the last scans, the newest first."""
    kept: tuple[Past, ...] = st.session_state.get(_HISTORY, ())
    return kept


def clear() -> None:
    """Forget them."""
    st.session_state.pop(_HISTORY, None)


def _within_limits(newest_first: list[Past]) -> list[Past]:
    kept, held = [], 0
    for past in newest_first[:LENGTH]:
        held += _bytes_of(past.study)
        if held > MAX_BYTES:
            break
        kept.append(past)
    return kept


def _bytes_of(study: Study) -> int:
    content = study.content
    if isinstance(content, EncodedImage):
        return len(content.data)
    return content.pixels.nbytes if isinstance(content, Scan) else content.voxels.nbytes
