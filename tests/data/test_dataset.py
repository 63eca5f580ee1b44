import itertools
from pathlib import Path

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.data.dataset import Dataset, fingerprint, load_scans, read_dataset
from brain_tumor.errors import DatasetError, DecodeError
from tests.data.pictures import audited_folder, pattern, write


def _names(dataset: Dataset) -> list[str]:
    return [item.name for item in dataset.items]


def _reasons(dataset: Dataset) -> dict[str, str]:
    return {problem.name: problem.reason for problem in dataset.problems}


def test_reads_splits_classes_and_masks(tmp_path: Path) -> None:
    dataset = read_dataset(audited_folder(tmp_path))

    assert _names(dataset) == [
        "Testing/glioma/a-bright.png",
        "Testing/glioma/f.png",
        "Testing/meningioma/b-mirrored.png",
        "Testing/notumor/g.png",
        "Training/glioma/a-copy.png",
        "Training/glioma/a.png",
        "Training/glioma/b.png",
        "Training/meningioma/broken.png",
        "Training/meningioma/c.png",
        "Training/notumor/d.png",
        "Training/pituitary/e.jpg",
    ]
    for item in dataset.items:
        split, label, _ = item.name.split("/")
        assert (item.split, CLASSES[item.label]) == (split, label)
        assert item.path.is_absolute() and item.path == dataset.root / item.name
    assert {item.name: item.mask for item in dataset.items if item.mask} == {
        "Training/glioma/a.png": dataset.root / "masks/glioma/a.png"
    }
    assert len(dataset.split("Training")) == 7
    assert len(dataset.split("Testing")) == 4
    assert dataset.split("") == ()


def test_lists_what_it_skips_and_ignores_clutter(tmp_path: Path) -> None:
    root = audited_folder(tmp_path)
    write(root / "Training/stray.png", pattern(11))
    write(root / "Training/glioma/deeper/y.png", pattern(12))
    write(root / "glioma/z.png", pattern(13))
    (root / "readme.md").write_text("")
    (root / "Training/glioma/Thumbs.db").write_text("")
    (root / "Training/glioma/._a.png").write_text("")
    (root / "Training/glioma/gone.png").symlink_to(root / "nowhere.png")

    reasons = _reasons(read_dataset(root))

    assert list(reasons) == sorted(reasons)
    expected = {
        "Testing/pituitary": "class folder without images",
        "Training/glioma/deeper": "folder inside a class folder; files skipped: 1",
        "Training/glioma/gone.png": "broken link",
        "Training/meningioma/notes.txt": "not a kind of file",
        "Training/other": "not a class folder (glioma, meningioma, notumor, pituitary); "
        "files skipped: 1",
        "Training/stray.png": "not in a class folder",
        "glioma": "not in a Training or Testing folder; files skipped: 1",
        "readme.md": "not in a Training or Testing folder",
    }
    assert reasons.keys() == expected.keys()
    assert [name for name, part in expected.items() if part not in reasons[name]] == []


@pytest.mark.parametrize(
    ("folder", "split", "label"),
    [
        ("train/no_tumor", "Training", "notumor"),
        ("TRAIN/No Tumor", "Training", "notumor"),
        ("Test/glioma_tumor", "Testing", "glioma"),
        ("testing/Meningioma", "Testing", "meningioma"),
        ("Training/pituitary tumor", "Training", "pituitary"),
        ("pituitary_tumour", "", "pituitary"),
        ("Brain Tumor MRI Dataset/Training/glioma", "Training", "glioma"),
        ("archive/data/no-tumour", "", "notumor"),
    ],
)
def test_understands_usual_folder_names(
    tmp_path: Path, folder: str, split: str, label: str
) -> None:
    path = write(tmp_path / folder / "x.png", pattern(1))

    (item,) = read_dataset(tmp_path).items

    assert (item.split, CLASSES[item.label], item.path) == (split, label, path.resolve())
    assert item.name == "/".join(Path(folder).parts[-2 if split else -1 :]) + "/x.png"


def test_two_folders_of_one_class_are_both_read(tmp_path: Path) -> None:
    write(tmp_path / "notumor/x.png", pattern(1))
    write(tmp_path / "no_tumor/x.png", pattern(2))

    dataset = read_dataset(tmp_path)

    assert _names(dataset) == ["no_tumor/x.png", "notumor/x.png"]
    assert {item.label for item in dataset.items} == {CLASSES.index("notumor")}


def test_a_test_image_gets_no_mask_of_the_same_stem(tmp_path: Path) -> None:
    for split in ("Training", "Testing"):
        write(tmp_path / split / "glioma/image(1).jpg", pattern(1))
    mask = write(tmp_path / "masks/glioma/image(1).png", pattern(1))

    test, train = read_dataset(tmp_path).items

    assert (test.split, test.mask) == ("Testing", None)
    assert (train.split, train.mask) == ("Training", mask.resolve())


@pytest.mark.parametrize("content", [None, "", "Training/glioma", "photos"])
def test_nothing_readable_tells_the_layout(tmp_path: Path, content: str | None) -> None:
    root = tmp_path / "data"
    if content is not None:
        (root / content).mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"Expected DIR/Training/CLASS.*kaggle\.com"):
        read_dataset(root)


def test_load_scans_keeps_the_order_and_reports_damage(tmp_path: Path) -> None:
    root = tmp_path
    for number in range(40):
        side = 400 if number % 7 == 0 else 40  # slow ones between quick ones
        write(root / f"glioma/{number:02}.png", pattern(number, side, side))
    (root / "glioma/07.png").write_bytes(b"no picture")
    items = read_dataset(root).items
    calls: list[None] = []

    loaded = list(load_scans(items, progress=lambda: calls.append(None), workers=3))

    assert [item for item, _ in loaded] == list(items)
    assert len(calls) == 40
    for number, (_, scan) in enumerate(loaded):
        if number == 7:
            assert isinstance(scan, DecodeError)
        else:
            assert not isinstance(scan, DecodeError)
            side = 400 if number % 7 == 0 else 40
            np.testing.assert_array_equal(scan.pixels, pattern(number, side, side))


def test_load_scans_reads_only_a_little_ahead(tmp_path: Path) -> None:
    write(tmp_path / "glioma/x.png", pattern(1))
    (item,) = read_dataset(tmp_path).items
    taken = itertools.count()
    endless = (item for _ in iter(lambda: next(taken), -1))

    scans = load_scans(endless, workers=2)
    for _ in range(5):
        next(scans)
    scans.close()

    assert next(taken) <= 5 + 2 * 4 + 1


def test_fingerprint_follows_names_and_bytes_but_not_place_or_order(tmp_path: Path) -> None:
    one = read_dataset(audited_folder(tmp_path / "one"))
    two = read_dataset(audited_folder(tmp_path / "two"))
    reference = fingerprint(one.items)

    assert len(reference) == 64
    assert fingerprint(two.items) == reference
    assert fingerprint(reversed(two.items)) == reference
    assert fingerprint(two.items[1:]) != reference

    image = two.items[0].path
    image.write_bytes(image.read_bytes() + b"\0")
    assert fingerprint(two.items) != reference

    moved = one.root / "Training/notumor/b.png"
    (one.root / "Training/glioma/b.png").rename(moved)
    assert fingerprint(read_dataset(one.root).items) != reference


def test_fingerprint_names_the_file_that_is_gone(tmp_path: Path) -> None:
    write(tmp_path / "glioma/x.png", pattern(1))
    items = read_dataset(tmp_path).items
    items[0].path.unlink()
    with pytest.raises(DatasetError, match=r"glioma/x\.png: No such file"):
        fingerprint(items)
