"""A bundle as one ZIP archive: to take away, and to bring in again once it has been checked."""

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from brain_tumor.errors import WeightsError
from brain_tumor.intake.archive import ArchiveLimits, BadMember, members
from brain_tumor.model.bundle import SIDECAR, Bundle, open_bundle

SUFFIXES: Final = (".json", ".xml", ".bin", ".npz")
"""Files of a bundle's folder that travel: the bundle's own, its companions', its evaluation."""

BUNDLES: Final = ArchiveLimits(
    files=64,
    total_bytes=1 * 2**30,
    file_bytes=256 * 2**20,
    directory_bytes=2**18,
    remedy="Pack a bundle that `python -m brain_tumor export` made, and nothing else.",
    archives=True,
)


def travelling_files(folder: Path) -> list[Path]:
    """Return the files of a bundle's folder that a copy takes along, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())


def pack_bundle(folder: Path, file: Path, *, to_train: bool = True) -> None:
    """Write a bundle as a ZIP archive; the file appears when it is complete.

    Args:
        folder: of the bundle.
        file: to write.
        to_train: whether the Keras weights come along, from which training starts and a GPU
            answers; two thirds of a bundle. Without them it serves on a CPU, and is known by the
            same hash.

    Raises:
        WeightsError: the folder holds no bundle, or its files are not those recorded.
    """
    bundle = open_bundle(folder)
    check_files(bundle)
    left_out = () if to_train else bundle.info.keras_files
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".packing-") as aside:
        part = Path(aside) / file.name
        # Stored, not deflated: weights do not get smaller, and the wait would be the user's.
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for path in travelling_files(folder):
                if path.name == SIDECAR and left_out:
                    record = json.loads(path.read_bytes()) | {"keras_files": []}
                    archive.writestr(SIDECAR, json.dumps(record, indent=2))
                elif path.name not in left_out:
                    archive.write(path, path.name)
        part.replace(file)


def unpack_bundle(data: bytes, to: Path) -> Bundle:
    """Unpack a bundle's ZIP archive into a new folder, which appears when all has been checked.

    Raises:
        ArchiveError: the archive is damaged or beyond the limits.
        WeightsError: it holds something else than one bundle that fits this code, or ``to``
            exists or cannot be written.
    """
    if to.exists():
        raise WeightsError(f"A bundle is unpacked into a new folder. Received: {to}, which exists.")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".unpacking-") as aside:
            folder = Path(aside) / "bundle"
            folder.mkdir()
            _write(data, folder)
            check_files(open_bundle(folder))
            folder.replace(to)
    except OSError as error:
        raise WeightsError(
            f"A bundle must fit on the disk. {to}: {error.strerror}. Free some space."
        ) from error
    return open_bundle(to)


def check_files(bundle: Bundle) -> None:
    """Compare all files of a bundle with their hashes.

    Raises:
        WeightsError: one is missing or is not the one recorded, or there is no network to serve.
    """
    if not bundle.info.openvino_files:
        raise WeightsError(
            f"A bundle to serve holds an OpenVINO network. {bundle.folder} has none. Export it "
            "again."
        )
    bundle.files((*bundle.info.openvino_files, *bundle.info.keras_files))


def _write(data: bytes, folder: Path) -> None:
    """Write the archive's files; they lie in it side by side, in one folder at most."""
    parents = set()
    for member in members(data, limits=BUNDLES):
        if isinstance(member, BadMember):
            raise WeightsError(f"{member.name}: {member.error}")
        path = Path(member.name.replace("\\", "/"))
        parents.add(path.parent)
        if path.suffix not in SUFFIXES or len(path.parent.parts) > 1 or len(parents) > 1:
            raise WeightsError(
                f"A bundle's archive holds {SIDECAR} and the files that belong to it, side by "
                f"side. Received: {member.name!r}. {BUNDLES.remedy}"
            )
        (folder / path.name).write_bytes(member.data)
