"""One upload of any number of files: each is recognised, judged and read, within the limits."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from brain_tumor.errors import (
    DecodeError,
    ImageTooLargeError,
    ImageTooSmallError,
    IncidentalFileError,
)
from brain_tumor.intake.archive import BadMember, is_zip, members
from brain_tumor.intake.dicom import DicomImage, is_dicom, open_dicom
from brain_tumor.intake.encoded import EncodedImage, encoded_image
from brain_tumor.intake.guard import silence
from brain_tumor.intake.limits import (
    MAX_FILES,
    MAX_TOTAL_BYTES,
    MAX_TOTAL_VOXELS,
    MIN_FRAME_SIDE,
    mebibytes,
)
from brain_tumor.intake.names import display_folder, display_name, is_litter
from brain_tumor.intake.nifti import GZIP, is_nifti, read_nifti
from brain_tumor.intake.series import Slice, build, group, undecodable
from brain_tumor.intake.study import Intake, Problem, Study
from brain_tumor.intake.volume import Volume, display_size, usable_planes

EXTENSIONS: Final = (
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"),
    *(".dcm", ".dicom", ".ima", ".nii", ".gz", ".zip"),
)
"""Usual endings, for a hint only: DICOM files often have none, and reading goes by content."""


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    bytes_left: int = field(default_factory=lambda: MAX_TOTAL_BYTES)
    files_left: int = field(default_factory=lambda: MAX_FILES)
    voxels_left: int = field(default_factory=lambda: MAX_TOTAL_VOXELS)
    studies: list[Study] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    images: dict[bytes, tuple[str, DicomImage]] = field(default_factory=dict)

    def refuse(self, name: str, error: DecodeError) -> None:
        self.problems.append(
            Problem(display_name(name), type(error).__name__, str(error), display_folder(name))
        )


def read_uploads(files: Sequence[tuple[str, bytes]]) -> Intake:
    """Read any number of files: images, DICOM, NIfTI, and ZIP archives of these.

    What a file is, its content says and never its name. DICOM files of one series become one
    study, wherever they came from. A file that cannot be read becomes a ``Problem`` and never
    stops the others. Nothing is written to disk or logged, and of DICOM tags only what
    ``DicomImage`` lists is looked at.

    Plain images are judged by their headers and stay encoded: damage beyond the header shows when
    ``scan_of`` decodes them.

    Args:
        files: (name, bytes) of each.
    """
    silence()
    reading = _Reading()
    for name, data in _unpacked(files, reading):
        try:
            _read_one(name, data, reading)
        except DecodeError as error:
            reading.refuse(name, error)
    _read_series(reading)
    return Intake(tuple(reading.studies), tuple(reading.problems))


def _unpacked(files: Sequence[tuple[str, bytes]], reading: _Reading) -> Iterator[tuple[str, bytes]]:
    """Each file, archives unpacked, as long as the limits of an upload allow."""
    for name, data in files:
        try:
            if is_zip(data):
                for member in members(data, max(0, reading.bytes_left)):
                    if isinstance(member, BadMember):
                        reading.refuse(member.name, member.error)
                    elif _counted(member.name, member.data, reading):
                        yield member.name, member.data
            elif _counted(name, data, reading):
                yield name, data
        except DecodeError as error:
            reading.refuse(name, error)


def _counted(name: str, data: bytes, reading: _Reading) -> bool:
    reading.files_left -= 1
    reading.bytes_left -= len(data)
    if reading.files_left < 0:
        rule = f"An upload may have at most {MAX_FILES} files, but this one has more."
    elif reading.bytes_left < 0:
        # A smaller file after this one may still fit.
        reading.bytes_left += len(data)
        rule = f"The files of an upload may have at most {mebibytes(MAX_TOTAL_BYTES)} together."
    else:
        return True
    reading.refuse(name, ImageTooLargeError(f"{rule} Send this file by itself."))
    return False


def _read_one(name: str, data: bytes, reading: _Reading) -> None:
    if is_litter(name):
        raise IncidentalFileError(
            "Files that systems leave in folders are passed over, and this is one by its name. "
            "Nothing needs to be done."
        )
    if is_dicom(data):
        _take_dicom(name, data, reading)
    elif is_nifti(data):
        volume = read_nifti(data)
        _check_planes(volume)
        _take_voxels(volume.voxels.size, reading)
        reading.studies.append(_study(name, volume, "NIfTI", notes=volume.notes))
    elif data[:2] == GZIP:
        raise DecodeError(
            "Of gzip files, NIfTI volumes are read, but this is another one or a damaged one. "
            "Unpack it and upload what is in it."
        )
    else:
        reading.studies.append(_study(name, encoded_image(data), "image"))


def _study(
    name: str, content: EncodedImage | Volume, source: str, notes: tuple[str, ...] = ()
) -> Study:
    return Study(display_name(name), content, source, notes=notes, folder=display_folder(name))


def _take_dicom(name: str, data: bytes, reading: _Reading) -> None:
    content = hashlib.blake2b(data, key=reading.key, digest_size=16).digest()
    if content in reading.images:
        raise IncidentalFileError(
            "A DICOM file counts once, but the same one was uploaded before: this copy is not "
            "used. Nothing needs to be done."
        )
    reading.images[content] = (name, open_dicom(data, reading.key))


def _check_planes(volume: Volume) -> None:
    if not usable_planes(volume):
        height, width = display_size(volume, volume.native)
        raise ImageTooSmallError(
            f"A slice must be at least {MIN_FRAME_SIDE} pixels wide and high in its proportions, "
            f"but those of this volume are {width} x {height}. Send it at its full resolution."
        )


def _take_voxels(count: int, reading: _Reading) -> None:
    if count > reading.voxels_left:
        raise ImageTooLargeError(
            f"The volumes of an upload may have at most {MAX_TOTAL_VOXELS} voxels together, and "
            "this one would exceed that. Send it by itself."
        )
    reading.voxels_left -= count


def _read_series(reading: _Reading) -> None:
    """Make studies of the DICOM files, by series."""
    names = {id(image): name for name, image in reading.images.values()}
    numbered = 0
    for slices in group([image for _, image in reading.images.values()]):
        files = [names[file] for file in dict.fromkeys(id(one.image) for one in slices)]
        if len(files) > 1:
            numbered += 1
            name = f"{slices[0].image.modality or 'DICOM'} series {numbered}"
            folders = {display_folder(file) for file in files}
            folder = folders.pop() if len(folders) == 1 else ""
        else:
            name, folder = display_name(files[0]), display_folder(files[0])
        try:
            study = _series_study(slices, names, reading)
            reading.studies.append(replace(study, name=name, folder=folder))
        except DecodeError as error:
            reading.refuse(f"{folder}/{name}", error)


def _series_study(slices: list[Slice], names: dict[int, str], reading: _Reading) -> Study:
    """The study of one stack, still without its name."""
    first = slices[0].image
    _take_voxels(first.rows * first.columns * len(slices), reading)
    try:
        built = build(slices)
    except DecodeError:
        if all(one.image is first for one in slices):
            raise
        bad = undecodable(slices)
        sound = [one for one in slices if id(one.image) not in bad]
        if not bad or not sound:
            raise
        for file, error in bad.items():
            reading.refuse(names[file], error)
        slices, built = sound, build(sound)
    if isinstance(built, Volume):
        _check_planes(built)
    content, notes = (built, built.notes) if isinstance(built, Volume) else built
    return Study(
        name="",
        content=content,
        source="DICOM",
        modality=first.modality,
        body_part=first.body_part,
        files=len({id(one.image) for one in slices}),
        notes=notes,
    )
