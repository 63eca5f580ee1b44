import numpy as np
import pytest

from brain_tumor.drawing.colour_maps import COLOUR_MAPS, INFERNO
from brain_tumor.drawing.overlay import HeatStyle, blend, legend, outlines, overlay_picture

OPAQUE = HeatStyle(opacity=1.0)
CLEAR = HeatStyle(opacity=0.0)


def ramp(height: int, width: int) -> np.ndarray:
    return np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)


def heat(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


class TestHeatStyle:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"colour_map": "jet"}, "one of inferno, magma, viridis, cividis, grey"),
            ({"opacity": 1.1}, "opacity is 0 to 1"),
            ({"threshold": -0.1}, "threshold is 0 to 1"),
            ({"opacity": float("nan")}, "opacity is 0 to 1"),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, changes, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            HeatStyle(**changes)

    @pytest.mark.parametrize(
        ("threshold", "level", "name"),
        [(0.0, 0.5, "half"), (0.5, 0.5, "half"), (0.7, 0.7, "70 %")],
    )
    def test_the_line_is_at_half_or_at_a_higher_threshold(
        self, threshold: float, level: float, name: str
    ) -> None:
        style = HeatStyle(threshold=threshold)
        assert (style.line_level, style.line_name) == (level, name)


class TestBlend:
    SCAN = np.array([[0, 90, 200]], np.uint8)

    @pytest.mark.parametrize(
        ("level", "style"),
        [(1.0, CLEAR), (0.0, OPAQUE), (0.49, HeatStyle(opacity=1.0, threshold=0.5))],
        ids=["no opacity", "no heat", "below the threshold"],
    )
    def test_the_scan_is_unchanged_at(self, level: float, style: HeatStyle) -> None:
        mixed = blend(self.SCAN, np.full((1, 3), level, np.float32), style)
        assert np.array_equal(mixed, np.repeat(self.SCAN[..., None], 3, axis=-1))

    @pytest.mark.parametrize("name", COLOUR_MAPS)
    def test_full_heat_at_full_opacity_is_the_maps_last_colour(self, name: str) -> None:
        style = HeatStyle(name, 1.0)
        mixed = blend(self.SCAN, np.ones((1, 3), np.float32), style)
        assert np.array_equal(mixed, np.tile(COLOUR_MAPS[name][255], (1, 3, 1)))

    def test_heat_at_the_threshold_is_coloured(self) -> None:
        mixed = blend(self.SCAN, heat(0.5, 0.6, 1.0), HeatStyle(opacity=1.0, threshold=0.5))
        assert np.array_equal(mixed[0], COLOUR_MAPS[INFERNO][[128, 153, 255]])

    def test_half_opacity_is_half_way(self) -> None:
        mixed = blend(np.array([[100]], np.uint8), heat(1), HeatStyle(opacity=0.5))
        assert np.abs(mixed[0, 0] - (100 + COLOUR_MAPS[INFERNO][255].astype(int)) / 2).max() <= 0.5

    def test_weak_heat_lets_the_scan_through_in_proportion(self) -> None:
        # Half of 0.35: half the colour.
        mixed = blend(np.array([[200]], np.uint8), heat(0.175), OPAQUE)
        expected = (200 + COLOUR_MAPS[INFERNO][45].astype(int)) / 2
        assert np.abs(mixed[0, 0] - expected).max() <= 2

    def test_heat_outside_the_range_counts_as_its_ends(self) -> None:
        scan = np.array([[50, 50]], np.uint8)
        assert np.array_equal(blend(scan, heat(-0.5, 1.5), OPAQUE), blend(scan, heat(0, 1), OPAQUE))

    def test_a_large_scan_is_blended_as_a_small_one(self) -> None:
        level = ramp(1100, 1000)  # more than one block
        grey = np.full(level.shape, 128, np.uint8)

        assert np.array_equal(blend(grey, level)[1090:], blend(grey[1090:], level[1090:]))

    def test_a_heat_map_of_another_size_is_refused(self) -> None:
        with pytest.raises(ValueError, match="its scan's size"):
            blend(np.zeros((4, 5), np.uint8), np.zeros((5, 4), np.float32))


class TestLegend:
    def test_it_runs_from_see_through_to_the_strongest(self) -> None:
        strip = legend(OPAQUE, 64)

        assert strip.shape == (1, 64, 3)
        assert strip[0, 0].tolist() == [90, 90, 90]
        assert strip[0, -1].tolist() == COLOUR_MAPS[INFERNO][-1].tolist()

    def test_it_follows_colour_map_and_threshold(self) -> None:
        strip = legend(HeatStyle("viridis", 1.0, 0.5), 256)[0]

        assert (strip[:128] == 90).all()
        assert np.array_equal(strip[128:], COLOUR_MAPS["viridis"][128:])


def test_an_outline_runs_along_its_region_even_at_the_edge() -> None:
    inside = np.zeros((6, 8), bool)
    inside[0:3, 0:4] = True
    (line,) = outlines(inside)

    assert {tuple(point) for point in line.tolist()} >= {(0, 0), (3, 0), (3, 2), (0, 2)}
    assert line.min() == 0 and line.max() == 3


def test_without_opacity_the_overlay_is_the_scan() -> None:
    grey = np.arange(120, dtype=np.uint8).reshape(10, 12)
    picture = overlay_picture(grey, ramp(10, 12), CLEAR)
    assert np.array_equal(picture, np.repeat(grey[..., None], 3, axis=2))
