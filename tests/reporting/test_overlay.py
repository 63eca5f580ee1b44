import io

import numpy as np
import pytest
from PIL import Image

from brain_tumor.reporting.images import SIDE
from brain_tumor.reporting.overlay import (
    INFERNO,
    LINE_LEVEL,
    blend,
    legend,
    outlines,
    overlay_picture,
    overlay_png,
)
from brain_tumor.ui import overlay as page
from tests.reporting.known import findings, images


def ramp(height: int, width: int) -> np.ndarray:
    return np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)


@pytest.mark.parametrize("opacity", [0.0, 0.7, 1.0])
def test_colours_are_those_of_the_page(opacity: float) -> None:
    heat = ramp(40, 50)
    grey = (heat[::-1] * 255).astype(np.uint8)

    assert np.array_equal(blend(grey, heat, opacity), page.blend(grey, heat, opacity))
    assert np.array_equal(INFERNO, page.INFERNO)
    assert page.LINE_LEVEL == LINE_LEVEL


def test_a_large_scan_is_blended_as_a_small_one() -> None:
    heat = ramp(1100, 1000)  # more than one block
    grey = np.full(heat.shape, 128, np.uint8)
    whole = blend(grey, heat, 0.7)

    assert np.array_equal(whole[1090:], blend(grey[1090:], heat[1090:], 0.7))


def test_a_heat_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="its scan's size"):
        blend(np.zeros((4, 5), np.uint8), np.zeros((5, 4), np.float32), 0.7)


def test_the_legend_runs_from_see_through_to_the_strongest() -> None:
    strip = legend(1.0, 64)

    assert strip.shape == (1, 64, 3)
    assert strip[0, 0].tolist() == [90, 90, 90]
    assert strip[0, -1].tolist() == INFERNO[-1].tolist()


def test_an_outline_runs_along_its_region_even_at_the_edge() -> None:
    inside = np.zeros((6, 8), bool)
    inside[0:3, 0:4] = True
    (line,) = outlines(inside)

    assert {tuple(point) for point in line.tolist()} >= {(0, 0), (3, 0), (3, 2), (0, 2)}
    assert line.min() == 0 and line.max() == 3


def test_the_png_has_the_scans_size_and_the_pages_colours() -> None:
    heat = np.zeros((300, 500), np.float32)
    heat[100:200, 100:200] = 1.0
    grey = np.full(heat.shape, 77, np.uint8)
    data = overlay_png(grey, heat, findings(), opacity=1.0)
    picture = np.asarray(Image.open(io.BytesIO(data)))

    assert picture.shape == (300, 500, 3)
    assert picture[50, 50].tolist() == [77, 77, 77]
    assert picture[150, 150].tolist() == INFERNO[-1].tolist()
    assert picture[100, 150].tolist() == [255, 255, 255]


def test_without_opacity_it_is_the_scan() -> None:
    grey = np.arange(120, dtype=np.uint8).reshape(10, 12)
    picture = overlay_picture(grey, ramp(10, 12), opacity=0)
    assert np.array_equal(picture, np.repeat(grey[..., None], 3, axis=2))


def test_the_png_says_what_it_is_and_not_whose() -> None:
    one = findings(file_name="Jane Doe.png", patient="Jane Doe", note="Jane Doe")
    data = overlay_png(np.zeros((64, 64), np.uint8), ramp(64, 64), one, label="meningioma")
    text = Image.open(io.BytesIO(data)).info

    assert text["Title"].startswith("Grad-CAM: Meningioma")
    assert "not a medical device" in text["Disclaimer"]
    assert one.provenance.weights in text["Source"]
    assert b"Doe" not in data


def test_the_same_findings_give_the_same_png() -> None:
    grey, heat = np.zeros((64, 64), np.uint8), ramp(64, 64)
    assert overlay_png(grey, heat, findings()) == overlay_png(grey, heat, findings())


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
