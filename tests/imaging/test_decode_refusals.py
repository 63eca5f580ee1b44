"""What is refused, and how: limits, other kinds of file, damage."""

import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brain_tumor.errors import DecodeError, ImageTooLargeError, ImageTooSmallError
from brain_tumor.imaging import decode as module
from brain_tumor.imaging.decode import FORMATS, MAX_SIDE, Scan, decode, decode_file
from tests.imaging.image_files import encode, make_png, make_tiff, png_chunk, with_png_size

NOISE = np.random.default_rng(7).integers(0, 256, (40, 48, 3), dtype=np.uint8)
GREY = NOISE[..., 0]

SAMPLES = {
    "png": encode(NOISE, "PNG"),
    "png grey": encode(GREY, "PNG"),
    "png palette": encode(Image.fromarray(NOISE).quantize(64), "PNG", transparency=3),
    "png 16": encode(GREY.astype(np.uint16) * 257, "PNG"),
    "jpeg": encode(NOISE, "JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"),
    "jpeg progressive": encode(NOISE, "JPEG", progressive=True),
    "jpeg cmyk": encode(Image.fromarray(NOISE).convert("CMYK"), "JPEG"),
    "tiff": encode(NOISE, "TIFF"),
    "tiff lzw": encode(GREY, "TIFF", compression="tiff_lzw"),
    "tiff deflate 16": encode(
        GREY.astype(np.uint16) * 257, "TIFF", compression="tiff_adobe_deflate"
    ),
    "tiff float": make_tiff(GREY.astype(np.float32), sample_format=3),
    "bmp": encode(NOISE, "BMP"),
    "bmp palette": encode(GREY, "BMP"),
    "webp": encode(NOISE, "WEBP"),
    "webp lossless": encode(Image.fromarray(NOISE).convert("RGBA"), "WEBP", lossless=True),
}


def outcome(data: bytes) -> Scan | DecodeError:
    """The valid scan or the expected error; whatever else is raised fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about damaged tags before it gives up
        try:
            scan = decode(data)
        except DecodeError as error:
            return error
    assert scan.pixels.dtype == np.uint8
    assert min(scan.pixels.shape) >= module.MIN_SIDE
    assert 0.0 <= scan.colourfulness <= 1.0
    assert scan.file_format in FORMATS
    assert scan.bits in (1, 8, 16, 32)
    return scan


# Limits


@pytest.mark.parametrize("size", [(32, 32), (32, 8192), (8192, 32)])
def test_sizes_at_the_limits_are_read(size: tuple[int, int]) -> None:
    scan = decode(encode(Image.new("L", size, 9), "PNG"))
    assert (scan.width, scan.height) == size
    assert (scan.pixels == 9).all()


def test_the_largest_picture_is_read() -> None:
    scan = decode(encode(Image.new("1", (MAX_SIDE, MAX_SIDE), 1), "PNG", compress_level=1))
    assert scan.pixels.shape == (MAX_SIDE, MAX_SIDE)
    assert scan.pixels.min() == 255


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("size", [(31, 40), (40, 31), (1, 1)])
def test_smaller_is_refused(file_format: str, size: tuple[int, int]) -> None:
    data = encode(Image.new("L", size), file_format)
    with pytest.raises(ImageTooSmallError, match=f"32 to 8192 .* is {size[0]} x {size[1]}"):
        decode(data)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("size", [(8193, 32), (32, 8193), (8193, 1)])
def test_larger_is_refused(file_format: str, size: tuple[int, int]) -> None:
    data = encode(Image.new("L", size), file_format)
    with pytest.raises(ImageTooLargeError, match=f"32 to 8192 .* is {size[0]} x {size[1]}"):
        decode(data)


def test_sizes_are_refused_before_the_pixels_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    png = SAMPLES["png"]
    for width, height in ((8193, 8192), (9000, 9000)):
        with pytest.raises(ImageTooLargeError, match=f"is {width} x {height}"):
            decode(with_png_size(png, width, height))
    with pytest.raises(ImageTooSmallError, match="is 31 x 48"):
        decode(with_png_size(png, 31, 48))


@pytest.mark.parametrize("side", [10_000, 13_000, 50_000, 2**31 - 1])
@pytest.mark.parametrize("action", ["ignore", "error"])
def test_an_announced_giant_is_refused(side: int, action: str) -> None:
    # Pillow warns of the first two and refuses the others by itself.
    data = with_png_size(SAMPLES["png"], side, side)
    with warnings.catch_warnings():
        warnings.simplefilter(action)  # type: ignore[arg-type]
        with pytest.raises(ImageTooLargeError, match="32 to 8192 pixels wide and high"):
            decode(data)


def test_large_files_are_refused_unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = SAMPLES["png"]
    path = tmp_path / "scan.png"
    path.write_bytes(data)
    monkeypatch.setattr(module, "MAX_BYTES", len(data))
    assert decode_file(path).height == 40
    monkeypatch.setattr(module, "MAX_BYTES", len(data) - 1)
    for attempt in (lambda: decode(data), lambda: decode_file(path)):
        with pytest.raises(ImageTooLargeError, match="at most 0 MiB"):
            attempt()


# Other kinds of file

ISO = b"\x00\x00\x00\x18ftyp"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (bytes(128) + b"DICM\x02\x00", "a DICOM file"),
        (b"\x5c\x01\x00\x00" + bytes(340) + b"n+1\x00", "a NIfTI volume"),
        (b"\x5c\x01\x00\x00" + bytes(340) + b"ni1\x00", "a NIfTI header"),
        (b"\x1c\x02\x00\x00n+2\x00\r\n\x1a\n", "a NIfTI-2 volume"),
        (b"NRRD0004\n", "an NRRD volume"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"PK\x05\x06" + bytes(18), "an empty ZIP archive"),
        (b"Rar!\x1a\x07\x00", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\r\n  %PDF-1.4\n", "a PDF"),
        (ISO + b"heic\x00\x00\x00\x00", "a HEIC image"),
        (ISO + b"mif1\x00\x00\x00\x00", "a HEIC image"),
        (ISO + b"avif\x00\x00\x00\x00", "an AVIF image"),
        (ISO + b"isom\x00\x00\x02\x00", "a video"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg width="9"/>', "an SVG drawing"),
        (b"<!-- made by hand --><SVG/>", "an SVG drawing"),
        (b"<!DOCTYPE html><html><svg/></html>", "a web page"),
        (b"GIF89a" + bytes(20), "a GIF image"),
        (b"8BPS\x00\x01", "a Photoshop document"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
        (b"\xff\x4f\xff\x51\x00", "a JPEG 2000"),
        (b"\xff\x0a\x00\x10", "a JPEG XL image"),
        (b"\x93NUMPY\x01\x00", "a NumPy array file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 or MATLAB file"),
        (b"MATLAB 5.0 MAT-file", "a MATLAB file"),
    ],
)
def test_other_kinds_of_file_are_named(data: bytes, name: str) -> None:
    with pytest.raises(DecodeError, match=f"This looks like {name}.*PNG, JPEG, TIFF, BMP and WebP"):
        decode(data)


def test_an_empty_file_is_named() -> None:
    with pytest.raises(DecodeError, match=r"empty \(0 bytes\)"):
        decode(b"")


@pytest.mark.parametrize(
    "data", [b"x", b"hello, world", bytes(1000), b"<?xml version='1.0'?><note/>", b"RIFF1234WAVE"]
)
def test_unknown_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="another kind"):
        decode(data)


# Damage


@pytest.mark.parametrize("name", SAMPLES)
def test_the_undamaged_samples_are_read(name: str) -> None:
    scan = outcome(SAMPLES[name])
    assert isinstance(scan, Scan)
    assert scan.pixels.shape == (40, 48)
    assert scan.pixels.std() > 20


@pytest.mark.parametrize("name", SAMPLES)
def test_truncation_never_passes_for_a_picture(name: str) -> None:
    data = SAMPLES[name]
    cuts = sorted({*range(1, 40, 3), *(len(data) * part // 20 for part in range(1, 20))})
    for cut in cuts:
        assert isinstance(outcome(data[:cut]), DecodeError), f"cut at {cut} of {len(data)}"
    for cut in range(len(data) - 30, len(data)):  # the end mark alone may be missing
        outcome(data[:cut])


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_truncated_file_is_told_so() -> None:
    for name in ("png", "jpeg", "tiff", "bmp"):
        data = SAMPLES[name]
        with pytest.raises(DecodeError, match="ends before its image is complete"):
            decode(data[: len(data) * 3 // 4])


@pytest.mark.parametrize("name", SAMPLES)
def test_flipped_bits_end_in_a_scan_or_a_decode_error(name: str) -> None:
    rng = np.random.default_rng(len(name))
    data = SAMPLES[name]
    for trial in range(40):
        damaged = np.frombuffer(data, np.uint8).copy()
        # Half of the flips go to the header, where they do most.
        reach = min(len(data), 300) if trial % 2 else len(data)
        for at in rng.integers(0, reach, rng.integers(1, 6)):
            damaged[at] ^= 1 << rng.integers(0, 8)
        outcome(damaged.tobytes())


def test_random_bytes_after_a_right_mark_are_refused() -> None:
    rng = np.random.default_rng(3)
    for mark in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\x00", b"BM", b"RIFF1234WEBPVP8 "):
        for size in (0, 3, 50, 4000):
            assert isinstance(outcome(mark + rng.bytes(size)), DecodeError)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_no_message_quotes_the_file() -> None:
    secret = b"jOHn"
    files = [
        make_png((40, 40), 8, 0, b"", end=png_chunk(b"IEND", b"")).replace(b"IDAT", secret),
        SAMPLES["png"][:33] + b"\x00\x00\x00\x04" + secret + b"John" + bytes(4),
        SAMPLES["tiff"][:8] + secret * 40,
        b"BM" + secret * 40,
        b"\xff\xd8\xff\xe0" + secret * 40,
        secret * 40,
        b"%PDF-" + secret,
    ]
    for data in files:
        with pytest.raises(DecodeError) as caught:
            decode(data)
        told = "".join(traceback.format_exception(caught.value)).lower()
        assert "john" not in told


@pytest.mark.parametrize(
    "error", [OSError, SyntaxError, ValueError, KeyError, IndexError, OverflowError, TypeError]
)
def test_what_the_decoder_raises_becomes_a_decode_error(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error("broken")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(DecodeError, match=rf"PNG file is damaged.*\({error.__name__}\).*8-bit PNG"):
        decode(SAMPLES["png"])


def test_an_early_end_seen_by_the_decoder_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EOFError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(DecodeError, match="PNG file ends before its image is complete"):
        decode(SAMPLES["png"])


def test_want_of_memory_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(DecodeError, match="more memory than there is"):
        decode(SAMPLES["png"])


def test_unsupported_variants_are_refused() -> None:
    with pytest.raises(DecodeError, match="variant of TIFF"):
        decode(make_tiff(GREY.astype(np.float64), sample_format=3))
