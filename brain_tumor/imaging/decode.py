"""From the bytes of an image file to one grey slice of 8 bits, the only way pixels come in."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

# The plugins of the accepted formats are imported here, once: otherwise the first TIFF or WebP
# makes Pillow import all of its fifty plugins, in whichever thread happens to come first.
from PIL import (
    BmpImagePlugin,
    Image,
    ImageChops,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from brain_tumor.errors import (
    DecodeError,
    ImageTooLargeError,
    ImageTooSmallError,
    IncidentalFileError,
)
from brain_tumor.imaging.file_type import foreign_type, image_format, is_document
from brain_tumor.imaging.large import one_large_at_a_time
from brain_tumor.imaging.window import row_blocks, window_to_uint8

MIN_SIDE: Final = 32
"""Smallest accepted width and height in pixels."""

MAX_SIDE: Final = 8192
"""Largest accepted width and height in pixels."""

MAX_BYTES: Final = 256 * 1024 * 1024
"""Largest accepted file, in encoded bytes."""

FORMATS: Final[tuple[str, ...]] = tuple(
    plugin.format
    for plugin in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        TiffImagePlugin.TiffImageFile,
        BmpImagePlugin.BmpImageFile,
        WebPImagePlugin.WebPImageFile,
    )
)
"""Pillow's names of the accepted formats: PNG, JPEG, TIFF, BMP, WEBP."""

EXTENSIONS: Final[tuple[str, ...]] = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
"""Usual endings of such files, for file choosers. ``decode`` itself goes by content alone."""

_WIDE_MODES: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
_ACCEPTED: Final = "Accepted are PNG, JPEG, TIFF, BMP and WebP images"

# All that Pillow was seen, or is documented, to raise on files that are damaged or that it does
# not support. Warning is here because an application may turn warnings into errors.
_UNREADABLE: Final[tuple[type[Exception], ...]] = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    EOFError,
    RuntimeError,
    Warning,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Scan:
    """One decoded slice.

    ``pixels`` is uint8 of shape (height, width), grey, 0 (black) to 255, read-only.
    ``colourfulness`` (0..1) is the mean over the pixels of (largest - smallest channel) / 255:
    0 for grey files, near 0 for a grey picture stored in colour.
    ``file_format`` is one of ``FORMATS``, ``source_mode`` Pillow's mode of the stored pixels
    ("L", "I;16", "RGB" ...), ``bits`` what a channel took in the file: 1 (bilevel), 8, 16 or
    32; 2 and 4 bits count as 8, and 12 as 16.
    """

    pixels: np.ndarray
    colourfulness: float
    file_format: str
    source_mode: str
    bits: int

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2:
            raise ValueError(
                "A scan's pixels must be uint8 of shape (height, width). "
                f"Received: {self.pixels.dtype} of shape {self.pixels.shape}."
            )
        if self.pixels.flags.writeable:
            view = self.pixels.view()
            view.setflags(write=False)
            object.__setattr__(self, "pixels", view)

    @property
    def height(self) -> int:
        """Rows of ``pixels``."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of ``pixels``."""
        return int(self.pixels.shape[1])


def decode_file(path: Path) -> Scan:
    """Read and ``decode`` one file. A missing or unreadable file is a ``DecodeError`` too."""
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no file"
        raise DecodeError(
            f"An image file is needed, but there is {found} at {path}. {_ACCEPTED}: check the path."
        )
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DecodeError(
            f"The image file {path} cannot be read ({error.strerror or type(error).__name__}). "
            "Check its permissions and that its disk is still there."
        ) from error
    return decode(data)


def announced_pixels(path: Path) -> int:
    """Return width times height as a file's header has it, without decoding any pixel.

    Raises ``DecodeError`` where there is no such header; ``decode_file`` says better what is wrong.
    """
    with _read_errors("image"), Image.open(path, formats=FORMATS) as image:
        return image.width * image.height


def decode(data: bytes) -> Scan:
    """Decode the bytes of a PNG, JPEG, TIFF, BMP or WebP file into a grey ``Scan``.

    - Of a file with several frames or pages, the first. A phone's MPO counts as JPEG.
    - EXIF (and TIFF) orientation is applied; an EXIF block that cannot be read counts as upright.
    - Colour becomes grey by the luma of ITU-R BT.601, (19595 R + 38470 G + 7471 B) / 65536
      rounded: three equal channels come through as exactly that channel. CMYK, YCbCr, Lab and
      palettes go through RGB first.
    - Transparent pixels are laid over black.
    - Grey of 16 or 32 bits and floating point is windowed, see ``window_to_uint8``. Grey of up
      to 8 bits is never stretched (fewer bits are spread over 0..255, bilevel is 0 and 255).
    - Colour, or grey with alpha, of 16 bits a channel keeps its upper 8 bits, as Pillow reads it.

    Width and height must be ``MIN_SIDE`` to ``MAX_SIDE`` pixels, checked in the header before
    any pixel is decoded; the file must have at most ``MAX_BYTES`` bytes.

    Raises ``ImageTooLargeError`` or ``ImageTooSmallError`` for these limits and ``DecodeError``
    (their base class) for all that is not a readable image. No message quotes the file's content.
    """
    kind = _accepted_kind(data)
    with _read_errors(kind):
        return _decode(data, kind)


def check_header(data: bytes) -> int:
    """Return width times height as the header has it, without decoding any pixel.

    What ``decode`` refuses without looking at pixels is refused here, by the same errors; damage
    further on in the file is not seen.
    """
    kind = _accepted_kind(data)
    with _read_errors(kind), Image.open(io.BytesIO(data), formats=(kind,)) as image:
        _check_size(*image.size)
        return image.width * image.height


def _accepted_kind(data: bytes) -> str:
    if len(data) == 0:
        raise DecodeError(
            f"The file is empty (0 bytes). {_ACCEPTED}: choose the file again or export it again."
        )
    if len(data) > MAX_BYTES:
        raise ImageTooLargeError(
            f"A file may have at most {MAX_BYTES // 2**20} MiB, but this one has more. "
            "Export the single slice, as PNG."
        )
    kind = image_format(data)
    if kind is None:
        raise _not_an_image(data)
    return kind


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the header says about the samples, read before Pillow drops it while decoding."""

    bits: int
    unsigned32: bool = False
    white_is_zero: bool = False


def _decode(data: bytes, kind: str) -> Scan:
    with Image.open(io.BytesIO(data), formats=(kind,)) as image:
        _check_size(*image.size)
        stored = _stored(image)
        with one_large_at_a_time(image.width * image.height):
            return _decode_pixels(image, kind, stored)


def _decode_pixels(image: ImageFile.ImageFile, kind: str, stored: _Stored) -> Scan:
    image.load()
    _apply_orientation(image)
    if image.mode in _WIDE_MODES:
        pixels, colourfulness = window_to_uint8(_wide_values(image, stored)), 0.0
        if stored.white_is_zero:
            np.subtract(255, pixels, out=pixels)
    else:
        pixels, colourfulness = _grey(image)
    return Scan(pixels, colourfulness, kind, image.mode, stored.bits)


def _stored(image: ImageFile.ImageFile) -> _Stored:
    if image.mode == "1":
        return _Stored(1)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        bits = max(tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
        return _Stored(
            bits=8 if bits <= 8 else 16 if bits <= 16 else 32,
            unsigned32=bits == 32 and tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))[0] == 1,
            # Pillow inverts such files of up to 8 bits itself, but not the wide ones.
            white_is_zero=tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0,
        )
    if isinstance(image, PngImagePlugin.PngImageFile):
        layout = str(image.tile[0].args)
        _scale_transparent_colour(image, layout)
        return _Stored(16 if "16" in layout else 8)
    return _Stored(8)


def _scale_transparent_colour(image: Image.Image, layout: str) -> None:
    # PNG names its transparent colour in the file's own depth, which Pillow keeps although it
    # scales the samples of 2, 4 and (in colour) 16 bits to 8.
    key = image.info.get("transparency")
    if layout in ("L;2", "L;4") and isinstance(key, int):
        image.info["transparency"] = min(key * (85 if layout == "L;2" else 17), 255)
    elif layout == "RGB;16B" and isinstance(key, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in key)


def _apply_orientation(image: Image.Image) -> None:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except _UNREADABLE:
        # Viewers show a picture whose EXIF block is damaged as it is stored; the pixels are sound.
        return


def _grey(image: Image.Image) -> tuple[np.ndarray, float]:
    """Pixels and colourfulness of an image of up to 8 bits a channel, strip by strip."""
    if image.mode == "L" and not image.has_transparency_data:
        return np.asarray(image), 0.0
    pixels = np.empty((image.height, image.width), np.uint8)
    spread = 0
    for rows in row_blocks(*pixels.shape):
        strip = _flat(_crop_rows(image, rows))
        pixels[rows] = np.asarray(strip.convert("L"))
        if strip.mode == "RGB":
            red, green, blue = (np.asarray(band) for band in strip.split())
            widest = np.maximum(np.maximum(red, green), blue)
            widest -= np.minimum(np.minimum(red, green), blue)
            spread += int(widest.sum(dtype=np.int64))
    return pixels, spread / (255.0 * pixels.size)


def _flat(strip: Image.Image) -> Image.Image:
    """The strip as "L" or "RGB", laid over black where it is transparent."""
    if strip.mode == "La":  # already multiplied by its alpha
        return strip.getchannel("L")
    if strip.has_transparency_data:
        strip = strip if strip.mode == "RGBA" else strip.convert("RGBA")
        alpha = strip.getchannel("A")
        if alpha.getextrema() == (255, 255):
            return strip.convert("RGB")
        colours = [ImageChops.multiply(band, alpha) for band in strip.split()[:3]]
        return Image.merge("RGB", colours)
    return strip.convert("L" if strip.mode in ("1", "L") else "RGB")


def _wide_values(image: Image.Image, stored: _Stored) -> np.ndarray:
    """The stored samples, shape (H, W), of a grey image of more than 8 bits."""
    values: np.ndarray | None = None
    for rows in row_blocks(image.height, image.width):
        strip = np.asarray(_crop_rows(image, rows))
        if values is None:
            values = np.empty((image.height, image.width), strip.dtype.newbyteorder("="))
        values[rows] = strip
    assert values is not None  # the size was checked: there is at least one strip
    key = image.info.get("transparency")
    if isinstance(key, int):
        values[values == key] = 0
    return values.view(np.uint32) if stored.unsigned32 and image.mode == "I" else values


def _crop_rows(image: Image.Image, rows: slice) -> Image.Image:
    if rows.stop - rows.start == image.height:
        return image
    return image.crop((0, rows.start, image.width, rows.stop))


def _check_size(width: int, height: int) -> None:
    rule = f"An image must be {MIN_SIDE} to {MAX_SIDE} pixels wide and high"
    if max(width, height) > MAX_SIDE:
        raise ImageTooLargeError(
            f"{rule}, but this one is {width} x {height}. Scale it down or crop it."
        )
    if min(width, height) < MIN_SIDE:
        raise ImageTooSmallError(
            f"{rule}, but this one is {width} x {height}. Export the slice at its full resolution."
        )


def _not_an_image(data: bytes) -> DecodeError:
    error = IncidentalFileError if is_document(data) else DecodeError
    known = foreign_type(data)
    if known is None:
        return error(
            f"{_ACCEPTED}, but this file is of another kind, whatever its name ends in. "
            "Export the slice as PNG."
        )
    what, remedy = known
    return error(f"This looks like {what}. {_ACCEPTED}. {remedy}")


@contextmanager
def _read_errors(kind: str) -> Iterator[None]:
    """Turn what Pillow raises on bad files into this package's errors.

    Pillow's own messages, and so the chained exceptions, are left out on purpose: some quote
    bytes of the file, and nothing of an uploaded file may reach a log.
    """
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageTooLargeError(
            f"An image must be {MIN_SIDE} to {MAX_SIDE} pixels wide and high, but this {kind} "
            "file announces far more. Scale it down or crop it."
        ) from None
    except MemoryError:
        raise DecodeError(
            f"Decoding this {kind} file needs more memory than there is. "
            "Scale it down, or try again when less is running."
        ) from None
    except _UNREADABLE as error:
        if isinstance(error, EOFError) or "truncated" in str(error).lower():
            raise DecodeError(
                f"The {kind} file ends before its image is complete. "
                "Copy or download it again, or export the slice again as PNG."
            ) from None
        raise DecodeError(
            f"The {kind} file is damaged, or uses a variant of {kind} that is not read here "
            f"({type(error).__name__}). Open it in an image viewer and export it as 8-bit PNG."
        ) from None
