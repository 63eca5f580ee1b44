"""What comes of an upload: studies to look at, and files that were not read and why."""

from dataclasses import dataclass

from brain_tumor.errors import IncidentalFileError
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.dicom_tags import OTHER_MODALITIES
from brain_tumor.intake.encoded import EncodedImage
from brain_tumor.intake.volume import Plane, Volume, slice_count, slice_of, usable_planes


@dataclass(frozen=True, slots=True)
class Study:
    """One thing to look at.

    Attributes:
        name: what to call it, plain text of up to ``NAME_LENGTH`` characters: the name of its
            file, or of a series "MR series 1". File names are the user's own and may say anything.
        content: a single slice, encoded or decoded, or a volume; ``scan_of`` reads any of them.
        source: "image", "DICOM" or "NIfTI".
        modality: of DICOM, one of ``dicom_tags.MODALITIES`` or "OTHER"; None where it is not said.
        body_part: of DICOM, one of ``dicom_tags.HEAD_PARTS`` or "OTHER"; None where it is not said.
        files: how many files it was read from.
        notes: what the reader had to assume, as sentences.
        folder: the folders that the file, or all files of the series, came in, plain text; ""
            where browser and archive name none.
    """

    name: str
    content: EncodedImage | Scan | Volume
    source: str
    modality: str | None = None
    body_part: str | None = None
    files: int = 1
    notes: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was not read.

    ``kind`` is the name of the error's class, ``message`` the rule, what was received and the
    remedy; it never quotes the file. ``folder`` is as in ``Study``.
    """

    name: str
    kind: str
    message: str
    folder: str = ""

    @property
    def incidental(self) -> bool:
        """Whether nothing is amiss: a note or a DICOMDIR beside the scans, or a second copy."""
        return self.kind == IncidentalFileError.__name__


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of one upload."""

    studies: tuple[Study, ...]
    problems: tuple[Problem, ...]


def scan_of(study: Study, plane: Plane | None = None, index: int | None = None) -> Scan:
    """Return a slice of a study as pixels: the one there is, or one of a volume.

    Args:
        study: any study.
        plane: of a volume, see ``slice_of``; by default the first of its ``usable_planes``.
        index: of a volume, from 0; by default the middle one.

    Raises:
        DecodeError: an image is damaged beyond its header, or the slice is too small.
    """
    content = study.content
    if isinstance(content, EncodedImage):
        return content.decode()
    if isinstance(content, Scan):
        return content
    plane = usable_planes(content)[0] if plane is None else plane
    return slice_of(content, plane, slice_count(content, plane) // 2 if index is None else index)


def objections_of(study: Study) -> tuple[str, ...]:
    """Return what the file itself says against its being an MRI of a head, as sentences.

    Images that were captured or converted (modality OT or SC) may be anything and say nothing. The
    part of the body does not count: heads come under names that no list holds.
    """
    if study.modality not in OTHER_MODALITIES:
        return ()
    return (
        f"The file says that it is no MR image (its modality is {study.modality}); the network "
        "knows MRI alone.",
    )
