from pathlib import Path

import numpy as np
import pytest

from brain_tumor.data.dataset import Item
from brain_tumor.data.duplicates import ORIENTATIONS, signatures
from brain_tumor.errors import DatasetError
from brain_tumor.training.outlines import (
    Outline,
    borrowed_outlines,
    contradictions,
    orient,
    own_outlines,
)
from tests.data.pictures import pattern, write

TURNS = {"same": lambda p: p, "mirrored": np.fliplr, "flipped": np.flipud}
TURNS["turned"] = lambda p: np.flipud(np.fliplr(p))


def item(name: str, label: int = 0, mask: Path | None = None) -> Item:
    return Item(path=Path(name), name=name, label=label, split="Training", mask=mask)


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """An outline in the top left of a 64 x 64 scan: rows 4..15, columns 8..31."""
    pixels = np.zeros((64, 64), np.uint8)
    pixels[4:16, 8:32] = 255
    return write(tmp_path / "mask.png", pixels)


@pytest.mark.parametrize("orientation", range(len(ORIENTATIONS)))
def test_orientations_are_those_of_the_near_duplicates(orientation: int) -> None:
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert np.array_equal(orient(image, orientation), TURNS[ORIENTATIONS[orientation]](image))


@pytest.mark.parametrize("turn", ORIENTATIONS)
def test_a_copy_takes_over_the_outline_as_it_lies(turn: str, mask: Path) -> None:
    scan = pattern(1)
    copy = np.ascontiguousarray(TURNS[turn](scan)) // 2 + 30  # darker, too
    items = [item("scan", mask=mask), item("copy")]
    borrowed = borrowed_outlines(items, signatures([scan, copy]))
    assert borrowed.keys() == {"copy"}
    drawn = borrowed["copy"].read(64, 64)
    expected = np.zeros((64, 64), np.uint8)
    expected[4:16, 8:32] = 255
    assert np.array_equal(drawn, TURNS[turn](expected))


def test_an_outline_is_read_at_the_scans_own_size(mask: Path) -> None:
    drawn = Outline(mask, orientation=1).read(height=128, width=32)
    assert drawn.shape == (128, 32)
    rows, columns = np.nonzero(drawn)
    assert (rows.min(), rows.max() + 1) == (8, 32)
    assert (columns.min(), columns.max() + 1) == (16, 28)  # mirrored, then half as wide


def test_only_copies_of_the_same_class_lend(mask: Path) -> None:
    scan, other = pattern(1), pattern(2)
    items = [item("scan", mask=mask), item("other class", label=1), item("unlike")]
    assert not borrowed_outlines(items, signatures([scan, scan, other]))


def test_an_image_with_an_outline_keeps_its_own(tmp_path: Path, mask: Path) -> None:
    scan = pattern(1)
    items = [item("a", mask=mask), item("b", mask=tmp_path / "b.png")]
    assert not borrowed_outlines(items, signatures([scan, scan]))
    assert own_outlines([*items, item("c")]) == {
        "a": Outline(mask),
        "b": Outline(tmp_path / "b.png"),
    }


def test_without_any_outline_there_is_nothing_to_lend() -> None:
    items = [item("a"), item("b", label=2)]
    assert not borrowed_outlines(items, signatures([pattern(1), pattern(2)]))


def test_a_damaged_mask_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"mask\.png"):
        Outline(path).read(10, 10)


def test_copies_with_other_labels_contradict_each_other() -> None:
    scan = pattern(1)
    items = [item("a"), item("b", label=3), item("c"), item("d", label=1)]
    pixels = [scan, np.ascontiguousarray(np.fliplr(scan)), scan, pattern(4)]
    assert contradictions(items, signatures(pixels)) == {"a": "b", "b": "a", "c": "b"}
