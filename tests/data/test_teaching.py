import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from brain_tumor import CLASSES
from brain_tumor.__main__ import main
from brain_tumor.data import teaching
from brain_tumor.data.dataset import TESTING, TRAINING, read_dataset
from brain_tumor.data.duplicates import duplicate_groups, read_prints
from brain_tumor.data.teaching import unpack_shipped, write_teaching_subset
from brain_tumor.errors import DatasetError
from tests.data.pictures import pattern, write


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six images a class for training, each with a mirrored copy in testing, and two of its own."""
    root = tmp_path_factory.mktemp("source")
    for label, name in enumerate(CLASSES):
        for number in range(6):
            picture = pattern(100 * label + number)
            write(root / "Training" / name / f"{number}.png", picture)
            mirrored = np.ascontiguousarray(picture[:, ::-1])
            write(root / "Testing" / name / f"copy-{number}.png", mirrored)
        for number in range(2):
            write(root / "Testing" / name / f"own-{number}.png", pattern(100 * label + 50 + number))
        for number in (4, 5):
            write(root / "masks" / name / f"{number}.png", pattern(7))
    return root


def test_few_images_a_class_and_no_copy_among_them(source: Path, tmp_path: Path) -> None:
    made = write_teaching_subset(source, tmp_path / "new" / "subset", 4)
    counts = Counter((item.split, item.label) for item in made.items)
    assert set(counts) == {(split, n) for split in (TRAINING, TESTING) for n in range(4)}
    assert {count for (split, _), count in counts.items() if split == TRAINING} == {4}
    assert {count for (split, _), count in counts.items() if split == TESTING} == {1}
    assert len(set(duplicate_groups(read_prints(made.items)))) == len(made.items)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["subset"]
    for item in made.items:
        assert item.path.read_bytes() == (source / item.name).read_bytes()


def test_images_with_an_outline_come_first(source: Path, tmp_path: Path) -> None:
    made = write_teaching_subset(source, tmp_path / "subset", 2)
    masked = Counter(item.label for item in made.items if item.mask)
    # An image whose copy was taken for testing is not taken again.
    assert all(masked[label] >= 1 for label in range(4))


def test_a_seed_makes_the_same_archive_and_another_another(source: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_teaching_subset(source, tmp_path / f"{name}.zip", 2, seed=seed)
    a, b, c = ((tmp_path / f"{name}.zip").read_bytes() for name in "abc")
    assert a == b != c
    assert len(zipfile.ZipFile(tmp_path / "a.zip").namelist()) >= 12


@pytest.mark.parametrize(
    ("per_class", "message"), [(1, "2 images or more"), (7, "must hold 7 images of glioma")]
)
def test_too_few_or_too_many(source: Path, tmp_path: Path, per_class: int, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        write_teaching_subset(source, tmp_path / "subset", per_class)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="exists"):
        write_teaching_subset(source, tmp_path, 2)


def test_the_shipped_subset_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    made = unpack_shipped(tmp_path / "subset")
    assert made.left_out == ()
    assert (len(made.dataset.split(TRAINING)), len(made.dataset.split(TESTING))) == (64, 16)
    assert sum(item.mask is not None for item in made.dataset.items) == 48
    prints = read_prints(made.dataset.items)
    assert prints.damaged == ()
    assert len(set(duplicate_groups(prints))) == 80


def test_the_command(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "subset"
    assert (
        main(["teaching-subset", "--data", str(source), "--to", str(to), "--per-class", "2"]) == 0
    )
    assert "Training 8, Testing 4 images" in capsys.readouterr().out
    assert len(read_dataset(to).items) == 12
    assert main(["teaching-subset", "--to", str(to)]) == 2
    assert main(["teaching-subset", "--to", str(tmp_path / "x"), "--per-class", "3"]) == 2
    assert "--data" in capsys.readouterr().err
    assert main(["teaching-subset", "--to", str(tmp_path / "shipped")]) == 0
    assert "Training 64, Testing 16 images, with an outline: 48" in capsys.readouterr().out


def test_an_installation_without_the_subset_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "SHIPPED", tmp_path / "none.zip")
    with pytest.raises(DatasetError, match="--data DIR"):
        unpack_shipped(tmp_path / "x")
