import numpy as np
import pytest

from brain_tumor.drawing.colour_maps import COLOUR_MAPS, INFERNO
from brain_tumor.drawing.display import (
    BOX_COLOUR,
    CONTOUR_COLOUR,
    MARGIN,
    POINT_COLOUR,
    SIDE,
    at_display_size,
    cropped_picture,
    heat_picture,
    legend_picture,
    letterbox,
    scan_picture,
)
from brain_tumor.drawing.overlay import LINE_COLOUR, HeatStyle, legend
from brain_tumor.imaging.crop import Crop, CropBox, ExtremePoints, find_crop, whole_image
from brain_tumor.imaging.decode import Scan
from tests.fakes import head

INSIDE = SIDE - 2 * MARGIN


def scan_of(pixels: np.ndarray) -> Scan:
    return Scan(pixels, 0.0, "PNG", "L", 8)


def has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((picture == colour).all(axis=-1).any())


class TestAtDisplaySize:
    @pytest.mark.parametrize(
        ("shape", "expected"),
        [
            ((100, 50), (INSIDE, INSIDE // 2)),
            ((64, 64), (INSIDE, INSIDE)),
            ((1448, 2896), (INSIDE // 2, INSIDE)),
        ],
    )
    def test_the_longest_side_fills_the_picture(
        self, shape: tuple[int, int], expected: tuple[int, int]
    ) -> None:
        scan, crop = at_display_size(
            scan_of(np.zeros(shape, np.uint8)), whole_image(*shape, "none")
        )

        assert scan.pixels.shape == expected
        assert crop.box.as_tuple() == (0, 0, expected[1], expected[0])

    def test_box_points_and_mask_follow_the_pixels(self) -> None:
        side = INSIDE // 4
        mask = np.zeros((side, side), np.uint8)
        mask[20:60, 40:100] = 255
        points = ExtremePoints((50, 20), (60, 59), (40, 30), (99, 40))
        crop = Crop(CropBox(40, 20, 100, 60), points, mask, True, "")

        _, scaled = at_display_size(scan_of(np.zeros((side, side), np.uint8)), crop)

        assert scaled.box.as_tuple() == (160, 80, 400, 240)
        assert scaled.points is not None and scaled.mask is not None
        assert scaled.points.top == (202, 82)  # the centre of pixel (50, 20), four times as large
        assert set(np.unique(scaled.mask)) == {0, 255}
        assert scaled.mask[160, 280] == 255 and scaled.mask[40, 280] == 0


class TestScanPicture:
    def test_draws_box_contour_and_points_in_their_places(self) -> None:
        pixels = head(0)
        scan, crop = scan_of(pixels), find_crop(pixels)
        picture = scan_picture(scan, crop)
        _, scaled = at_display_size(scan, crop)
        assert scaled.points is not None

        assert picture.shape == (SIDE, SIDE, 3) and picture.dtype == np.uint8
        for colour in (BOX_COLOUR, CONTOUR_COLOUR, POINT_COLOUR):
            assert has(picture, colour)
        x, y = scaled.points.left
        assert tuple(picture[y + MARGIN, x + MARGIN]) == POINT_COLOUR
        # The box begins with a dash at its corner, two pixels outside.
        assert tuple(picture[scaled.box.y0 + MARGIN - 2, scaled.box.x0 + MARGIN + 6]) == BOX_COLOUR

    def test_without_a_head_only_the_box_is_drawn(self) -> None:
        pixels = np.full((60, 90), 77, np.uint8)
        picture = scan_picture(scan_of(pixels), find_crop(pixels))

        assert has(picture, BOX_COLOUR)
        assert not has(picture, CONTOUR_COLOUR)
        assert not has(picture, POINT_COLOUR)

    def test_leaves_the_scan_as_it_was(self) -> None:
        pixels = head(1)
        before = pixels.copy()
        crop = find_crop(pixels)
        scan_picture(scan_of(pixels), crop)

        assert np.array_equal(pixels, before)


def test_cropped_picture_is_the_crop_in_a_square_with_full_contrast() -> None:
    pixels = np.full((100, 100), 10, np.uint8)
    pixels[20:40, 30:60] = 100
    pixels[20:40, 45:60] = 140
    crop = Crop(CropBox(30, 20, 60, 40), None, None, True, "")
    picture = cropped_picture(scan_of(pixels), crop)

    assert tuple(picture[SIDE // 2, MARGIN + 50]) == (0, 0, 0)
    assert tuple(picture[SIDE // 2, SIDE - MARGIN - 50]) == (255, 255, 255)


class TestHeatPicture:
    def test_a_white_line_encloses_what_is_above_half(self) -> None:
        pixels = np.zeros((INSIDE, INSIDE), np.uint8)
        heat = np.zeros((INSIDE, INSIDE), np.float32)
        heat[200:300, 100:400] = 0.6
        picture = heat_picture(pixels, heat, HeatStyle(opacity=1.0))

        assert tuple(picture[MARGIN + 200, MARGIN + 250]) == POINT_COLOUR
        assert tuple(picture[MARGIN + 250, MARGIN + 250]) == tuple(COLOUR_MAPS[INFERNO][153])
        assert tuple(picture[MARGIN + 100, MARGIN + 250]) == (0, 0, 0)

    def test_a_threshold_above_half_takes_the_line_with_it(self) -> None:
        pixels = np.full((INSIDE, INSIDE), 40, np.uint8)
        heat = np.full((INSIDE, INSIDE), 0.6, np.float32)
        heat[200:300, 100:400] = 0.9
        picture = heat_picture(pixels, heat, HeatStyle(opacity=1.0, threshold=0.8))

        assert tuple(picture[MARGIN + 200, MARGIN + 250]) == POINT_COLOUR
        assert tuple(picture[MARGIN, MARGIN + 250]) == (40, 40, 40)

    def test_at_no_opacity_there_is_no_line_either(self) -> None:
        pixels = np.full((INSIDE, INSIDE // 2), 60, np.uint8)
        picture = heat_picture(pixels, np.ones(pixels.shape, np.float32), HeatStyle(opacity=0.0))

        assert np.array_equal(picture, letterbox(np.repeat(pixels[..., None], 3, axis=-1)))


@pytest.mark.parametrize(("threshold", "column"), [(0.0, 256), (0.3, 256), (0.8, 409), (1.0, 510)])
def test_the_legend_marks_where_the_line_is(threshold: float, column: int) -> None:
    style = HeatStyle(opacity=0.6, threshold=threshold)
    strip = legend_picture(style)

    assert strip.shape == (20, 512, 3)
    assert np.array_equal(strip[0, : column - 3], legend(style, 512)[0, : column - 3])
    assert np.array_equal(strip[0, column + 3 :], legend(style, 512)[0, column + 3 :])
    assert tuple(strip[0, column]) == LINE_COLOUR


def test_letterbox_puts_the_picture_in_the_middle_of_black() -> None:
    square = letterbox(np.full((100, 200, 3), 7, np.uint8))

    assert square.shape == (SIDE, SIDE, 3)
    rows, columns = np.nonzero(square[..., 0])
    assert (rows.min(), rows.max()) == (334, 433)
    assert (columns.min(), columns.max()) == (284, 483)
