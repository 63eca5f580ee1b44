"""DICOM files: what geometry and display need of the header, and nothing that names a patient."""

import hashlib
import io
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from brain_tumor.errors import DicomError, ImageTooLargeError, IncidentalFileError
from brain_tumor.intake import codecs
from brain_tumor.intake.dicom_frames import FrameInfo, frame_infos
from brain_tumor.intake.dicom_tags import HEAD_PARTS, MODALITIES, TAGS
from brain_tumor.intake.dicom_values import Values, quiet_pydicom
from brain_tumor.intake.guard import read_errors
from brain_tumor.intake.limits import (
    MAX_FILE_BYTES,
    MAX_FRAME_SIDE,
    MAX_FRAMES,
    MAX_PARSER_READS,
    MAX_VOXELS,
    mebibytes,
)

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

NATIVE: Final = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
_DEFLATED: Final = b"1.2.840.10008.1.2.1.99"
_DEFLATED_ELEMENT: Final = re.compile(rb"\x02\x00\x10\x00.{4,8}" + re.escape(_DEFLATED), re.DOTALL)
_DIRECTORY_CLASS: Final = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class DicomImage:
    """One DICOM file with its pixels still encoded.

    Attributes:
        rows: rows of a frame.
        columns: columns of a frame.
        frames: one entry a frame, in the file's order.
        series: a key that files of one series share, good for one upload only.
        instance: the file's number in its series.
        modality: one of ``MODALITIES``, "OTHER", or None where the file does not say.
        body_part: one of ``HEAD_PARTS``, "OTHER", or None where the file does not say.
        photometric: how samples mean grey or colour.
        transfer_syntax: how the pixels are encoded.
        options: what pydicom's decoder needs to know.
        palette: three (descriptor, data) pairs, or None.
        source: what the encoded pixel data are a part of: the file, which is held anyway.
        span: where in ``source`` they start and end.
    """

    rows: int
    columns: int
    frames: tuple[FrameInfo, ...]
    series: bytes
    instance: int | None
    modality: str | None
    body_part: str | None
    photometric: str
    transfer_syntax: str
    options: dict[str, Any]
    palette: tuple[tuple[tuple[int, ...], bytes], ...] | None = field(repr=False)
    source: bytes = field(repr=False)
    span: tuple[int, int]

    @property
    def pixels(self) -> bytes:
        """The encoded pixel data, a copy."""
        return self.source[slice(*self.span)]

    @property
    def grey(self) -> bool:
        """Whether a sample is a grey value, and not a colour."""
        return self.photometric in ("MONOCHROME1", "MONOCHROME2")


def is_dicom(data: bytes) -> bool:
    """Say whether bytes start like DICOM: the mark at 128, or without it a first element."""
    if data[128:132] == b"DICM":
        return True
    group, element, vr = data[:2], data[2:4], data[4:6]
    if group in (b"\x02\x00", b"\x08\x00") and element[1:] == b"\x00":
        length = int.from_bytes(data[4:8], "little")
        return (vr.isalpha() and vr.isupper()) or length < 256
    return group == b"\x00\x08" and element[:1] == b"\x00" and vr.isalpha() and vr.isupper()


def open_dicom(data: bytes, key: bytes) -> DicomImage:
    """Read the header of a DICOM image file; pixels stay encoded.

    Args:
        data: the file, with or without its 128-byte preamble.
        key: random bytes, the same for all files of one upload and never used again: what tells
            series apart is made from it, so that no UID is kept.

    Raises:
        ImageTooLargeError: more than the limits on sides, frames or samples.
        IncidentalFileError: a DICOMDIR, or a file without an image.
        DicomError: a damaged file, or a variant that is not read.
    """
    if len(data) > MAX_FILE_BYTES:
        raise ImageTooLargeError(
            f"A DICOM file may have at most {mebibytes(MAX_FILE_BYTES)}, but this one has more. "
            "Send a part of the series."
        )
    with read_errors("DICOM file", DicomError):
        dataset, syntax, source = _parse(data)
        values = Values(dataset)
        _refuse_what_is_no_image(dataset, syntax, values)
        rows, columns, samples, frames = _checked_size(values)
        return DicomImage(
            rows=rows,
            columns=columns,
            frames=frame_infos(values, frames),
            series=hashlib.blake2b(
                values.text("SeriesInstanceUID").encode(), key=key, digest_size=16
            ).digest(),
            instance=values.integer("InstanceNumber"),
            modality=_term(values, "Modality", MODALITIES),
            body_part=_term(values, "BodyPartExamined", HEAD_PARTS),
            photometric=values.text("PhotometricInterpretation").strip().upper() or "MONOCHROME2",
            transfer_syntax=syntax,
            options=_pixel_options(values, rows, columns, samples, frames),
            palette=values.palette(),
            source=source,
            span=_span(values, source),
        )


class _Budget(io.BytesIO):
    """A file that ends a parse that takes too long: pydicom reads each element by itself."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.left = MAX_PARSER_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise DicomError(
                f"A DICOM header may take at most {MAX_PARSER_READS} reads, but this one takes "
                "more. The file is damaged, or holds more than an image: export it again."
            )
        return super().read(size)


def _parse(data: bytes) -> "tuple[Dataset, str, bytes]":
    """The data set, its transfer syntax, and the bytes that it was read from."""
    pydicom = quiet_pydicom()
    if _DEFLATED_ELEMENT.search(data):
        # pydicom would inflate all there is. So it never sees the packed file.
        body = _inflate(data)
        dataset = pydicom.dcmread(_Budget(body), force=True, specific_tags=list(TAGS))
        return dataset, NATIVE[1], body
    dataset = pydicom.dcmread(_Budget(data), force=True, specific_tags=list(TAGS))
    meta = Values(dataset.file_meta)
    if meta.text("MediaStorageSOPClassUID") == _DIRECTORY_CLASS:
        raise _directory()
    syntax = meta.text("TransferSyntaxUID")
    if syntax:
        return dataset, syntax, data
    implicit, little = dataset.original_encoding
    return dataset, NATIVE[0] if implicit else NATIVE[1] if little else NATIVE[2], data


def _span(values: Values, source: bytes) -> tuple[int, int]:
    """Where the pixel data lie: copies of a whole series would double what an upload takes."""
    pixels = values.raw("PixelData")
    start = values.place("PixelData")
    if source[start : start + len(pixels)] != pixels:
        start = source.rfind(pixels)
    if start < 0:
        raise DicomError("The pixel data of this DICOM file lie nowhere in it. Export it again.")
    return start, start + len(pixels)


def _inflate(data: bytes) -> bytes:
    if data[128:132] != b"DICM" or data[132:138] != b"\x02\x00\x00\x00UL":
        raise DicomError(
            "A deflated DICOM file must start with the length of its file information, but this "
            "one does not. Export it again, uncompressed."
        )
    start = 144 + int.from_bytes(data[140:144], "little")
    body = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:], MAX_FILE_BYTES + 1)
    if len(body) > MAX_FILE_BYTES:
        raise ImageTooLargeError(
            f"A DICOM file may have at most {mebibytes(MAX_FILE_BYTES)} once inflated, but this "
            "one has more. Send a part of the series."
        )
    return body


def _directory() -> IncidentalFileError:
    return IncidentalFileError(
        "A DICOMDIR lists other files and holds no image; what it lists is never followed. "
        "Upload the image files themselves, or a ZIP archive of them."
    )


def _refuse_what_is_no_image(dataset: "Dataset", syntax: str, values: Values) -> None:
    if "DirectoryRecordSequence" in dataset:
        raise _directory()
    if "PixelData" not in dataset:
        # An image that was cut short before its pixels has said how many rows it has.
        named = Values(dataset.file_meta).text("MediaStorageSOPClassUID")
        whole = named and not values.integer("Rows")
        raise (IncidentalFileError if whole else DicomError)(
            "A DICOM file must hold an image, but this one has none (it may be a report, a plan or "
            "a damaged file). Upload the image files of the series."
        )
    if syntax not in (*NATIVE, *codecs.COMPRESSED):
        raise DicomError(
            "DICOM images are read uncompressed, or in JPEG, JPEG-LS, JPEG 2000 or RLE coding, but "
            "this one is coded otherwise. Export it uncompressed."
        )
    if len(values.raw("PixelData")) == 0:
        raise DicomError(
            "A DICOM file must hold an image, but the pixel data of this one are empty. "
            "Copy or export it again."
        )


def _checked_size(values: Values) -> tuple[int, int, int, int]:
    """Rows, columns, samples and frames, within the limits."""
    rows, columns = values.integer("Rows"), values.integer("Columns")
    if not rows or not columns or min(rows, columns) < 1:
        raise DicomError(
            "A DICOM image must state its rows and columns, but this one does not. Export it again."
        )
    if max(rows, columns) > MAX_FRAME_SIDE:
        raise ImageTooLargeError(
            f"A DICOM image may be at most {MAX_FRAME_SIDE} pixels wide and high, but this one is "
            f"{columns} x {rows}. Scale it down or crop it."
        )
    samples = values.integer("SamplesPerPixel") or 1
    frames = max(1, values.integer("NumberOfFrames") or 1)
    if frames > MAX_FRAMES:
        raise ImageTooLargeError(
            f"A DICOM file may have at most {MAX_FRAMES} frames, but this one has {frames}. "
            "Send a part of them."
        )
    if rows * columns * frames * samples > MAX_VOXELS:
        raise ImageTooLargeError(
            f"A DICOM file may have at most {MAX_VOXELS} samples, but this one has {columns} x "
            f"{rows} x {samples} in {frames} frames. Send a part of them."
        )
    return rows, columns, samples, frames


def _pixel_options(
    values: Values, rows: int, columns: int, samples: int, frames: int
) -> dict[str, Any]:
    allocated = values.integer("BitsAllocated")
    if allocated not in (1, 8, 16, 32) or samples not in (1, 3):
        raise DicomError(
            "A DICOM image must have 1 or 3 samples a pixel of 1, 8, 16 or 32 bits, but this one "
            "has others. Export it again as 16-bit grey."
        )
    stored = values.integer("BitsStored") or allocated
    return {
        "rows": rows,
        "columns": columns,
        "number_of_frames": frames,
        "samples_per_pixel": samples,
        "bits_allocated": allocated,
        "bits_stored": min(max(1, stored), allocated),
        "pixel_representation": 1 if values.integer("PixelRepresentation") == 1 else 0,
        "planar_configuration": 1 if values.integer("PlanarConfiguration") == 1 else 0,
    }


def _term(values: Values, keyword: str, known: frozenset[str]) -> str | None:
    """A tag's value if it is a known term: free text may say anything, a name included."""
    said = values.text(keyword).strip().upper()
    if not said:
        return None
    return said if said in known else "OTHER"
