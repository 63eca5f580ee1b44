"""The head is an ellipse whose place is known; the box must be its bounding box."""

from typing import Any

import cv2
import numpy as np
import pytest

from brain_tumor.imaging.crop import Crop, CropBox, find_crop


def head(
    side: int = 224,
    *,
    level: int = 120,
    background: int = 0,
    centre: tuple[float, float] = (0.5, 0.45),
    axes: tuple[float, float] = (0.3, 0.36),
) -> np.ndarray:
    """Draw an ellipse; centre and half axes are (x, y) shares of the side."""
    image = np.full((side, side), background, np.uint8)
    x, y, a, b = (round(v * side) for v in (*centre, *axes))
    cv2.ellipse(image, (x, y), (a, b), 0, 0, 360, level, -1)
    return image


def expected(
    side: int = 224,
    centre: tuple[float, float] = (0.5, 0.45),
    axes: tuple[float, float] = (0.3, 0.36),
) -> np.ndarray:
    x, y, a, b = (round(v * side) for v in (*centre, *axes))
    return np.array([x - a, y - b, x + a + 1, y + b + 1])


def assert_box(crop: Crop, box: np.ndarray, side: int = 224) -> None:
    # Blur and erosion move the edge by a pixel or two of the working copy, of side 256.
    tolerance = np.ceil(2.5 * side / 256) + 1
    assert crop.found
    assert np.abs(np.array(crop.box.as_tuple()) - box).max() <= tolerance, crop.box


@pytest.mark.parametrize("side", [224, 512, 2048])
def test_the_box_bounds_the_head_at_every_image_size(side: int) -> None:
    assert_box(find_crop(head(side)), expected(side), side)


@pytest.mark.parametrize(
    "options",
    [
        {"level": 20},
        {"level": 255},
        {"level": 120, "background": 40},
        {"level": 60, "background": 255},
        {"level": 0, "background": 200},
    ],
    ids=["dark", "bright", "grey background", "white page", "inverted"],
)
def test_the_threshold_follows_the_scans_own_contrast(options: dict[str, Any]) -> None:
    assert_box(find_crop(head(**options)), expected())


def test_noise_in_the_air_is_not_the_head() -> None:
    rng = np.random.default_rng(0)
    noisy = np.clip(head().astype(int) + rng.normal(0, 6, (224, 224)), 0, 255).astype(np.uint8)
    assert_box(find_crop(noisy), expected())


def test_a_label_in_the_corner_is_left_out() -> None:
    image = head()
    image[4:14, 4:40] = 255
    assert_box(find_crop(image), expected())


def test_a_head_that_touches_the_rim_is_found() -> None:
    image = head(centre=(0.5, 0.5), axes=(0.5, 0.62))
    crop = find_crop(image)
    assert crop.found
    assert crop.box.as_tuple() == (0, 0, 224, 224)


def test_a_head_cut_off_by_the_frame_ends_at_the_frame() -> None:
    crop = find_crop(head(centre=(0.5, 0.2)))
    assert crop.found
    assert crop.box.y0 == 0
    assert abs(crop.box.y1 - round(0.56 * 224)) <= 3


def test_a_scan_that_is_not_square() -> None:
    image = np.zeros((120, 400), np.uint8)
    cv2.ellipse(image, (300, 60), (60, 40), 0, 0, 360, 150, -1)
    crop = find_crop(image)
    assert np.abs(np.array(crop.box.as_tuple()) - (240, 20, 361, 101)).max() <= 5
    assert crop.mask is not None
    assert crop.mask.shape == (120, 400)


def test_only_the_largest_of_several_pieces_counts() -> None:
    image = head(axes=(0.2, 0.2))
    cv2.circle(image, (200, 200), 14, 200, -1)
    assert_box(find_crop(image), expected(axes=(0.2, 0.2)))


@pytest.mark.parametrize(
    ("image", "note"),
    [
        (np.full((64, 64), 90, np.uint8), "contrast"),
        (np.zeros((50, 70), np.uint8), "contrast"),
        (head(axes=(0.06, 0.06)), "stands out"),
    ],
    ids=["one grey level", "black", "a head too small"],
)
def test_without_a_head_the_whole_image_is_kept_and_said_so(image: np.ndarray, note: str) -> None:
    crop = find_crop(image)
    assert not crop.found
    assert crop.box == CropBox(0, 0, image.shape[1], image.shape[0])
    assert crop.points is None
    assert crop.mask is None
    assert note in crop.note


@pytest.mark.parametrize("side", [100, 224, 700])
def test_points_and_mask_agree_with_the_box(side: int) -> None:
    crop = find_crop(head(side))
    assert crop.points is not None
    assert crop.mask is not None
    assert set(np.unique(crop.mask)) == {0, 255}
    rows, columns = np.nonzero(crop.mask)
    inner = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    step = np.ceil(side / 256)
    assert np.abs(np.array(inner) - crop.box.as_tuple()).max() <= step
    points, box = crop.points, crop.box
    for reached, edge in (
        (points.left[0], box.x0),
        (points.right[0], box.x1 - 1),
        (points.top[1], box.y0),
        (points.bottom[1], box.y1 - 1),
    ):
        assert abs(reached - edge) <= step
    for x, y in (points.left, points.right, points.top, points.bottom):
        assert box.x0 <= x < box.x1
        assert box.y0 <= y < box.y1


@pytest.mark.parametrize("pixels", [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.float32)])
def test_anything_but_a_grey_uint8_image_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Received"):
        find_crop(pixels)


@pytest.mark.parametrize("box", [(5, 0, 5, 9), (-1, 0, 5, 9), (0, 4, 9, 3)])
def test_a_box_without_area_or_out_of_the_image_is_refused(box: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="x0 < x1"):
        CropBox(*box)


def test_the_scan_is_not_changed() -> None:
    image = head()
    before = image.copy()
    find_crop(image)
    assert np.array_equal(image, before)
