"""ZIP archives: what is refused, from the table of contents and while reading."""

import io
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.errors import ArchiveError
from brain_tumor.intake import archive as module
from brain_tumor.intake.archive import BadMember, Member, is_zip, members
from brain_tumor.intake.intake import read_uploads
from tests.imaging.image_files import encode
from tests.intake.files import axial_series, make_nifti, make_zip, phantom

PNG = encode(np.arange(1600, dtype=np.uint8).reshape(40, 40), "PNG")


def refused_member(data: bytes, match: str, good: int = 1) -> None:
    """One member is refused, the others are read."""
    found = list(members(data))
    (bad,) = [one for one in found if isinstance(one, BadMember)]
    with pytest.raises(ArchiveError, match=match):
        raise bad.error
    assert sum(isinstance(one, Member) for one in found) == good
    result = read_uploads([("upload.zip", data)])
    assert len(result.problems) == 1 and len(result.studies) == good


def with_entry(name: str, **changes: object) -> bytes:
    """A good member, and one whose entry is changed before it is written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("good.png", PNG)
        info = zipfile.ZipInfo(name)
        info.filename = name
        for key, value in changes.items():
            setattr(info, key, value)
        archive.writestr(info, b"target")
    return buffer.getvalue()


def test_members_are_read_without_a_trace_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {f"series/IM{i}": data for i, data in enumerate(axial_series(phantom()))}
    files |= {"brain.nii": make_nifti(phantom()), "a/b/scan.png": PNG, "folder/": b""}
    result = read_uploads([("study.zip", make_zip(files))])
    assert result.problems == ()
    assert [(s.name, s.source, s.files) for s in result.studies] == [
        ("brain.nii", "NIfTI", 1),
        ("scan.png", "image", 1),
        ("MR series 1", "DICOM", 40),
    ]
    assert list(tmp_path.iterdir()) == []


def test_litter_is_passed_over() -> None:
    litter = {
        "__MACOSX/._scan.png": b"x",
        "a/.DS_Store": b"x",
        "Thumbs.db": b"x",
        "a/._scan.png": b"x",
    }
    result = read_uploads([("a.zip", make_zip({**litter, "a/scan.png": PNG}))])
    assert result.problems == () and len(result.studies) == 1


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/etc/passwd",
        "C:\\evil.png",
        "C:evil.png",
        "..\\evil.png",
        "\\\\host\\evil.png",
    ],
)
def test_names_that_lead_out_are_refused(name: str) -> None:
    refused_member(with_entry(name), "leads out of it")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int) -> None:
    data = with_entry("link.png", external_attr=(kind | 0o777) << 16)
    refused_member(data, "link or a device")


def test_encrypted_files_are_refused() -> None:
    data = bytearray(make_zip({"good.png": PNG, "secret.png": PNG}, zipfile.ZIP_STORED))
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 8] |= 1
    refused_member(bytes(data), "must not be encrypted")


def test_a_second_file_of_one_name_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("scan.png", PNG)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("scan.png", b"other")
    # Which of the two is the first: the table of contents decides.
    refused_member(buffer.getvalue(), "occurs again", good=1)


@pytest.mark.parametrize("inner", ["inner.zip", "inner.png", "report.docx"])
def test_nested_archives_are_refused(inner: str) -> None:
    data = make_zip({inner: make_zip({"scan.png": PNG}), "good.png": PNG})
    refused_member(data, "must not hold another one")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("good.png", PNG)
        archive.writestr("other.png", PNG, compress_type=method)
    refused_member(buffer.getvalue(), "stored or deflated")


def test_too_tight_packing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = make_zip({"good.png": PNG, "bomb.nii": bytes(3_000_000)})
    found = [one for one in members(bomb) if isinstance(one, Member)]
    assert len(found) == 2  # small enough to be harmless
    monkeypatch.setattr(module, "FREE_EXPANSION", 1_000_000)
    refused_member(bomb, "200 to 1 at most, but this one is packed")


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCANS", replace(module.SCANS, file_bytes=5000))
    refused_member(make_zip({"good.png": PNG, "big.raw": bytes(5001)}), "at most 0 MiB")


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCANS", replace(module.SCANS, files=3))
    three = make_zip({str(i): PNG for i in range(3)})
    assert len(list(members(three))) == 3
    with pytest.raises(ArchiveError, match=r"at most 3 files.*\(4 files\)"):
        list(members(make_zip({str(i): PNG for i in range(4)})))
    monkeypatch.setattr("zipfile.ZipFile", lambda _: pytest.fail("read"))
    with pytest.raises(ArchiveError, match=r"\(9 files\)"):
        list(members(make_zip_of(9)))


_REAL = zipfile.ZipFile


def make_zip_of(count: int) -> bytes:
    buffer = io.BytesIO()
    with _REAL(buffer, "w") as archive:
        for i in range(count):
            archive.writestr(str(i), b"x")
    return buffer.getvalue()


def test_a_long_table_of_contents_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(make_zip({"good.png": PNG}))
    data[-10:-6] = (5 * 2**20).to_bytes(4, "little")
    monkeypatch.setattr("zipfile.ZipFile", lambda _: pytest.fail("read"))
    with pytest.raises(ArchiveError, match="table of contents of 4 MiB"):
        list(members(bytes(data)))


def test_a_large_total_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_zip({str(i): bytes(1000) for i in range(9)})
    monkeypatch.setattr("zipfile.ZipFile.open", lambda *_: pytest.fail("read"))
    with pytest.raises(ArchiveError, match="announces 0 MiB"):
        list(members(data, budget=8999))


def test_overlapping_files_count_each_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quine-like bomb: many entries that share one packed body."""
    single = make_zip({"a": bytes(100_000)})
    start = single.index(b"PK\x01\x02")
    entry = single[start : single.index(b"PK\x05\x06")]
    end = bytearray(single[single.index(b"PK\x05\x06") :])
    end[8:10] = end[10:12] = (50).to_bytes(2, "little")
    end[12:16] = (50 * len(entry)).to_bytes(4, "little")
    bomb = single[:start] + entry * 50 + bytes(end)
    with pytest.raises(ArchiveError, match="announces"):
        list(members(bomb, budget=4_000_000))
    found = list(members(bomb))
    assert sum(isinstance(one, Member) for one in found) <= 1


def test_a_header_that_announces_too_little_is_held_to_it() -> None:
    data = bytearray(make_zip({"bomb": bytes(10_000_000), "good.png": PNG}))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    found = list(members(bytes(data)))
    (bad,) = [one for one in found if isinstance(one, BadMember)]
    assert "must be as long as announced" in str(bad.error)
    assert sum(isinstance(one, Member) for one in found) == 1


def test_a_header_that_announces_too_much_is_refused() -> None:
    data = bytearray(make_zip({"short": bytes(1000), "good.png": PNG}))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (2000).to_bytes(4, "little")
    assert [type(one) for one in members(bytes(data))] == [BadMember, Member]


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"PK\x03\x04" + bytes(50), "must end with its table of contents"),
        (make_zip({"a": PNG})[:-30], "must end with its table of contents"),
        (b"PK\x05\x06", "must end with its table of contents"),
        (b"PK\x03\x04" + b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18), "ZIP64"),
        (make_zip({"a": PNG}).replace(b"PK\x01\x02", b"PK\x01\x03"), "damaged"),
    ],
)
def test_damaged_archives_are_refused(data: bytes, match: str) -> None:
    assert is_zip(data)
    with pytest.raises(ArchiveError, match=match):
        list(members(data))


@pytest.mark.parametrize("files", [{}, {"__MACOSX/x": b"x", "folder/": b""}])
def test_an_archive_without_files_says_so(files: dict[str, bytes]) -> None:
    (problem,) = read_uploads([("empty.zip", make_zip(files))]).problems
    assert "holds none" in problem.message
