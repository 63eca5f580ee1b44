"""What comes out of files of more than 8 bits a sample, on small images with known answers."""

from typing import Literal

import numpy as np
import pytest

from brain_tumor.imaging.decode import decode
from tests.imaging.image_files import encode, make_tiff, png_chunk, png_of_samples
from tests.imaging.known import COLOUR, GREY, LUMA, RAMP, distance, level


@pytest.mark.parametrize("factor", [16, 257])
def test_sixteen_bit_grey_equals_the_eight_bit_picture(factor: int) -> None:
    wide = (RAMP * factor).astype(np.uint16)
    files = {
        "PNG": encode(wide, "PNG"),
        "II": make_tiff(wide),
        "MM": make_tiff(wide, order=">"),
        "LZW": encode(wide, "TIFF", compression="tiff_lzw"),
    }
    for name, data in files.items():
        scan = decode(data)
        np.testing.assert_array_equal(scan.pixels, GREY, err_msg=name)
        assert scan.bits == 16
        assert scan.source_mode == ("I;16B" if name == "MM" else "I;16")
        assert scan.colourfulness == 0.0


def test_twelve_bit_range_is_stretched_to_the_whole() -> None:
    wide = (RAMP * 4095 // 255).astype(np.uint16)
    assert distance(decode(encode(wide, "PNG")), GREY) <= 1


def test_transparent_colour_of_a_sixteen_bit_png() -> None:
    wide = (RAMP * 257).astype(np.uint16)
    scan = decode(png_of_samples(wide, 16, 0, png_chunk(b"tRNS", b"\xff\xff")))
    np.testing.assert_array_equal(scan.pixels[GREY == 255], 0)
    np.testing.assert_allclose(scan.pixels[GREY < 255], GREY[GREY < 255], atol=1)


@pytest.mark.parametrize("order", ["<", ">"])
def test_signed_sixteen_and_thirty_two_bits(order: Literal["<", ">"]) -> None:
    for dtype, bits in ((np.int16, 16), (np.int32, 32)):
        values = (RAMP.astype(np.int64) * 100 - 12_000).astype(dtype)
        scan = decode(make_tiff(values, order=order, sample_format=2))
        np.testing.assert_array_equal(scan.pixels, GREY)
        assert scan.bits == bits


def test_unsigned_thirty_two_bits_above_the_signed_range() -> None:
    scan = decode(make_tiff((RAMP * 16_843_009).astype(np.uint32)))
    np.testing.assert_array_equal(scan.pixels, GREY)
    assert scan.bits == 32


@pytest.mark.parametrize("order", ["<", ">"])
def test_floating_point_with_gaps(order: Literal["<", ">"]) -> None:
    values = RAMP.astype(np.float32) / 255 - 0.5
    expected = GREY.copy()
    for at, gap in (((20, 20), np.nan), ((21, 21), np.inf), ((22, 22), -np.inf)):
        values[at] = gap
        expected[at] = 0
    scan = decode(make_tiff(values, order=order, sample_format=3))
    np.testing.assert_array_equal(scan.pixels, expected)
    assert (scan.source_mode, scan.bits) == ("F", 32)


def test_white_is_zero() -> None:
    assert level(make_tiff(np.full((40, 36), 55, np.uint8), photometric=0)) == 200
    wide = decode(make_tiff((RAMP * 257).astype(np.uint16), photometric=0))
    np.testing.assert_array_equal(wide.pixels, 255 - GREY)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.filterwarnings("error")
def test_a_constant_wide_picture_is_black_without_a_warning(dtype: type) -> None:
    assert level(encode(np.full((40, 36), 700, dtype), "TIFF")) == 0


@pytest.mark.filterwarnings("error")
def test_a_picture_of_gaps_alone_is_black() -> None:
    assert level(encode(np.full((40, 36), np.nan, np.float32), "TIFF")) == 0


def test_sixteen_bit_colour_keeps_the_upper_byte() -> None:
    wide = COLOUR.astype(np.uint16) * 256 + 37
    for data in (
        png_of_samples(wide, 16, 2),
        make_tiff(wide, photometric=2),
        make_tiff(wide, photometric=2, order=">"),
    ):
        scan = decode(data)
        assert distance(scan, LUMA) == 0
        assert (scan.source_mode, scan.bits) == ("RGB", 16)


def test_sixteen_bit_png_with_alpha() -> None:
    grey_alpha = np.zeros((40, 36, 2), np.uint16) + np.array([200 * 257, 128 * 257], np.uint16)
    assert level(png_of_samples(grey_alpha, 16, 4)) == 100
    assert decode(png_of_samples(grey_alpha, 16, 4)).bits == 16


def test_transparent_colour_of_sixteen_bit_colour() -> None:
    wide = np.stack([RAMP.astype(np.uint16) * 257] * 3, axis=-1)
    data = png_of_samples(wide, 16, 2, png_chunk(b"tRNS", b"\x64\x64" * 3))
    np.testing.assert_array_equal(decode(data).pixels, np.where(GREY == 100, 0, GREY))
