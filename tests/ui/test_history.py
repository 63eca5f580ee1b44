"""The last scans of a session: little is kept of each, and all that was known comes back."""

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from brain_tumor.imaging.crop import CropBox
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Study
from brain_tumor.ui import history
from brain_tumor.ui.case import Case, answered, open_case, steadied, with_crop
from tests.fakes import fake_classifier, head
from tests.ui.conftest import png


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})


def study(label: int) -> Study:
    return read_uploads([(f"{label}.png", png(head(label)))]).studies[0]


def answered_case(label: int = 0, box: CropBox | None = None) -> Case:
    classifier = fake_classifier()
    case = open_case(study(label))
    case = case if box is None else with_crop(case, box)
    return steadied(answered(case, classifier), classifier)


@pytest.mark.parametrize("box", [None, CropBox(20, 30, 220, 230)], ids=["found", "moved"])
def test_a_scan_comes_back_as_it_was(box: CropBox | None) -> None:
    case = answered_case(box=box)
    history.note(case)
    (past,) = history.scans()
    again = past.reopened()

    assert again.answer is not None and case.answer is not None
    assert (again.key, again.place, again.sample) == (case.key, case.place, case.sample)
    assert np.array_equal(again.scan.pixels, case.scan.pixels)
    assert (again.crop.box, again.is_moved) == (case.crop.box, box is not None)
    assert again.view.scan_png == case.view.scan_png
    assert again.answer.maps is case.answer.maps
    assert again.answer.crop is again.crop
    assert (again.weights, again.date) == (case.weights, case.date)
    assert again.stability == case.stability


def test_neither_pixels_nor_pictures_are_kept() -> None:
    history.note(answered_case())
    (past,) = history.scans()

    assert past.answer.crop.mask is None
    assert len(past.thumbnail) < 20_000
    assert not any(hasattr(past, name) for name in ("scan", "view", "found", "crop"))


def test_the_newest_comes_first_and_each_study_once() -> None:
    first, second = answered_case(0), answered_case(1)
    for case in (first, second, replace(first, stability=None)):
        history.note(case)

    assert [past.study for past in history.scans()] == [first.study, second.study]
    assert history.scans()[0].stability is None


def test_what_has_no_answer_is_not_noted() -> None:
    history.note(open_case(study(0)))
    assert history.scans() == ()


def test_older_scans_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [answered_case(label) for label in (0, 1, 2)]
    sizes = [len(png(head(label))) for label in (0, 1, 2)]
    monkeypatch.setattr(history, "MAX_BYTES", sizes[1] + sizes[2])
    for case in cases:
        history.note(case)

    assert [past.study.name for past in history.scans()] == ["2.png", "1.png"]

    monkeypatch.setattr(history, "MAX_BYTES", 1 << 40)
    for _ in range(history.LENGTH + 2):
        history.note(answered_case(3))
    assert len(history.scans()) == history.LENGTH
