"""Charts of a record's parts: which figures they take from it."""

from dataclasses import asdict
from typing import Any

import numpy as np

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.model.record import ModelRecord, ReviewPoint
from brain_tumor.ui.model_sections import (
    changes_chart,
    operating_point,
    pointing_chart,
    recall_chart,
    risk_coverage,
    stability_chart,
)


def share(part: int, whole: int) -> dict[str, Any]:
    return asdict(Proportion.of(part, whole))


STABILITY = {
    "images": 10,
    "words": [
        {
            "word": "stable",
            "given": share(8, 10),
            "accuracy": share(6, 8),
            "accuracy_above_threshold": share(5, 5),
        },
        {
            "word": "unstable",
            "given": share(2, 10),
            "accuracy": share(1, 2),
            "accuracy_above_threshold": None,
        },
    ],
    "tipped": {"mirrored": 2, "darker": 0},
}


def pointing(finer: bool) -> dict[str, Any]:
    def group(part: int) -> dict[str, Any]:
        return {"pointing": share(part, 10)}

    def way(part: int) -> dict[str, Any]:
        classes = {"pituitary": group(part - 1), "glioma": group(part)}
        return {"overall": group(part), "classes": classes}

    return {"aligned": way(9), "plain_resize": way(5), "finer": way(8) if finer else None}


def test_accuracy_by_the_word_for_the_stability_and_how_many_have_it() -> None:
    figure = stability_chart(STABILITY, dark=False)
    everything, answered = figure.data

    assert figure.layout.yaxis.ticktext == ("Stable<br>8 images", "Unstable<br>2 images")
    np.testing.assert_allclose(everything.x, [75, 50])
    np.testing.assert_allclose(answered.x, [100])


def test_how_many_answers_each_change_tips() -> None:
    figure = changes_chart(STABILITY, dark=False)

    assert figure.layout.yaxis.ticktext == ("Mirrored", "Darker")
    np.testing.assert_allclose(figure.data[0].x, [20, 0])


def test_pointing_in_the_order_of_the_classes_with_the_finer_map_where_it_was_measured() -> None:
    with_finer = pointing_chart(pointing(finer=True), dark=False)
    without = pointing_chart(pointing(finer=False), dark=False)

    assert with_finer.layout.yaxis.ticktext == ("All", "Glioma", "Pituitary<br>tumor")
    assert [one.name for one in with_finer.data] == ["aligned", "aligned, finer", "not aligned"]
    assert [one.name for one in without.data] == ["aligned", "not aligned"]
    np.testing.assert_allclose(without.data[0].x, [90, 90, 80])


def test_recall_on_all_images_and_on_those_without_a_copy() -> None:
    def part(description: str, recalls: list[dict[str, Any] | None]) -> dict[str, Any]:
        names = ("glioma", "pituitary")
        classes = [{"name": name, "recall": one} for name, one in zip(names, recalls, strict=True)]
        return {"description": description, "classification": {"classes": classes}}

    parts = [part("all images", [share(9, 10), share(1, 2)]), part("fresh", [share(3, 4), None])]
    figure = recall_chart({"parts": parts}, dark=False)

    assert [one.name for one in figure.data] == ["all images", "fresh"]
    np.testing.assert_allclose(figure.data[0].x, [90, 50])
    np.testing.assert_allclose(figure.data[1].x, [75])


def test_the_curve_has_the_points_at_set_coverages_and_those_at_set_thresholds() -> None:
    review = ReviewPoint(0.8, Proportion.of(2, 10), Proportion.of(8, 8))
    none_left = ReviewPoint(1.0, Proportion.of(10, 10), None)
    record = ModelRecord(
        date="",
        accuracy=Proportion.of(9, 10),
        calibration_error=0.0,
        review=review,
        curve=(review, none_left),
        risk_coverage_area=0.0,
        target_accuracy=None,
        validation_images=0,
        stability=(),
    )
    coverage = [{"coverage": 0.5, "risk": 0.0}, {"coverage": 1.0, "risk": 0.1}]
    found = risk_coverage({"parts": [{"classification": {"coverage": coverage}}]}, record)

    np.testing.assert_allclose(found, [(0.5, 0), (0.8, 0), (1, 0.1)])


def test_the_review_threshold_lies_on_the_curve() -> None:
    point = ReviewPoint(0.8, Proportion.of(1, 10), Proportion.of(8, 9))
    found = operating_point(point)

    assert found is not None
    np.testing.assert_allclose((found.x, found.y), (0.9, 1 / 9))
    assert found.text == "review under 80.0 %"
    assert operating_point(ReviewPoint(1.0, Proportion.of(10, 10), None)) is None
