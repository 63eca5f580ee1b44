import numpy as np
import pytest

from brain_tumor.drawing.overlay import INFERNO, blend, legend, outlines, overlay_picture


def ramp(height: int, width: int) -> np.ndarray:
    return np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)


class TestBlend:
    SCAN = np.array([[0, 90, 200]], np.uint8)

    def test_at_no_opacity_the_scan_is_unchanged(self) -> None:
        mixed = blend(self.SCAN, np.ones((1, 3), np.float32), 0.0)
        assert np.array_equal(mixed, np.repeat(self.SCAN[..., None], 3, axis=-1))

    def test_where_there_is_no_heat_the_scan_is_unchanged(self) -> None:
        mixed = blend(self.SCAN, np.zeros((1, 3), np.float32), 1.0)
        assert np.array_equal(mixed, np.repeat(self.SCAN[..., None], 3, axis=-1))

    def test_full_heat_at_full_opacity_is_the_maps_last_colour(self) -> None:
        mixed = blend(self.SCAN, np.ones((1, 3), np.float32), 1.0)
        assert np.array_equal(mixed, np.tile(INFERNO[255], (1, 3, 1)))

    def test_half_opacity_is_half_way(self) -> None:
        mixed = blend(np.array([[100]], np.uint8), np.ones((1, 1), np.float32), 0.5)
        assert np.abs(mixed[0, 0] - (100 + INFERNO[255].astype(int)) / 2).max() <= 0.5


def test_the_colours_get_lighter_all_the_way_so_that_grey_vision_can_order_them() -> None:
    luma = INFERNO @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luma) > -0.5).all()
    assert luma[-1] - luma[0] > 200


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


def test_without_opacity_it_is_the_scan() -> None:
    grey = np.arange(120, dtype=np.uint8).reshape(10, 12)
    picture = overlay_picture(grey, ramp(10, 12), opacity=0)
    assert np.array_equal(picture, np.repeat(grey[..., None], 3, axis=2))
