import numpy as np

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
    assert drawn.label == "glioma"
    assert drawn.half and all((line < 0.5).all() for line in drawn.half)


def test_report_pictures_can_be_asked_about_another_class() -> None:
    drawn = images(0, of="pituitary")
    assert drawn.label == "pituitary"
    assert drawn.half and not any((line < 0.5).all() for line in drawn.half)
