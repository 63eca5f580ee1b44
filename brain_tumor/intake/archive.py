"""ZIP archives, in memory: judged by their table of contents first, and held to it while read."""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from brain_tumor.errors import ArchiveError
from brain_tumor.intake.guard import read_errors
from brain_tumor.intake.limits import (
    FREE_EXPANSION,
    MAX_DIRECTORY_BYTES,
    MAX_EXPANSION,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    mebibytes,
)
from brain_tumor.intake.names import is_litter

_LOCAL: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_ZIP64_LOCATOR: Final = b"PK\x06\x07"
_CHUNK: Final = 2**20
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name as the archive has it, and its bytes."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadMember:
    """One file of an archive that is not read, and why."""

    name: str
    error: ArchiveError


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold.

    Attributes:
        files: number of files.
        total_bytes: of all of them unpacked.
        file_bytes: of one of them unpacked.
        directory_bytes: of the table of contents.
        remedy: what to do about an archive that holds more, a sentence.
        archives: whether its files may be archives themselves, as NumPy's are.
    """

    files: int
    total_bytes: int
    file_bytes: int
    directory_bytes: int
    remedy: str
    archives: bool = False


SCANS: Final = ArchiveLimits(
    MAX_FILES, MAX_TOTAL_BYTES, MAX_FILE_BYTES, MAX_DIRECTORY_BYTES, "Pack one series only."
)
"""For what a clinician uploads."""


def is_zip(data: bytes) -> bool:
    """Say whether bytes start like a ZIP archive."""
    return data[:4] in (_LOCAL, _END)


def members(
    data: bytes, budget: int | None = None, limits: ArchiveLimits | None = None
) -> Iterator[Member | BadMember]:
    """Unpack an archive file by file; folders and what systems leave behind are passed over.

    Args:
        data: the archive.
        budget: bytes that its files may have together, where less than the limit.
        limits: what it may hold; ``SCANS`` unless said otherwise.

    Yields:
        Each file, or why it is not read: encrypted, a link, a name that leads out of the archive,
        a second one of the same name, an archive itself, packed too tightly, damaged.

    Raises:
        ArchiveError: the archive as a whole is beyond the limits, or has no table of contents.
    """
    limits = limits or SCANS
    _check_directory(data, limits)
    with read_errors("ZIP archive", ArchiveError):
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError):
            raise ArchiveError(
                "This ZIP archive is damaged: its table of contents cannot be read. Pack it again."
            ) from None
    with archive:
        entries = [info for info in archive.infolist() if not _passed_over(info)]
        if not entries:
            raise ArchiveError(
                "A ZIP archive must hold files to read, but this one holds none. Pack it again."
            )
        _check_total(entries, limits.total_bytes if budget is None else budget, limits)
        seen: set[str] = set()
        for info in entries:
            try:
                _check_member(info, seen, limits)
                seen.add(info.filename)
                member = Member(info.filename, _read(archive, info))
                if is_zip(member.data) and not limits.archives:
                    raise _nested()
            except ArchiveError as error:
                yield BadMember(info.filename, error)
            else:
                yield member


def _check_directory(data: bytes, limits: ArchiveLimits) -> None:
    """Refuse a table of contents that is too long before ``zipfile`` reads it."""
    end = len(data) - _END_BYTES
    if data[end : end + 4] != _END or data[-2:] != b"\0\0":
        end = data.rfind(_END, max(0, end - 2**16))
    if end < 0 or len(data) - end < _END_BYTES:
        raise ArchiveError(
            "A ZIP archive must end with its table of contents, but this one does not: it is cut "
            "short or damaged. Copy or pack it again."
        )
    if data[max(0, end - 20) : end][:4] == _ZIP64_LOCATOR:
        raise ArchiveError(
            "ZIP archives are read in the plain format, but this one uses ZIP64, meant for "
            "archives of 4 GiB and more. Pack fewer files."
        )
    length = int.from_bytes(data[end + 12 : end + 16], "little")
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    if length > limits.directory_bytes or count > limits.files * 2:
        raise _too_many(count, limits)


def _too_many(count: int, limits: ArchiveLimits) -> ArchiveError:
    return ArchiveError(
        f"A ZIP archive may have at most {limits.files} files and a table of contents of "
        f"{mebibytes(limits.directory_bytes)}, but this one has more ({count} files). "
        f"{limits.remedy}"
    )


def _passed_over(info: zipfile.ZipInfo) -> bool:
    """Folders, and what systems leave beside the files."""
    parts = PurePosixPath(info.filename).parts
    if info.is_dir() or not parts:
        return True
    return parts[0] == "__MACOSX" or is_litter(info.filename)


def _check_total(entries: list[zipfile.ZipInfo], budget: int, limits: ArchiveLimits) -> None:
    if len(entries) > limits.files:
        raise _too_many(len(entries), limits)
    total = sum(info.file_size for info in entries)
    if total > budget:
        raise ArchiveError(
            f"The files of one upload may have at most {mebibytes(limits.total_bytes)} together "
            f"once unpacked, but this ZIP archive announces {mebibytes(total)}. {limits.remedy}"
        )


def _check_member(info: zipfile.ZipInfo, seen: set[str], limits: ArchiveLimits) -> None:
    """Judge a file by its entry in the table of contents."""
    if info.flag_bits & _ENCRYPTED:
        raise ArchiveError(
            "Files in a ZIP archive must not be encrypted, but this one is. "
            "Pack it again without a password."
        )
    if _leads_out(info.orig_filename):
        raise ArchiveError(
            "File names in a ZIP archive must stay within it, but this one leads out of it. "
            "Pack the files again."
        )
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArchiveError(
            "A ZIP archive may hold plain files and folders, but this is a link or a device. "
            "Pack the file itself."
        )
    if info.filename in seen:
        raise ArchiveError(
            "A name may occur once in a ZIP archive, but this one occurs again: the first file is "
            "used. Pack the files again."
        )
    if info.compress_type not in _METHODS:
        raise ArchiveError(
            "Files in a ZIP archive must be stored or deflated, but this one is packed otherwise. "
            "Pack it again as a plain ZIP archive."
        )
    if info.file_size > limits.file_bytes:
        raise ArchiveError(
            f"A file may have at most {mebibytes(limits.file_bytes)} once unpacked, but this one "
            f"has {mebibytes(info.file_size)}. Send a part of it."
        )
    if info.file_size > max(FREE_EXPANSION, MAX_EXPANSION * info.compress_size):
        raise ArchiveError(
            f"A file of more than {mebibytes(FREE_EXPANSION)} may be packed {MAX_EXPANSION} to 1 "
            f"at most, but this one is packed {info.file_size // max(1, info.compress_size)} to 1. "
            "Upload it unpacked."
        )


def _leads_out(name: str) -> bool:
    plain = name.replace("\\", "/")
    drive = plain[1:2] == ":"
    return "\0" in name or plain.startswith("/") or drive or ".." in plain.split("/")


def _nested() -> ArchiveError:
    return ArchiveError(
        "A ZIP archive must not hold another one, or an office document, but this is one. "
        "Unpack it and upload what is in it."
    )


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Unpack one file in chunks, and not a byte more than announced.

    ``zipfile`` itself ends at the announced size and then compares checksums.
    """
    try:
        with read_errors("file in the ZIP archive", ArchiveError), archive.open(info) as file:
            body = bytearray()
            while chunk := file.read(_CHUNK):
                body += chunk
                if len(body) > info.file_size:
                    break
            if len(body) != info.file_size:
                raise EOFError
            return bytes(body)
    except (zipfile.BadZipFile, NotImplementedError):
        raise ArchiveError(
            "A file in a ZIP archive must be as long as announced and match its checksum, but this "
            "one does not. Pack the files again."
        ) from None
