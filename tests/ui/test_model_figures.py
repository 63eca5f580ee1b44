"""Figures of an evaluation: what they draw of records with known figures."""

import numpy as np
import pytest

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.ui.figures import ink
from brain_tumor.ui.model_curves import (
    OperatingPoint,
    reliability_chart,
    risk_coverage_chart,
    roc_chart,
)
from brain_tumor.ui.model_figures import SECOND, Series, confusion_chart, shares_chart
from tests.ui.test_config import config, contrast

COUNTS = [[8, 2], [0, 5]]


class TestConfusion:
    def test_writes_count_and_share_of_the_row_into_each_cell(self) -> None:
        text = confusion_chart(["One", "Two words"], COUNTS).data[1]

        assert list(text.text) == [
            "<b>8</b><br>80.0 %",
            "<b>2</b><br>20.0 %",
            "0",
            "<b>5</b><br>100.0 %",
        ]
        assert list(zip(text.x, text.y, strict=True)) == [(0, 0), (1, 0), (0, 1), (1, 1)]

    def test_tells_right_from_wrong_by_sign_and_strength_by_the_root_of_the_share(self) -> None:
        cells = confusion_chart(["One", "Two"], COUNTS).data[0]

        np.testing.assert_allclose(cells.z, [[0.8**0.5, -(0.2**0.5)], [0, 1]])

    def test_the_first_class_stands_on_top_and_a_name_of_two_words_breaks(self) -> None:
        layout = confusion_chart(["One", "Two words"], COUNTS).layout

        assert layout.yaxis.autorange == "reversed"
        assert layout.xaxis.ticktext == layout.yaxis.ticktext == ("One", "Two<br>words")

    def test_a_class_without_images_has_no_share(self) -> None:
        text = confusion_chart(["One", "Two"], [[1, 0], [0, 0]]).data[1].text

        assert list(text) == ["<b>1</b><br>100.0 %", "0", "0", "0"]

    def test_text_is_dark_on_colour_and_in_the_themes_ink_elsewhere(self) -> None:
        right, wrong, none, _ = (
            confusion_chart(["One", "Two"], COUNTS, dark=True).data[1].textfont.color
        )

        assert wrong == none == ink(dark=True) != right


class TestShares:
    series = (
        Series("all", (Proportion.of(9, 10), Proportion.of(3, 4))),
        Series("some", (Proportion.of(1, 1), None), SECOND, "diamond"),
    )

    def test_draws_each_share_with_its_interval(self) -> None:
        dots = shares_chart(["a", "b"], self.series).data[0]
        low = Proportion.of(9, 10).low

        np.testing.assert_allclose(dots.x, [90, 75])
        np.testing.assert_allclose(dots.x[0] - dots.error_x.arrayminus[0], 100 * low)
        assert dots.customdata[0].startswith("a: 9 of 10, ")

    def test_series_lie_beside_each_other_and_differ_by_symbol(self) -> None:
        figure = shares_chart(["a", "b"], self.series)
        first, second = figure.data

        np.testing.assert_allclose(first.y, [-0.21, 0.79])
        np.testing.assert_allclose(second.y, [0.21])
        assert first.marker.symbol != second.marker.symbol
        assert figure.layout.showlegend

    def test_writes_each_value_in_a_column(self) -> None:
        notes = shares_chart(["a", "b"], self.series).layout.annotations

        assert [note.text for note in notes] == ["90.0 %", "75.0 %", "100.0 %"]

    def test_begins_a_little_below_the_lowest_interval_or_where_it_is_told(self) -> None:
        lowest = Proportion.of(1, 1).low
        found = shares_chart(["a", "b"], self.series).layout.xaxis.range
        told = shares_chart(["a", "b"], self.series, start=0).layout.xaxis.range

        assert 100 * lowest - 10 < found[0] < 100 * lowest
        assert told == (-3, 103)

    def test_ends_at_the_whole_or_a_little_above_the_highest_interval(self) -> None:
        rare = (Series("rare", (Proportion.of(1, 1000),)),)
        whole = shares_chart(["a"], rare, start=0).layout.xaxis.range
        near = shares_chart(["a"], rare, start=0, end=None).layout.xaxis.range

        assert whole[1] == pytest.approx(103)
        assert near[1] == pytest.approx(103 * Proportion.of(1, 1000).high)

    def test_one_series_needs_no_legend(self) -> None:
        assert not shares_chart(["a", "b"], self.series[:1]).layout.showlegend


class TestReliability:
    bins = (
        {"low": 0.0, "high": 0.5, "count": 0, "confidence": None, "accuracy": None},
        {"low": 0.5, "high": 0.75, "count": 4, "confidence": 0.6, "accuracy": 0.5},
        {"low": 0.75, "high": 1.0, "count": 1000, "confidence": 0.9, "accuracy": 0.91},
    )

    def test_draws_bins_that_hold_images_with_intervals_and_the_diagonal(self) -> None:
        diagonal, dots = reliability_chart(self.bins).data

        assert list(diagonal.x) == list(diagonal.y) == [0, 100]
        np.testing.assert_allclose(dots.x, [60, 90])
        np.testing.assert_allclose(dots.y, [50, 91])
        np.testing.assert_allclose(dots.y[0] - dots.error_y.arrayminus[0], 15.0, atol=0.1)
        assert list(dots.customdata) == ["2 of 4", "910 of 1,000"]

    def test_a_dot_tells_how_many_images_it_stands_for(self) -> None:
        few, many = reliability_chart(self.bins).data[1].marker.size

        assert few < many

    def test_begins_at_the_lowest_bin_that_holds_images(self) -> None:
        assert reliability_chart(self.bins).layout.xaxis.range == (48, 102)


class TestRiskCoverage:
    curve = ((0.5, 0.0), (1.0, 0.04))

    def test_marks_the_review_threshold(self) -> None:
        figure = risk_coverage_chart(self.curve, OperatingPoint(0.9, 0.01, "review under 0.8"))
        curve, mark = figure.data

        np.testing.assert_allclose(curve.x, [50, 100])
        np.testing.assert_allclose(curve.y, [0, 4])
        assert (mark.x[0], mark.y[0]) == (90, 1)
        assert figure.layout.annotations[0].text == "review under 0.8"

    def test_without_an_answered_image_there_is_no_mark(self) -> None:
        figure = risk_coverage_chart(self.curve, None)

        assert len(figure.data) == 1
        assert not figure.layout.annotations

    def test_a_network_that_is_never_wrong_has_an_axis_all_the_same(self) -> None:
        low, high = risk_coverage_chart([(1.0, 0.0)], None).layout.yaxis.range

        assert low < 0 < high


class TestRoc:
    def test_shows_the_corner_where_every_curve_runs_there(self) -> None:
        good = {"points": [[0.0, 0.0], [0.01, 0.99], [1.0, 1.0]]}
        figure = roc_chart({"photographs": good, "others": good})

        assert [one.name for one in figure.data] == ["photographs", "others"]
        assert len({one.line.dash for one in figure.data}) == 2
        np.testing.assert_allclose(figure.data[0].y, [0, 99, 100])
        assert figure.layout.xaxis.range[1] == pytest.approx(20.6)

    def test_shows_all_of_it_for_a_poor_one(self) -> None:
        poor = {"points": [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]}
        figure = roc_chart({"photographs": poor})

        assert figure.layout.xaxis.range == (-3, 103)
        assert figure.layout.yaxis.range == (-3, 103)


def test_the_second_colour_stands_out_on_every_ground() -> None:
    for name in ("light", "dark"):
        theme = config()["theme"][name]
        for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
            assert contrast(SECOND, ground) >= 3
