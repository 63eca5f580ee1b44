import numpy as np
import pytest

from brain_tumor.imaging.window import OUTLIER_RATIO, row_blocks, window_to_uint8

RAMP = np.linspace(0, 1, 40 * 48).reshape(40, 48)


def test_minimum_and_maximum_span_the_range() -> None:
    values = np.array([[-2.0, 0.0], [1.0, 2.0]])
    np.testing.assert_array_equal(window_to_uint8(values), [[0, 128], [191, 255]])


@pytest.mark.parametrize("factor", [1, 16, 256, 257])
def test_scaled_eight_bit_levels_come_back(factor: int) -> None:
    levels = np.arange(1024, dtype=np.uint16).reshape(32, 32) // 4
    np.testing.assert_array_equal(window_to_uint8(levels * factor), levels)


def test_a_hot_pixel_does_not_darken_the_picture() -> None:
    clean = window_to_uint8(RAMP)
    hot = RAMP.copy()
    hot[7, 9] = 1000.0
    seen = window_to_uint8(hot)
    assert seen[7, 9] == 255
    seen[7, 9] = clean[7, 9]
    assert np.abs(seen.astype(int) - clean.astype(int)).max() <= 1


@pytest.mark.parametrize(("ratio", "dimmed"), [(0.95, True), (1.05, False)])
def test_a_bright_spot_is_kept_up_to_the_ratio(ratio: float, dimmed: bool) -> None:
    spot = np.where(RAMP > 0.5, 1.0, 0.0)
    spot[0, 0] = OUTLIER_RATIO * ratio
    tissue = window_to_uint8(spot)[-1, -1]
    assert tissue == (round(255 / spot[0, 0]) if dimmed else 255)


def test_a_single_bright_pixel_on_black_is_no_outlier() -> None:
    values = np.zeros((100, 100))
    values[3, 4] = 9.0
    values[50, 50] = 4.5
    seen = window_to_uint8(values)
    assert (seen[3, 4], seen[50, 50], seen[0, 0]) == (255, 128, 0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -3.5, np.nan, np.inf, -np.inf])
def test_no_contrast_gives_zeros(value: float) -> None:
    seen = window_to_uint8(np.full((5, 6), value))
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen, np.zeros((5, 6)))


@pytest.mark.filterwarnings("error")
def test_extreme_floats() -> None:
    values = np.array([[-3.4e38, 3.4e38], [0.0, np.nan]], np.float32)
    np.testing.assert_array_equal(window_to_uint8(values), [[0, 255], [128, 0]])
    tiny = np.array([[0.0, 1e-45]], np.float32)
    np.testing.assert_array_equal(window_to_uint8(tiny), [[0, 255]])


def test_the_input_is_left_alone() -> None:
    values = np.array([[0.0, np.nan], [5.0, 9.0]])
    before = values.copy()
    window_to_uint8(values)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("shape", [(32, 32), (3000, 700), (8192, 8192), (1, 5_000_000)])
def test_row_blocks_cover_every_row_once(shape: tuple[int, int]) -> None:
    blocks = list(row_blocks(*shape))
    assert [row for block in blocks for row in range(block.start, block.stop)] == [*range(shape[0])]
