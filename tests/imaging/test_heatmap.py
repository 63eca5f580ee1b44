import numpy as np
import pytest

from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.heatmap import CellGrid, draw_on_scan, resampling_matrix

RESNET = CellGrid(side=224, offset=0.0, stride=32.0)
CENTRED = CellGrid(side=224, offset=15.5, stride=32.0)


@pytest.mark.parametrize("grid", [RESNET, CENTRED])
def test_every_pixel_of_the_crop_is_a_mean_of_cells_and_no_other_is(grid: CellGrid) -> None:
    matrix = resampling_matrix(grid, 7, 30, 130, 200)
    assert matrix.shape == (200, 7)
    assert np.allclose(matrix[30:130].sum(axis=1), 1, atol=1e-6)
    assert not matrix[:30].any()
    assert not matrix[130:].any()


def test_a_cell_keeps_its_value_at_its_centre() -> None:
    matrix = resampling_matrix(RESNET, 7, 0, 224, 224)
    assert np.allclose(matrix[::32], np.eye(7), atol=1e-6)


def test_between_two_cells_the_kernel_is_keys() -> None:
    # Half way: weights -1/16, 9/16, 9/16, -1/16 (Keys, 1981, a = -1/2).
    matrix = resampling_matrix(RESNET, 7, 0, 224, 224)
    assert np.allclose(matrix[32 * 3 + 16, 2:6], [-1 / 16, 9 / 16, 9 / 16, -1 / 16], atol=1e-6)


def test_beyond_the_last_cell_its_value_goes_on() -> None:
    matrix = resampling_matrix(RESNET, 7, 0, 224, 224)
    # Pixel 223 lies 31/32 beyond the last centre (192), with nothing behind it.
    assert matrix[223, 6] == pytest.approx(1.0, abs=0.05)


def one_hot(row: int, column: int, cells: int = 7) -> np.ndarray:
    cell_map = np.zeros((cells, cells), np.float32)
    cell_map[row, column] = 3.0
    return cell_map


def peak(heat: np.ndarray) -> tuple[int, int]:
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return int(row), int(column)


@pytest.mark.parametrize("cell", [(0, 0), (1, 5), (3, 3), (5, 2)])
@pytest.mark.parametrize("grid", [RESNET, CENTRED])
def test_the_peak_lies_at_the_cells_centre(grid: CellGrid, cell: tuple[int, int]) -> None:
    heat = draw_on_scan(one_hot(*cell), grid, CropBox(0, 0, 224, 224), 224, 224)
    wanted = np.array(cell) * grid.stride + grid.offset
    assert heat.max() == 1.0
    # An outermost cell is repeated outwards, so its peak is a plateau that begins at its centre.
    assert np.abs(np.array(peak(heat)) - wanted).max() <= (1.0 if 0 not in cell else 16.0)


def test_a_crop_off_the_origin_and_not_square_stretches_the_cells() -> None:
    box = CropBox(40, 100, 40 + 112, 100 + 448)  # half as wide, twice as high as the input
    heat = draw_on_scan(one_hot(4, 3), RESNET, box, height=600, width=300)
    row, column = peak(heat)
    # Input pixel p lies at (p + 0.5) * box / 224 - 0.5 of the crop.
    assert abs(row - (100 + 128.5 * 2 - 0.5)) <= 1
    assert abs(column - (40 + 96.5 / 2 - 0.5)) <= 1
    outside = np.ones_like(heat, bool)
    outside[box.y0 : box.y1, box.x0 : box.x1] = False
    assert not heat[outside].any()


def test_a_plain_resize_would_be_half_a_cell_off() -> None:
    box = CropBox(0, 0, 224, 224)
    aligned = peak(draw_on_scan(one_hot(3, 3), RESNET, box, 224, 224))
    resized = peak(draw_on_scan(one_hot(3, 3), CENTRED, box, 224, 224))
    assert np.allclose(np.subtract(resized, aligned), 16, atol=1)


def test_two_equal_neighbours_peak_between_them() -> None:
    heat = draw_on_scan(one_hot(3, 2) + one_hot(3, 3), RESNET, CropBox(0, 0, 224, 224), 224, 224)
    row, column = peak(heat)
    assert abs(row - 96) <= 1
    assert abs(column - 80) <= 1


def test_what_speaks_against_the_class_is_not_drawn() -> None:
    cell_map = np.full((7, 7), -2.0, np.float32)
    box = CropBox(0, 0, 50, 50)
    assert not draw_on_scan(cell_map, RESNET, box, 50, 50).any()
    cell_map[2, 2] = 1.0
    heat = draw_on_scan(cell_map, RESNET, box, 50, 50)
    assert heat.min() == 0.0
    assert heat.max() == 1.0


def test_the_scale_of_the_map_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    cell_map = rng.normal(size=(7, 7)).astype(np.float32)
    box = CropBox(3, 4, 90, 100)
    first = draw_on_scan(cell_map, RESNET, box, 120, 110)
    second = draw_on_scan(cell_map * 1000, RESNET, box, 120, 110)
    assert first.dtype == np.float32
    assert np.allclose(first, second, atol=1e-5)
