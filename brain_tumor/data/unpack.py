"""An uploaded ZIP archive becomes a data folder: images alone, judged before they are written."""

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from brain_tumor.data.dataset import Dataset, Problem, read_dataset
from brain_tumor.errors import DatasetError
from brain_tumor.imaging.file_type import image_format
from brain_tumor.intake.archive import ArchiveLimits, BadMember, members

DATA_SETS: Final = ArchiveLimits(
    files=20_000,
    total_bytes=2 * 2**30,
    file_bytes=64 * 2**20,
    directory_bytes=16 * 2**20,
    remedy="Put the folder on the server and name it instead.",
)
"""The public set has 7,023 images of 0.15 GB, and as many outlines again would fit."""

_NAME_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The data folder that was made, and what of the archive is not in it, and why."""

    dataset: Dataset
    left_out: tuple[Problem, ...]


def unpack_dataset(data: bytes, to: Path) -> Unpacked:
    """Unpack a ZIP archive in the Kaggle layout into a new folder.

    Written are images, told by their first bytes; anything else is left out and listed. The folder
    appears when it is complete, or not at all.

    Args:
        data: the archive.
        to: the folder, which must not exist.

    Raises:
        ArchiveError: the archive is damaged or beyond the limits.
        DatasetError: ``to`` exists or cannot be written, or the archive holds no image in a class
            folder.
    """
    if to.exists():
        raise DatasetError(
            f"An archive is unpacked into a new folder. Received: {to}, which exists. "
            "Name another, or delete it."
        )
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".unpacking-") as aside:
            folder = Path(aside) / "data"
            left_out = _write_images(data, folder)
            read_dataset(folder)  # raises where nobody could train on it
            folder.replace(to)
    except OSError as error:
        raise DatasetError(
            f"An archive must fit on the disk. {to}: {error.strerror}. Free some space, or name "
            "a folder elsewhere."
        ) from error
    return Unpacked(read_dataset(to), left_out)


def _write_images(data: bytes, folder: Path) -> tuple[Problem, ...]:
    folder.mkdir()
    left_out: list[Problem] = []
    for member in members(data, limits=DATA_SETS):
        if isinstance(member, BadMember):
            left_out.append(Problem(member.name, str(member.error)))
        elif image_format(member.data) is None:
            left_out.append(Problem(member.name, "is not an image of a kind that is read here"))
        elif reason := _unusable(member.name):
            left_out.append(Problem(member.name, reason))
        else:
            path = folder.joinpath(*PurePosixPath(member.name.replace("\\", "/")).parts)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    file.write(member.data)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                left_out.append(Problem(member.name, "has the name of another file or folder"))
    return tuple(left_out)


def _unusable(name: str) -> str:
    """Return why a name that stays in the archive is no name for a file all the same."""
    if any(len(part.encode("utf-8", "surrogateescape")) > _NAME_BYTES for part in name.split("/")):
        return f"has a name of more than {_NAME_BYTES} bytes"
    return "" if name.isprintable() else "has a name with characters that cannot be shown"
