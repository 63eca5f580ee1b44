"""DICOM files that are refused, and those that want to take for ever."""

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
)

from brain_tumor.errors import (
    DecodeError,
    DicomError,
    ImageTooLargeError,
    ImageTooSmallError,
    IncidentalFileError,
)
from brain_tumor.intake import dicom as module
from brain_tumor.intake.dicom import open_dicom
from brain_tumor.intake.intake import read_uploads
from tests.intake.damaged import SECONDS, time_limit
from tests.intake.dicom_readers import RAMP, one_frame, pixels, refused
from tests.intake.files import BUNDLED, dicom_dataset, make_dicom, saved

# Refusals


@pytest.mark.parametrize(
    ("tags", "error", "match"),
    [
        ({"Rows": 9000}, ImageTooLargeError, "at most 8192 pixels wide and high.*64 x 9000"),
        ({"Rows": 65535, "Columns": 65535}, ImageTooLargeError, "at most 8192"),
        ({"NumberOfFrames": 2001}, ImageTooLargeError, "at most 2000 frames.*2001"),
        ({"NumberOfFrames": 2000, "Rows": 8192}, ImageTooLargeError, "at most 67108864 samples"),
        ({"Rows": 0}, DicomError, "must state its rows"),
        ({"Rows": None}, DicomError, "must state its rows"),
        ({"BitsAllocated": 24}, DicomError, "1, 8, 16 or 32 bits"),
        ({"PhotometricInterpretation": "HSV"}, DicomError, "one sample each, or RGB or YBR"),
        ({"PhotometricInterpretation": "RGB"}, DicomError, "one sample each, or RGB or YBR"),
        ({"SamplesPerPixel": 3}, DicomError, "one sample each, or RGB or YBR"),
        ({"PixelData": None}, DicomError, "has none"),
        ({"PixelData": b""}, DicomError, "are empty"),
        ({"PixelData": bytes(100)}, DicomError, "ends before its image is complete"),
    ],
)
def test_refusals_state_the_rule(
    tags: dict[str, object], error: type[DecodeError], match: str
) -> None:
    refused(make_dicom(RAMP, **tags), error, match)


def test_a_small_image_is_refused() -> None:
    (problem,) = read_uploads([("file", make_dicom(RAMP[:20]))]).problems
    assert problem.kind == ImageTooSmallError.__name__
    assert "at least 32 pixels" in problem.message


def test_sizes_are_refused_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "pydicom.pixels.decoders.base.get_decoder", lambda _: pytest.fail("decoded")
    )
    refused(make_dicom(RAMP, Rows=9000), ImageTooLargeError, "8192")


def test_a_dicomdir_is_never_followed() -> None:
    data = (BUNDLED / "dicomdirtests" / "DICOMDIR").read_bytes()
    with pytest.raises(IncidentalFileError, match=r"DICOMDIR lists other files.*never followed"):
        open_dicom(data, b"key")


@pytest.mark.parametrize("name", ["rtplan", "reportsi", "waveform_ecg", "rtstruct"])
def test_objects_without_an_image_are_refused(name: str) -> None:
    with pytest.raises(DecodeError, match="must hold an image"):
        open_dicom((BUNDLED / f"{name}.dcm").read_bytes(), b"key")


def test_an_unknown_transfer_syntax_is_refused() -> None:
    dataset = dicom_dataset(RAMP)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    dataset.PixelData = pydicom.encaps.encapsulate([bytes(100)])
    dataset["PixelData"].VR = "OB"
    refused(saved(dataset), DicomError, "Export it uncompressed")


# Bombs


def test_a_deflated_bomb_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1_000_000)
    dataset = dicom_dataset(np.zeros((1000, 1000), np.int16))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data = saved(dataset)
    assert len(data) < 10_000
    refused(data, ImageTooLargeError, "once inflated")


def test_a_stream_that_lies_about_its_size_is_not_decoded() -> None:
    large = np.zeros((4000, 4000), np.uint8)
    streams = {
        pydicom.uid.JPEGBaseline8Bit: imagecodecs.jpeg8_encode(large),
        JPEGLSLossless: imagecodecs.jpegls_encode(large),
        JPEG2000Lossless: imagecodecs.jpeg2k_encode(large, codecformat="J2K"),
    }
    for syntax, stream in streams.items():
        dataset = dicom_dataset(RAMP.astype(np.uint8))
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = pydicom.encaps.encapsulate([bytes(stream)])
        dataset["PixelData"].VR = "OB"
        refused(saved(dataset), DicomError, "damaged")


def test_a_header_of_very_many_elements_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PARSER_READS", 10)
    refused(make_dicom(RAMP), DicomError, "at most 10 reads")


def test_a_very_long_value_counts_as_absent() -> None:
    dataset = dicom_dataset(RAMP)
    expected = pixels(saved(dataset))
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.WindowCenter = ["1"] * 2000
    dataset.WindowWidth = ["1"] * 2000
    assert (pixels(saved(dataset)) == expected).all()


def test_a_box_without_length_does_not_read_for_ever() -> None:
    stream = bytes(imagecodecs.jpeg2k_encode(RAMP, codecformat="J2K", level=0, reversible=True))
    box = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\x00\x00\x00\x00jp2h"
    for frame, good in ((box + stream, True), (box + bytes(100), False)):
        dataset = dicom_dataset(RAMP)
        dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
        dataset.PixelData = pydicom.encaps.encapsulate([frame])
        dataset["PixelData"].VR = "OB"
        with time_limit(SECONDS):
            if good:
                assert (one_frame(saved(dataset)) == RAMP).all()
            else:
                refused(saved(dataset), DicomError, "must hold a JPEG 2000 image")


def test_a_damaged_jpeg_ls_stream_does_not_take_seconds() -> None:
    stream = bytes.fromhex(
        "ffd8fff7000b08002d000a01011100ffda0008010100020000"
        "57ddff7f00000071ff7fe0b77f7c1cff7f052ffbe097ff7ec317fdff40efd9"
    )
    dataset = dicom_dataset(np.zeros((45, 10), np.uint8))
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    dataset.PixelData = pydicom.encaps.encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    with time_limit(1):
        refused(saved(dataset), DicomError, "damaged")
