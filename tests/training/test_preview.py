from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("keras")

from brain_tumor.__main__ import main
from brain_tumor.errors import DatasetError
from brain_tumor.training.preview import COLUMNS, augmented_sheet
from tests.data.pictures import pattern, write
from tests.training.tiny import write_data

SIDE = 64


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"), per_class=2)


def tiles(sheet: np.ndarray) -> np.ndarray:
    """(rows, columns, SIDE, SIDE, 3)."""
    rows = sheet.reshape(-1, SIDE, COLUMNS, SIDE, 3)
    return rows.transpose(0, 2, 1, 3, 4)


def test_each_row_is_an_image_and_what_becomes_of_it(data: Path) -> None:
    sheet = augmented_sheet(data, 1.0, side=SIDE)
    assert (sheet.shape, sheet.dtype) == ((4 * SIDE, COLUMNS * SIDE, 3), np.uint8)
    for row in tiles(sheet):
        assert len({tile.tobytes() for tile in row}) == COLUMNS
    # Outlines are yellow: on the first three classes, and none where there is no tumour.
    coloured = [bool((np.ptp(row[0].astype(int), axis=-1) > 0).any()) for row in tiles(sheet)]
    assert coloured == [True, True, False, True]


def test_no_strength_changes_nothing_but_for_rounding(data: Path) -> None:
    for row in tiles(augmented_sheet(data, 0.0, side=SIDE)):
        for tile in row[1:]:
            assert np.abs(tile.astype(int) - row[0].astype(int)).mean() < 2


def test_the_seed_decides(data: Path) -> None:
    first, again, other = (augmented_sheet(data, 1.0, seed, SIDE) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_test_images_are_not_shown(tmp_path: Path) -> None:
    write(tmp_path / "Testing/glioma/a.png", pattern(1))
    with pytest.raises(DatasetError, match="images to learn from"):
        augmented_sheet(tmp_path, 1.0)


def test_the_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "sheet.png"
    assert main(["preview", "--data", str(data), "--to", str(to)]) == 0
    with Image.open(to) as image:
        assert image.size == (COLUMNS * 160, 4 * 160)
    assert main(["preview", "--data", str(data), "--to", str(to), "--augment", "-1"]) == 2
    assert "augment must be at least 0" in capsys.readouterr().err
