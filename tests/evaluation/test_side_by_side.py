import copy
import json
from typing import Any

import pytest

from brain_tumor.evaluation.side_by_side import Figure, SideBySide, side_by_side
from brain_tumor.model.bundle import DEFAULT_FOLDER


@pytest.fixture
def serving() -> dict[str, Any]:
    """A whole evaluation as it is written."""
    report: dict[str, Any] = json.loads((DEFAULT_FOLDER / "evaluation.json").read_text())
    return report


@pytest.fixture
def candidate(serving: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(serving)
    accuracy = changed["parts"][0]["classification"]["accuracy"]
    accuracy |= {"value": 0.5, "low": 0.4, "high": 0.6}
    changed["parts"][0]["classification"]["expected_calibration_error"] += 0.25
    changed["parts"][0]["classification"]["classes"][2]["recall"] = None
    changed["pointing"] = None
    return changed


def figure(found: SideBySide, name: str) -> Figure:
    return {one.name: one for one in found.figures}[name]


def test_each_figure_of_both(candidate: dict[str, Any], serving: dict[str, Any]) -> None:
    found = side_by_side(candidate, serving)
    names = [one.name for one in found.figures]
    assert len(set(names)) == len(names) == 3 + 3 + 4 + 2
    accuracy = figure(found, "accuracy, all images")
    before = serving["parts"][0]["classification"]["accuracy"]
    assert (accuracy.candidate, accuracy.serving) == (0.5, before["value"])
    assert accuracy.candidate_interval == (0.4, 0.6)
    assert accuracy.serving_interval == (before["low"], before["high"])
    assert accuracy.difference == pytest.approx(0.5 - before["value"])
    error = figure(found, "expected calibration error")
    assert (error.difference, error.higher_is_better) == (pytest.approx(0.25), False)
    assert figure(found, "recall, glioma").difference == 0
    assert figure(found, "set aside for review").higher_is_better is None
    assert found.same_images
    assert len(found.notes) == 1  # that a difference may be chance


def test_what_was_not_measured_is_none(candidate: dict[str, Any], serving: dict[str, Any]) -> None:
    found = side_by_side(candidate, serving)
    for name in ("recall, no tumor", "heat map's peak in the tumor", "heat in the tumor"):
        one = figure(found, name)
        assert (one.candidate, one.difference) == (None, None)
        assert one.serving is not None


def test_without_an_evaluation_of_what_serves(candidate: dict[str, Any]) -> None:
    found = side_by_side(candidate, None)
    assert all(one.serving is None for one in found.figures)
    assert found.notes == ("The model in service has no evaluation beside its weights.",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data_hash": {"Testing": "other", "Training": "t"}}, "not judged on the same images"),
        ({"judged": None}, "not judged on the same images"),
    ],
)
def test_other_images_are_told(
    candidate: dict[str, Any], serving: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    found = side_by_side(candidate, serving | change)
    assert words in found.notes[0]
    assert not found.same_images


def test_other_training_images_are_told(candidate: dict[str, Any], serving: dict[str, Any]) -> None:
    other = {"data_hash": serving["data_hash"] | {"Training": "other"}}
    assert "what counts as a copy" in side_by_side(candidate, serving | other).notes[0]
