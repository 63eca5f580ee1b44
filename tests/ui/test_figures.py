import numpy as np
import pytest

from brain_tumor.ui.figures import probability_chart


def test_bars_are_the_probabilities_in_the_order_of_the_classes() -> None:
    bar = probability_chart(np.array([0.1, 0.6, 0.25, 0.05], np.float32)).data[0]

    assert bar.orientation == "h"
    assert isinstance(bar.x, np.ndarray)
    assert bar.x == pytest.approx([10, 60, 25, 5])
    assert list(bar.text) == ["10 %", "<b>60 %</b>", "25 %", "5 %"]


def test_the_likeliest_class_is_marked_by_more_than_colour() -> None:
    figure = probability_chart(np.array([0.005, 0.0, 0.995, 0.0], np.float32))

    assert list(figure.layout.yaxis.ticktext) == [
        "Glioma",
        "Meningioma",
        "<b>No tumor</b>",
        "Pituitary tumor",
    ]
    assert figure.data[0].text[2] == "<b>&gt; 99 %</b>"
    assert len(set(figure.data[0].marker.color)) == 2


def test_the_scale_does_not_depend_on_the_answer() -> None:
    low = probability_chart(np.array([0.25, 0.25, 0.25, 0.25], np.float32))
    high = probability_chart(np.array([1, 0, 0, 0], np.float32))

    assert low.layout.xaxis.range == high.layout.xaxis.range == (0, 100)


def test_ink_differs_between_light_and_dark() -> None:
    even = np.full(4, 0.25, np.float32)
    colours = {
        probability_chart(even, dark=dark).layout.yaxis.tickfont.color for dark in (True, False)
    }
    assert len(colours) == 2
