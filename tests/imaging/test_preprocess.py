import numpy as np
import pytest

from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.preprocess import standardise, stretch_contrast, to_network_input


def ramp(low: int, high: int, side: int = 64) -> np.ndarray:
    return np.rint(np.linspace(low, high, side * side)).astype(np.uint8).reshape(side, side)


def test_the_window_percentiles_become_black_and_white() -> None:
    stretched = stretch_contrast(ramp(50, 150))
    assert stretched.min() == 0
    assert stretched.max() == 255
    # 0.5 and 99.5 % of 50..150 are 50.5 and 149.5: grey 100 is the middle, 75 a quarter.
    assert abs(int(stretched[ramp(50, 150) == 100][0]) - 127.5) <= 1
    assert abs(int(stretched[ramp(50, 150) == 75][0]) - 24.5 / 99 * 255) <= 1


def test_the_order_of_grey_levels_stays() -> None:
    image = ramp(10, 240)
    stretched = stretch_contrast(image).astype(int)
    assert (np.diff(stretched.ravel()) >= 0).all()


def test_brightness_and_contrast_of_the_scanner_do_not_matter() -> None:
    first, second = ramp(0, 200), ramp(60, 160)
    difference = stretch_contrast(first).astype(int) - stretch_contrast(second)
    assert np.abs(difference).max() <= 3


def test_few_outliers_do_not_decide_the_window() -> None:
    image = ramp(50, 150)
    image[0, :10] = 255  # 10 of 4,096 pixels: less than the half percent that is clipped
    difference = stretch_contrast(image).astype(int) - stretch_contrast(ramp(50, 150))
    assert np.abs(difference[1:]).max() <= 2


@pytest.mark.parametrize("grey", [0, 77, 255])
def test_a_constant_image_comes_back_as_it_is(grey: int) -> None:
    image = np.full((32, 32), grey, np.uint8)
    assert np.array_equal(stretch_contrast(image), image)


def test_two_grey_levels_become_black_and_white() -> None:
    image = np.full((16, 16), 100, np.uint8)
    image[8:] = 101
    assert set(np.unique(stretch_contrast(image))) == {0, 255}


@pytest.mark.parametrize(("height", "width"), [(40, 90), (300, 500), (224, 224), (10, 400)])
def test_the_crop_is_squeezed_to_a_square(height: int, width: int) -> None:
    scan = np.zeros((height + 20, width + 30), np.uint8)
    scan[5 : 5 + height, 7 : 7 + width // 2] = 200  # the crop's left half is bright
    square = standardise(scan, CropBox(7, 5, 7 + width, 5 + height), 64)
    assert square.shape == (64, 64)
    assert square.dtype == np.uint8
    assert (square[:, :30] == 255).all()
    assert (square[:, 34:] == 0).all()


def test_what_lies_outside_the_box_does_not_count() -> None:
    scan = np.full((50, 50), 255, np.uint8)
    scan[10:40, 10:40] = ramp(20, 90, 30)
    whole = standardise(scan[10:40, 10:40], CropBox(0, 0, 30, 30), 30)
    assert np.array_equal(standardise(scan, CropBox(10, 10, 40, 40), 30), whole)


def test_the_side_of_the_network_is_the_default() -> None:
    assert standardise(ramp(0, 255), CropBox(0, 0, 64, 64)).shape == (224, 224)


def test_shrinking_averages_so_that_fine_noise_does_not_alias() -> None:
    board = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    square = standardise(board, CropBox(0, 0, 256, 256), 64)
    assert np.ptp(square) <= 1


def test_the_network_reads_minus_one_to_one_in_three_equal_channels() -> None:
    squares = np.zeros((2, 4, 4), np.uint8)
    squares[1] = 255
    squares[0, 0, 0] = 51
    inputs = to_network_input(squares)
    assert inputs.shape == (2, 4, 4, 3)
    assert inputs.dtype == np.float32
    assert inputs[0, 1, 1, 0] == -1.0
    assert inputs[1, 0, 0, 0] == 1.0
    assert inputs[0, 0, 0, 0] == pytest.approx(-0.6)
    assert np.array_equal(inputs[..., 0], inputs[..., 1])
    assert np.array_equal(inputs[..., 0], inputs[..., 2])


@pytest.mark.parametrize("squares", [np.zeros((4, 4), np.uint8), np.zeros((1, 4, 4), np.float32)])
def test_anything_but_standardised_images_is_refused(squares: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Received"):
        to_network_input(squares)
