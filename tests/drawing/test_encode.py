from pathlib import Path

import cv2
import numpy as np
import pytest

from brain_tumor.drawing.display import cropped_picture
from brain_tumor.drawing.encode import to_jpeg, to_png
from brain_tumor.imaging.crop import find_crop
from brain_tumor.imaging.decode import decode_file
from tests.conftest import ROOT


def decoded(data: bytes) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found[..., ::-1]


def test_to_png_keeps_every_pixel_in_its_channel() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    assert np.array_equal(decoded(to_png(picture)), picture)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "assets").glob("sample-*.jpg")), ids=lambda one: one.stem
)
def test_a_display_picture_shows_a_scan_without_artefacts(path: Path) -> None:
    scan = decode_file(path)
    picture = cropped_picture(scan, find_crop(scan.pixels))
    error = np.abs(decoded(to_jpeg(picture)).astype(int) - picture)

    assert error.max() <= 4
    assert np.percentile(error, 99.9) <= 2
    assert len(to_jpeg(picture)) < len(to_png(picture))


def test_colours_keep_their_edges() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, 31:] = (230, 159, 0)  # an odd column: halved colours would bleed
    error = np.abs(decoded(to_jpeg(picture)).astype(int) - picture)

    assert error.max() <= 8


@pytest.mark.parametrize("encode", [to_jpeg, to_png])
@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_what_is_no_picture_is_refused(encode, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="A picture is uint8"):
        encode(np.zeros(shape, np.uint8))
