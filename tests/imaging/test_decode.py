"""What comes out of each kind of file, on small images with known answers.

Samples of more than 8 bits are in `test_decode_wide`.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from brain_tumor.errors import DecodeError
from brain_tumor.imaging import decode as module
from brain_tumor.imaging.decode import EXTENSIONS, FORMATS, Scan, decode, decode_file
from tests.imaging.image_files import encode, make_tiff, png_chunk, png_of_samples
from tests.imaging.known import COLOUR, GREY, LUMA, RAMP, distance, level, solid


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"big_tiff": True}),
        ("WEBP", {"lossless": True, "exact": True}),
    ],
)
def test_eight_bit_grey_comes_through_unchanged(file_format: str, options: dict[str, Any]) -> None:
    scan = decode(encode(GREY, file_format, **options))
    np.testing.assert_array_equal(scan.pixels, GREY)
    assert scan.pixels.dtype == np.uint8
    assert (scan.file_format, scan.bits) == (file_format, 8)
    assert scan.colourfulness == 0.0
    assert (scan.height, scan.width) == (40, 48)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_is_close_and_has_no_colour(mode: str, progressive: bool) -> None:
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    image = Image.fromarray(smooth).convert(mode)
    scan = decode(encode(image, "JPEG", quality=95, progressive=progressive))
    assert distance(scan, smooth) <= 3
    assert scan.colourfulness < 0.005
    assert (scan.file_format, scan.source_mode, scan.bits) == ("JPEG", mode, 8)


def test_grey_levels_are_not_stretched() -> None:
    narrow = (GREY // 4 + 60).astype(np.uint8)
    np.testing.assert_array_equal(decode(encode(narrow, "PNG")).pixels, narrow)


def test_equal_channels_come_through_as_that_channel() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(32 * 4).reshape(-1, 128)
    scan = decode(encode(np.stack([levels] * 3, axis=-1), "PNG"))
    np.testing.assert_array_equal(scan.pixels, levels)
    assert (scan.source_mode, scan.colourfulness) == ("RGB", 0.0)


@pytest.mark.parametrize(
    ("colour", "grey"), [((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29)]
)
def test_luma_of_the_primaries(colour: tuple[int, int, int], grey: int) -> None:
    scan = decode(encode(solid("RGB", colour), "PNG"))
    assert (scan.pixels == grey).all()
    assert scan.colourfulness == 1.0


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF"])
def test_luma_of_a_picture(file_format: str) -> None:
    assert distance(decode(encode(COLOUR, file_format)), LUMA) == 0


def test_colourfulness_is_a_mean_over_pixels() -> None:
    half = np.zeros((32, 64, 3), np.uint8)
    half[:, :32, 0] = 255
    half[:, 32:] = 77
    assert decode(encode(half, "PNG")).colourfulness == 0.5


def test_bilevel() -> None:
    dots = Image.fromarray(GREY > 100)
    for file_format in ("PNG", "BMP", "TIFF"):
        scan = decode(encode(dots, file_format))
        np.testing.assert_array_equal(scan.pixels, np.where(GREY > 100, 255, 0))
        assert (scan.source_mode, scan.bits) == ("1", 1)


@pytest.mark.parametrize("depth", [2, 4])
def test_png_of_two_and_four_bits_spreads_over_the_range(depth: int) -> None:
    samples = GREY >> (8 - depth)
    scan = decode(png_of_samples(samples, depth, 0))
    np.testing.assert_array_equal(scan.pixels, samples * (255 // (2**depth - 1)))
    assert scan.bits == 8


def test_transparent_colour_of_a_four_bit_png_becomes_black() -> None:
    samples = GREY >> 4
    scan = decode(png_of_samples(samples, 4, 0, png_chunk(b"tRNS", b"\x00\x09")))
    np.testing.assert_array_equal(scan.pixels, np.where(samples == 9, 0, samples * 17))


def test_alpha_is_laid_over_black() -> None:
    assert level(encode(solid("LA", (200, 128)), "PNG")) == 100
    assert level(encode(solid("RGBA", (200, 200, 200, 128)), "PNG")) == 100
    assert level(encode(solid("RGBA", (200, 200, 200, 0)), "TIFF")) == 0
    assert level(encode(solid("RGBA", (200, 200, 200, 255)), "PNG")) == 200
    lossless = encode(solid("RGBA", (200, 200, 200, 51)), "WEBP", lossless=True)
    assert level(lossless) == 40


def test_colourfulness_counts_what_is_seen_through_alpha() -> None:
    assert decode(encode(solid("RGBA", (255, 0, 0, 0)), "PNG")).colourfulness == 0.0
    assert decode(encode(solid("RGBA", (255, 0, 0, 51)), "PNG")).colourfulness == 0.2


def test_alpha_already_multiplied_is_not_multiplied_again() -> None:
    # Photometric 1 with two samples, of which the extra one is alpha (338 = 1, "associated").
    data = encode(Image.merge("LA", [solid("L", 90), solid("L", 128)]), "TIFF")
    at = data.index(b"\x52\x01\x03\x00\x01\x00\x00\x00\x02")
    premultiplied = data[: at + 8] + b"\x01" + data[at + 9 :]
    assert decode(premultiplied).source_mode == "La"
    assert level(premultiplied) == 90
    assert level(data) == 45


def test_palettes() -> None:
    palette = Image.fromarray(GREY // 64)
    palette.putpalette([0, 0, 0, 50, 50, 50, 255, 0, 0, 200, 200, 200])
    expected = np.array([0, 50, 76, 200])[GREY // 64]
    for file_format in ("PNG", "BMP", "TIFF"):
        scan = decode(encode(palette, file_format))
        assert scan.source_mode == "P"
        np.testing.assert_array_equal(scan.pixels, expected)
        assert scan.colourfulness == pytest.approx(np.mean(GREY // 64 == 2))


def test_palettes_with_transparency() -> None:
    palette = Image.fromarray(GREY // 64)
    palette.putpalette([10, 10, 10, 50, 50, 50, 100, 100, 100, 200, 200, 200])
    one = decode(encode(palette, "PNG", transparency=3))
    np.testing.assert_array_equal(one.pixels, np.array([10, 50, 100, 0])[GREY // 64])
    each = decode(encode(palette, "PNG", transparency=bytes([255, 0, 128, 255])))
    np.testing.assert_array_equal(each.pixels, np.array([10, 0, 50, 200])[GREY // 64])


def test_transparent_colours() -> None:
    grey = decode(encode(GREY, "PNG", transparency=200))
    np.testing.assert_array_equal(grey.pixels, np.where(GREY == 200, 0, GREY))
    colour = np.stack([GREY] * 3, axis=-1)
    rgb = decode(encode(colour, "PNG", transparency=(100, 100, 100)))
    np.testing.assert_array_equal(rgb.pixels, np.where(GREY == 100, 0, GREY))


def test_cmyk_of_a_jpeg_is_inverted_as_adobe_stores_it() -> None:
    data = encode(solid("CMYK", (0, 0, 0, 55)), "JPEG", quality=100)
    assert decode(data).source_mode == "CMYK"
    assert abs(level(data) - 200) <= 1


def test_cmyk_of_a_tiff() -> None:
    assert level(encode(solid("CMYK", (0, 0, 0, 55)), "TIFF")) == 200


def test_ycbcr_of_a_tiff() -> None:
    data = encode(solid("YCbCr", (140, 128, 128)), "TIFF")
    assert decode(data).source_mode == "YCbCr"
    assert level(data) == 140


def test_jpeg_within_a_tiff() -> None:
    smooth = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    data = encode(np.stack([smooth] * 3, axis=-1), "TIFF", compression="jpeg", quality=95)
    assert distance(decode(data), smooth) <= 3


def test_lab_of_a_tiff() -> None:
    lab = ImageCms.createProfile("LAB")
    rgb = ImageCms.createProfile("sRGB")
    picture = ImageCms.profileToProfile(solid("RGB", (120, 120, 120)), rgb, lab, outputMode="LAB")
    assert picture is not None
    assert abs(level(encode(picture, "TIFF")) - 120) <= 2


TURNED = {
    1: GREY,
    2: GREY[:, ::-1],
    3: GREY[::-1, ::-1],
    4: GREY[::-1],
    5: GREY.T,
    6: np.rot90(GREY, -1),
    7: GREY[::-1, ::-1].T,
    8: np.rot90(GREY),
}


@pytest.mark.parametrize("orientation", TURNED)
def test_orientation_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    wide = (RAMP * 257).astype(np.uint16)
    for data in (
        encode(GREY, "PNG", exif=exif),
        encode(wide, "PNG", exif=exif),
        encode(GREY, "TIFF", exif=exif),
        encode(GREY, "TIFF", exif=exif, compression="tiff_lzw"),
        encode(GREY, "WEBP", exif=exif, lossless=True),
    ):
        np.testing.assert_array_equal(decode(data).pixels, TURNED[orientation])
    jpeg = decode(encode(GREY, "JPEG", exif=exif, quality=95))
    assert distance(jpeg, TURNED[orientation]) <= 10


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_damaged_exif_block_counts_as_upright() -> None:
    for block in (b"Exif\x00\x00nonsense", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00"):
        scan = decode(encode(GREY, "JPEG", exif=block, quality=95))
        assert distance(scan, GREY) <= 10


@pytest.mark.parametrize("file_format", ["TIFF", "PNG", "WEBP", "MPO"])
def test_first_frame_of_several(file_format: str) -> None:
    later = Image.fromarray(255 - GREY)
    options = {"quality": 95} if file_format == "MPO" else {}
    options |= {"lossless": True} if file_format == "WEBP" else {}
    data = encode(GREY, file_format, save_all=True, append_images=[later, later], **options)
    scan = decode(data)
    assert distance(scan, GREY) <= (10 if file_format == "MPO" else 0)
    assert scan.file_format == ("JPEG" if file_format == "MPO" else file_format)


def test_a_picture_of_many_strips_equals_its_parts() -> None:
    tall = np.tile(COLOUR, (60, 12, 1))  # 2,400 x 576 is more than one strip
    scan = decode(encode(tall, "TIFF"))
    np.testing.assert_array_equal(scan.pixels, np.tile(LUMA.astype(np.uint8), (60, 12)))
    part = decode(encode(COLOUR, "TIFF"))
    assert scan.colourfulness == pytest.approx(part.colourfulness, rel=1e-12)
    wide = np.tile((RAMP * 257).astype(np.uint16), (60, 12))
    np.testing.assert_array_equal(decode(make_tiff(wide)).pixels, np.tile(GREY, (60, 12)))


def test_pixels_cannot_be_written() -> None:
    for picture in (Image.fromarray(GREY), Image.fromarray(COLOUR), Image.fromarray(GREY > 9)):
        scan = decode(encode(picture, "PNG"))
        with pytest.raises(ValueError, match="read-only"):
            scan.pixels[0, 0] = 1


def test_a_scan_validates_itself_and_leaves_the_callers_array_alone() -> None:
    mine = GREY.copy()
    assert not Scan(mine, 0.0, "PNG", "L", 8).pixels.flags.writeable
    assert mine.flags.writeable
    for wrong in (GREY.astype(np.float32), COLOUR):
        with pytest.raises(ValueError, match="uint8 of shape"):
            Scan(wrong, 0.0, "PNG", "L", 8)


def test_threads_get_the_same_answers() -> None:
    pictures = [(GREY // (n + 1)).astype(np.uint8) for n in range(8)]
    files = [encode(picture, name) for picture in pictures for name in ("PNG", "TIFF", "BMP")]
    with ThreadPoolExecutor(4) as pool:
        scans = list(pool.map(decode, files * 3))
    for index, scan in enumerate(scans):
        np.testing.assert_array_equal(scan.pixels, pictures[index % len(files) // 3])


def test_decode_file(tmp_path: Path) -> None:
    path = tmp_path / "scan.jpeg"
    path.write_bytes(encode(GREY, "PNG"))  # content decides, not the name
    np.testing.assert_array_equal(decode_file(path).pixels, GREY)
    with pytest.raises(DecodeError, match=r"there is no file at .*nothing"):
        decode_file(tmp_path / "nothing.png")
    with pytest.raises(DecodeError, match="there is a folder at"):
        decode_file(tmp_path)


def test_decode_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(encode(GREY, "PNG"))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DecodeError, match=r"cannot be read \(Permission denied\)"):
        decode_file(path)


def test_constants() -> None:
    assert (module.MIN_SIDE, module.MAX_SIDE, module.MAX_BYTES) == (32, 8192, 2**28)
    assert FORMATS == ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
    assert set(EXTENSIONS) <= set(Image.registered_extensions())


def test_import_is_light() -> None:
    code = (
        "import sys, brain_tumor.imaging.decode;"
        "heavy = {'cv2', 'keras', 'tensorflow', 'scipy', 'streamlit', 'pandas'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
