"""Data sets as ZIP archives: what is written, what is left out, and what leaves nothing behind."""

import errno
import io
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from brain_tumor.data import unpack
from brain_tumor.data.unpack import unpack_dataset
from brain_tumor.errors import ArchiveError, DatasetError
from tests.data.pictures import pattern, write


@pytest.fixture
def png(tmp_path: Path) -> bytes:
    path = write(tmp_path / "picture" / "p.png", pattern(1))
    return path.read_bytes()


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_kaggle_layout_becomes_a_data_folder(tmp_path: Path, png: bytes) -> None:
    files = {
        "archive/Training/glioma/a.png": png,
        "archive/Training/notumor/b.jpg": png,  # told by content: PNG
        "archive/Testing/glioma/c.png": png,
        "archive/masks/glioma/a.png": png,
        "archive/notes.txt": b"notes",
        "__MACOSX/archive/._a.png": b"litter",
    }
    made = unpack_dataset(pack(files), tmp_path / "new" / "set")
    names = [item.name for item in made.dataset.items]
    assert names == ["Testing/glioma/c.png", "Training/glioma/a.png", "Training/notumor/b.jpg"]
    assert made.dataset.items[1].mask is not None
    assert made.dataset.items[1].path.read_bytes() == png
    assert [(p.name, "not an image" in p.reason) for p in made.left_out] == [
        ("archive/notes.txt", True)
    ]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["set"]


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    "info",
    [
        entry("../../outside.png"),
        entry("/etc/outside.png"),
        entry("Training\\..\\..\\outside.png"),
        entry("Training/glioma/link.png", stat.S_IFLNK | 0o777),
        entry("Training/glioma/" + "x" * 250 + ".png"),
        entry("Training/glioma/a\x1b[2J.png"),
        entry("Training/glioma/a.png/b.png"),
    ],
)
def test_what_would_leave_the_folder_or_cannot_be_a_file_is_left_out(
    tmp_path: Path, png: bytes, info: zipfile.ZipInfo
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Training/glioma/a.png", png)
        archive.writestr(info, png)
    made = unpack_dataset(buffer.getvalue(), tmp_path / "deep" / "er" / "set")
    assert [item.name for item in made.dataset.items] == ["Training/glioma/a.png"]
    assert len(made.left_out) == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2  # the picture that was packed, and its copy


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({"Training/glioma/a.png": b"no image"}, DatasetError, "No image in a class folder"),
        ({"other/a.png": b""}, DatasetError, "No image in a class folder"),
        ({}, ArchiveError, "holds none"),
    ],
)
def test_an_archive_without_a_data_set_leaves_nothing(
    tmp_path: Path, files: dict[str, bytes], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        unpack_dataset(pack(files), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_limits(tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack({f"Training/glioma/{number}.png": png for number in range(4)})
    for change in ({"files": 3}, {"total_bytes": 4 * len(png) - 1}):
        monkeypatch.setattr(unpack, "DATA_SETS", replace(unpack.DATA_SETS, **change))
        with pytest.raises(ArchiveError, match="Put the folder on the server"):
            unpack_dataset(data, tmp_path / "set")
        monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["picture"]


def test_an_existing_folder_is_left_alone(tmp_path: Path, png: bytes) -> None:
    (tmp_path / "set").mkdir()
    with pytest.raises(DatasetError, match="exists"):
        unpack_dataset(pack({"Training/glioma/a.png": png}), tmp_path / "set")


def test_a_full_disk_leaves_nothing(
    tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, mode: str = "r", *rest: object) -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = pack({"Training/glioma/a.png": png})
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DatasetError, match=r"No space left on device.*Free some space"):
        unpack_dataset(data, tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir()] == ["picture"]
