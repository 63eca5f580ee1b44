"""DICOM files: values of grey, colours, coding."""

import io

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_voi_lut
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from brain_tumor.errors import (
    DicomError,
)
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.dicom import is_dicom
from brain_tumor.intake.dicom_frames import Window
from brain_tumor.intake.dicom_pixels import apply_window
from tests.intake.dicom_readers import RAMP, one_frame, pixels, refused, study
from tests.intake.files import BUNDLED, bare, dicom_dataset, make_dicom, saved, voi

# Grey values


def test_linear_window_by_the_formula_of_the_standard() -> None:
    # PS3.3 C.11.2.1.2.1: c=2048, w=4096 maps 0 to 0 and 4095 to the top.
    values = np.array([-5.0, 0.0, 2047.5, 4095.0, 9999.0])
    assert apply_window(values, Window(2048, 4096)).tolist() == [0, 0, 128, 255, 255]
    # c=2048, w=1: below or at 2047.5 black, above it white.
    assert apply_window(np.array([2047.0, 2047.5, 2048.0]), Window(2048, 1)).tolist() == [0, 0, 255]
    # c=0, w=100: -50 is black, 49 white.
    assert apply_window(np.array([-50.0, 49.0, -0.5]), Window(0, 100)).tolist() == [0, 255, 128]


def test_exact_and_sigmoid_windows() -> None:
    exact = Window(50, 100, "LINEAR_EXACT")
    assert apply_window(np.array([0.0, 50.0, 100.0]), exact).tolist() == [0, 128, 255]
    sigmoid = Window(50, 100, "SIGMOID")
    assert apply_window(np.array([-1e9, 50.0, 1e9]), sigmoid).tolist() == [0, 128, 255]


def test_the_window_applies_to_rescaled_values() -> None:
    data = make_dicom(
        RAMP, RescaleSlope="2", RescaleIntercept="-1000", WindowCenter="0", WindowWidth="201"
    )
    shown = pixels(data).ravel()
    # 2 * 449 - 1000 = -102 is black, 2 * 550 - 1000 = 100 white; 0 lies at (0.5 / 200 + 0.5).
    assert shown[449] == 0 and shown[451] > 0
    assert shown[550] == 255 and shown[549] < 255
    assert shown[500] == round((0.5 / 200 + 0.5) * 255)


def test_of_several_windows_the_first_counts() -> None:
    first = make_dicom(RAMP, WindowCenter="1000", WindowWidth="500")
    several = make_dicom(RAMP, WindowCenter=["1000", "9"], WindowWidth=["500", "3"])
    assert (pixels(first) == pixels(several)).all()


@pytest.mark.parametrize("tags", [{}, {"WindowCenter": "5", "WindowWidth": "0"}])
def test_without_a_window_the_range_of_values_counts(tags: dict[str, str]) -> None:
    shown = pixels(make_dicom(RAMP - 2000, **tags)).ravel()
    assert shown[0] == 0 and shown[-1] == 255
    assert (np.diff(shown.astype(int)) >= 0).all()


CURVE = (np.linspace(0, 1, 1000) ** 2 * 65535).astype(np.uint16)


def test_a_voi_table_is_looked_up_as_pydicom_does() -> None:
    dataset = dicom_dataset(RAMP, **voi(100, CURVE))
    expected = apply_voi_lut(RAMP, dataset)
    shown = pixels(saved(dataset))

    assert np.abs(shown - expected / 257).max() <= 0.5
    assert shown.ravel()[99] == 0 and shown.ravel()[1099] == 255 == shown.ravel()[1500]


def test_a_voi_table_applies_to_rescaled_values_that_may_be_negative() -> None:
    tags = voi(-500, CURVE, RescaleSlope="2", RescaleIntercept="-1000")
    shown = pixels(make_dicom(RAMP.astype(np.int16), **tags)).ravel()

    # 2 * 250 - 1000 is the first entry, 2 * 749 - 1000 = 498 the last but one.
    assert shown[250] == 0 and shown[749] == round(CURVE[998] / 257) and shown[750] == 255


def test_a_table_of_ten_bits_reaches_white() -> None:
    shown = pixels(make_dicom(RAMP, **voi(0, np.arange(1024), 10))).ravel()
    assert (shown[0], shown[1023]) == (0, 255)
    assert shown[512] == round(512 / 1023 * 255)


def test_a_table_of_a_big_endian_file_has_its_bytes_in_that_order() -> None:
    dataset = dicom_dataset(
        RAMP.astype(">u2"), **voi(0, np.arange(1024, dtype=np.uint16).byteswap(), 10)
    )
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    shown = pixels(buffer.getvalue()).ravel()

    assert shown[512] == round(512 / 1023 * 255)


def test_a_window_goes_before_a_table() -> None:
    window = {"WindowCenter": "1000", "WindowWidth": "500"}
    both = make_dicom(RAMP, **voi(100, CURVE), **window)
    assert (pixels(both) == pixels(make_dicom(RAMP, **window))).all()


def test_monochrome1_inverts_what_the_table_shows() -> None:
    plain = pixels(make_dicom(RAMP, **voi(100, CURVE)))
    tags = voi(100, CURVE, PhotometricInterpretation="MONOCHROME1")
    assert (pixels(make_dicom(RAMP, **tags)) == 255 - plain).all()


@pytest.mark.parametrize(
    "change",
    [
        {"LUTDescriptor": [2000, 0, 16]},  # more entries than there are
        {"LUTDescriptor": [1000, 0, 3]},
        {"LUTDescriptor": [1000, 0]},
        {"LUTData": b""},
    ],
)
def test_a_damaged_table_counts_as_absent(change: dict) -> None:
    tags = voi(100, CURVE)
    for keyword, value in change.items():
        tags["VOILUTSequence"][0][keyword].value = value
    assert (pixels(make_dicom(RAMP, **tags)) == pixels(make_dicom(RAMP))).all()


def test_a_table_that_is_too_long_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brain_tumor.intake.dicom_values.MAX_TABLE_BYTES", 1999)
    assert (pixels(make_dicom(RAMP, **voi(100, CURVE))) == pixels(make_dicom(RAMP))).all()


def test_monochrome1_is_inverted() -> None:
    for tags in ({}, {"WindowCenter": "2000", "WindowWidth": "3000"}):
        plain = pixels(make_dicom(RAMP, **tags))
        inverse = pixels(make_dicom(RAMP, PhotometricInterpretation="MONOCHROME1", **tags))
        assert (inverse == 255 - plain).all()
        assert inverse[0, 0] == 255


def test_a_negative_slope_inverts() -> None:
    assert (
        pixels(make_dicom(RAMP, RescaleSlope="-1", RescaleIntercept="0"))
        == 255 - pixels(make_dicom(RAMP))
    ).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32])
def test_depths_and_signs(dtype: type[np.integer]) -> None:
    low = np.iinfo(dtype).min // 2
    values = (np.arange(64 * 64).reshape(64, 64) % 100 + low).astype(dtype)
    assert (one_frame(make_dicom(values)) == values).all()


@pytest.mark.parametrize("stored", [10, 12, 14])
def test_unused_bits_do_not_count(stored: int) -> None:
    values = (RAMP % 1000).astype(np.uint16)
    dirty = values | np.uint16(1 << 15)
    data = make_dicom(dirty, BitsStored=stored, HighBit=stored - 1)
    assert (one_frame(data) == values).all()


def test_signed_twelve_bits() -> None:
    values = (RAMP % 4096 - 2048).astype(np.int16)
    data = make_dicom(values & 0x0FFF, BitsStored=12, HighBit=11, PixelRepresentation=1)
    assert (one_frame(data) == values).all()


def test_pixels_that_are_not_square_are_stretched() -> None:
    shown = pixels(make_dicom(RAMP, PixelSpacing=["2", "1"]))
    assert shown.shape == (128, 64)
    assert pixels(make_dicom(RAMP, PixelSpacing=["0", "1"])).shape == (64, 64)


# Colour


def test_colour_becomes_grey_and_says_so() -> None:
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[..., 0] = 255
    scan = study(make_dicom(rgb)).content
    assert isinstance(scan, Scan)
    assert (scan.pixels == 76).all()
    assert scan.colourfulness == 1.0
    planar = make_dicom(rgb)
    by_plane = dicom_dataset(rgb, PlanarConfiguration=1, PixelData=rgb.transpose(2, 0, 1).tobytes())
    assert (pixels(saved(by_plane)) == pixels(planar)).all()


def test_palette() -> None:
    index = (np.arange(40 * 40) % 4).reshape(40, 40).astype(np.uint8)
    tables = {
        f"{name}PaletteColorLookupTable{part}": value
        for name, data in (
            ("Red", [0, 65535, 0, 65535]),
            ("Green", [0, 0, 65535, 65535]),
            ("Blue", [0, 0, 0, 65535]),
        )
        for part, value in (
            ("Descriptor", [4, 0, 16]),
            ("Data", np.array(data, "<u2").tobytes()),
        )
    }
    data = make_dicom(index, PhotometricInterpretation="PALETTE COLOR", **tables)
    assert pixels(data)[0, :4].tolist() == [0, 76, 150, 255]
    without = make_dicom(index, PhotometricInterpretation="PALETTE COLOR")
    refused(without, DicomError, "must bring its three colour tables")


# Coding


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_uncompressed_syntaxes(syntax: pydicom.uid.UID) -> None:
    values = RAMP.astype(">i2") if syntax == ExplicitVRBigEndian else RAMP
    dataset = dicom_dataset(values, BitsAllocated=16, BitsStored=16, HighBit=15)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelRepresentation = 1
    assert (one_frame(saved(dataset)) == RAMP).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
@pytest.mark.parametrize(
    "syntax",
    [JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, RLELossless],
)
def test_lossless_syntaxes(syntax: pydicom.uid.UID, dtype: type[np.integer]) -> None:
    values = (RAMP % 251).astype(dtype) - (100 if dtype is np.int16 else 0)
    raw = np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
    bits = raw.dtype.itemsize * 8
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        code = imagecodecs.jpeg8_encode(raw, lossless=True, predictor=1, bitspersample=bits)
    elif syntax == JPEGLSLossless:
        code = imagecodecs.jpegls_encode(raw)
    elif syntax == JPEG2000Lossless:
        code = imagecodecs.jpeg2k_encode(values, codecformat="J2K", level=0, reversible=True)
    elif syntax == HTJ2KLossless:
        code = imagecodecs.htj2k_encode(values, reversible=True)
    else:
        dataset = dicom_dataset(values)
        dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
        assert (one_frame(saved(dataset)) == values).all()
        return
    dataset = dicom_dataset(values)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = pydicom.encaps.encapsulate([bytes(code)])
    dataset["PixelData"].VR = "OB"
    assert (one_frame(saved(dataset)) == values).all()


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_RLE",
        "MR_small_bigendian",
        "MR_small_expb",
        "MR_small_implicit",
        "MR_small_jp2klossless",
        "MR_small_jpeg_ls_lossless",
        "MR_small_padded",
    ],
)
def test_one_slice_in_many_codings(name: str) -> None:
    expected = one_frame((BUNDLED / "MR_small.dcm").read_bytes())
    assert (one_frame((BUNDLED / f"{name}.dcm").read_bytes()) == expected).all()


@pytest.mark.parametrize(
    "name",
    [
        "JPEG2000",
        "693_J2KI",
        "J2K_pixelrep_mismatch",
        "JPGExtended",
        "JPEG-lossy",
        "SC_rgb_jpeg_dcmtk",
        "SC_rgb_rle_16bit",
        "SC_rgb_jls_lossy_line",
        "SC_ybr_full_422_uncompressed",
        "examples_jpeg2k",
        "examples_palette",
        "image_dfl",
        "liver_expb_1frame",
    ],
)
def test_bundled_files_are_read(name: str) -> None:
    assert pixels((BUNDLED / f"{name}.dcm").read_bytes()).std() > 5


def test_colours_survive_coding() -> None:
    plain = one_frame((BUNDLED / "SC_rgb_dcmtk_+eb+cr.dcm").read_bytes()).astype(int)
    for name in ("SC_rgb_jpeg_dcmtk", "SC_rgb_rle", "SC_ybr_full_422_uncompressed"):
        coded = one_frame((BUNDLED / f"{name}.dcm").read_bytes()).astype(int)
        assert np.abs(coded - plain).mean() < 3, name


# Shapes of files


def test_without_preamble_or_extension() -> None:
    dataset = dicom_dataset(RAMP)
    expected = pixels(saved(dataset))
    data = bare(dataset)
    assert is_dicom(data) and data[128:132] != b"DICM"
    assert (pixels(data) == expected).all()


def test_other_files_are_not_taken_for_dicom() -> None:
    for data in (b"", b"\x89PNG\r\n\x1a\n", b"II*\0", b"PK\x03\x04", bytes(200), b"\x08"):
        assert not is_dicom(data)
