"""Whether the word for an answer's stability tells anything, on answers of which all is known."""

from pathlib import Path

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.data.dataset import read_dataset
from brain_tumor.evaluation.stability import Held, hold, stability_report, validation_report
from brain_tumor.pipeline import Answer
from brain_tumor.stability import ALTERATIONS, STABLE, Stability, Variant
from tests.evaluation.judged_folder import judged_folder
from tests.fakes import GRID, fake_classifier


def row(label: int, confidence: float) -> tuple[float, ...]:
    rest = (1 - confidence) / 3
    return tuple(confidence if i == label else rest for i in range(4))


def held(label: int, said: int, confidence: float, tipped: int = 0) -> Held:
    """An image of a class, its answer, and the number of its copies that tip."""
    probabilities = np.array(row(said, confidence), np.float32)
    other = (said + 1) % 4
    answer = Answer(
        crop=None,  # type: ignore[arg-type]
        logits=2 * np.log(probabilities),  # the fake bundle's temperature is 2
        probabilities=probabilities,
        maps=np.zeros((7, 7, 4), np.float32),
        grid=GRID,
        features=np.zeros(4, np.float32),
        accepted=True,
        reasons=(),
    )
    variants = tuple(
        Variant(change.name, row(other if i < tipped else said, 0.7))
        for i, change in enumerate(ALTERATIONS)
    )
    return Held(label, answer, Stability(CLASSES[said], variants))


KNOWN = [
    held(0, 0, 0.9),
    held(1, 1, 0.95),
    held(2, 2, 0.4),  # stable, right, under the threshold
    held(3, 0, 0.99),  # stable and wrong
    held(0, 0, 0.8, tipped=1),
    held(0, 1, 0.3, tipped=1),
    held(2, 3, 0.6, tipped=5),
]


def test_counts_each_word_and_how_often_it_goes_with_a_right_answer() -> None:
    report = stability_report(KNOWN, 0.5)
    assert report is not None and report.images == 7
    found = []
    for one in report.words:
        assert one.accuracy is not None and one.given.n == 7
        above = one.accuracy_above_threshold
        assert above is not None
        found.append((one.word, one.accuracy.successes, one.accuracy.n, above.successes, above.n))
    assert found == [("stable", 3, 4, 2, 3), ("wavering", 1, 2, 1, 1), ("unstable", 0, 1, 0, 1)]
    assert list(report.tipped.values()) == [3, 1, 1, 1, 1, 0, 0, 0]
    assert list(report.tipped) == [one.name for one in ALTERATIONS]


def test_a_word_that_is_never_given_has_no_accuracy() -> None:
    report = stability_report(KNOWN[:2], 0.99)
    assert report is not None
    stable, wavering, _ = report.words
    assert stable.word == STABLE and stable.accuracy_above_threshold is None
    assert (wavering.given.successes, wavering.accuracy) == (0, None)
    assert stability_report([], 0.5) is None


def test_the_threshold_is_chosen_again_from_the_same_answers() -> None:
    info = fake_classifier(review_threshold=0.9).info
    report = validation_report(KNOWN, info)
    assert report is not None
    assert (report.images, report.accuracy.successes) == (7, 4)
    # The surest answer is wrong: no threshold reaches 99.5 %.
    assert report.choice.chosen_again == 1
    assert report.choice.review.set_aside.successes == 4
    rest = report.choice.review.accuracy_on_rest
    assert rest is not None and (rest.successes, rest.n) == (2, 3)
    without = validation_report([KNOWN[i] for i in (0, 1, 4, 5)], info)
    assert without is not None and without.choice.chosen_again == pytest.approx(0.8)
    assert validation_report([], info) is None


def test_holds_what_can_be_read_and_tells_of_every_file(tmp_path: Path) -> None:
    items = read_dataset(judged_folder(tmp_path)).split("Testing")
    told: list[None] = []
    found = hold(fake_classifier(), items, lambda: told.append(None))
    assert (len(found), len(told)) == (8, 9)  # broken.png cannot be read
    assert sum(one.right for one in found) == 5
    assert all(one.stability.label == one.answer.label for one in found)
