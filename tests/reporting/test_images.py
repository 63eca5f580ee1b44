import numpy as np
import pytest

from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.reporting.images import SIDE
from tests.reporting.known import images


def test_report_pictures_have_their_lines_where_the_head_is() -> None:
    drawn = images(0)

    assert drawn.scan.shape == drawn.square.shape == (SIDE, SIDE)
    assert drawn.overlay.shape == (SIDE, SIDE, 3)
    # The head's disc has a radius of 0.4 round the middle.
    assert np.allclose(drawn.box.min(axis=0), 0.1, atol=0.015)
    assert np.allclose(drawn.box.max(axis=0), 0.9, atol=0.015)
    (contour,) = drawn.contours
    assert np.allclose(np.hypot(*(contour - 0.5).T), 0.4, atol=0.015)
    assert np.allclose(np.hypot(*(drawn.points - 0.5).T), 0.4, atol=0.015)
    # Glioma's spot is in the top left quadrant, and so is the heat.
    assert not drawn.empty
    assert drawn.strongest and all((line < 0.5).all() for line in drawn.strongest)


def test_report_pictures_can_be_asked_about_another_class() -> None:
    drawn = images(0, heat_label="pituitary")
    assert drawn.strongest and not any((line < 0.5).all() for line in drawn.strongest)


def test_the_line_follows_the_threshold() -> None:
    def extent(threshold: float) -> float:
        drawn = images(0, heat_style=HeatStyle(threshold=threshold))
        return sum(float(np.ptp(line, axis=0).prod()) for line in drawn.strongest)

    assert extent(0.9) < extent(0.6) < extent(0.5) == extent(0.2)


@pytest.mark.parametrize("style", [HeatStyle("viridis"), HeatStyle("grey", 0.3, 0.4)])
def test_the_heat_map_is_drawn_as_the_findings_say(style: HeatStyle) -> None:
    assert not np.array_equal(images(0).overlay, images(0, heat_style=style).overlay)
    assert np.array_equal(images(0).scan, images(0, heat_style=style).scan)
