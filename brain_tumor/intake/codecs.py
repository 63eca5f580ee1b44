"""Compressed DICOM frames, decoded by imagecodecs as a plug-in of pydicom.

imagecodecs (BSD) brings libjpeg-turbo, CharLS and OpenJPEG, and no copyleft code. Each frame's own
header is compared with the data set's before a decoder sees it: a code stream may announce far
more pixels than the file does.
"""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from brain_tumor.errors import DicomError
from brain_tumor.intake.limits import MAX_TILES

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import DecodeRunner

PLUGIN: Final = "imagecodecs"

JPEG: Final = (
    "1.2.840.10008.1.2.4.50",  # baseline, 8 bits
    "1.2.840.10008.1.2.4.51",  # extended, 12 bits
    "1.2.840.10008.1.2.4.57",  # lossless
    "1.2.840.10008.1.2.4.70",  # lossless, first predictor
)
JPEG_LS: Final = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000: Final = (
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.201",  # high throughput
    "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.203",
)
RLE: Final = ("1.2.840.10008.1.2.5",)
COMPRESSED: Final = (*JPEG, *JPEG_LS, *JPEG_2000, *RLE)
"""Transfer syntaxes that this plug-in decodes."""

DECODER_DEPENDENCIES: Final = dict.fromkeys(COMPRESSED, ("imagecodecs",))
"""Asked for by pydicom."""

_PROCESSES: Final = frozenset({0xC0, 0xC1, 0xC3, 0xF7})  # baseline, extended, lossless, JPEG-LS
_MAX_SCANS: Final = 8
_J2K_START: Final = b"\xff\x4f\xff\x51"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class StreamSize:
    """What the header of a code stream announces."""

    width: int
    height: int
    components: int


def register() -> None:
    """Make pydicom decode with imagecodecs. Can be called again, and from any thread."""
    from pydicom.pixels.decoders.base import get_decoder

    with _lock:
        for uid in COMPRESSED:
            decoder = get_decoder(uid)
            if PLUGIN not in decoder.available_plugins:
                decoder.add_plugin(PLUGIN, (__name__, "decode_frame"))


def is_available(uid: str) -> bool:
    """Say whether a transfer syntax is decoded here: the plug-in's contract with pydicom."""
    return uid in COMPRESSED


def code_stream(src: bytes, uid: str) -> bytes:
    """Return a frame's code stream in a form that no reader stumbles over.

    - JPEG 2000: without what may lie around it, which DICOM asks to ignore, and whose boxes of no
      length keep pydicom 3.0 reading for ever.
    - JPEG-LS: with a second end mark. CharLS 2.4 takes seconds over some damaged streams that end
      without one.

    Raises ``DicomError`` where there is no JPEG 2000 code stream.
    """
    if uid in JPEG_LS:
        return src + b"\xff\xd9"
    if uid not in JPEG_2000:
        return src
    start = src.find(_J2K_START)
    if start < 0:
        raise _no_jpeg_2000()
    return src[start:]


def decode_frame(src: bytes, runner: "DecodeRunner") -> bytearray:
    """Decode one frame: the plug-in's contract with pydicom.

    Args:
        src: the frame's code stream.
        runner: what the data set says of the frame; told what differs in the result.

    Returns:
        The samples, colour by pixel but for RLE (colour by plane), little endian.

    Raises:
        DicomError: the stream is damaged, or is not of the size that the data set states.
    """
    uid = str(runner.transfer_syntax)
    if uid in RLE:
        return _decode_rle(src, runner)
    if uid in JPEG_2000:
        frame = _decode_jpeg_2000(src, runner)
    else:
        frame = _decode_jpeg(src, runner, lossless_ls=uid in JPEG_LS)
    expected = (runner.rows, runner.columns, runner.samples_per_pixel)
    if frame.reshape((*frame.shape, 1)[:3]).shape != expected:
        raise _mismatch()
    runner.set_option("bits_allocated", frame.dtype.itemsize * 8)
    if runner.samples_per_pixel > 1:
        runner.set_option("planar_configuration", 0)
    return bytearray(frame.tobytes())


def _decode_jpeg(src: bytes, runner: "DecodeRunner", lossless_ls: bool) -> np.ndarray:
    import imagecodecs

    _check_size(jpeg_size(src), runner)
    if lossless_ls:
        return np.asarray(imagecodecs.jpegls_decode(src))
    if runner.samples_per_pixel == 1:
        return np.asarray(imagecodecs.jpeg8_decode(src))
    stored = "RGB" if runner.photometric_interpretation == "RGB" else "YCBCR"
    runner.set_option("photometric_interpretation", "RGB")
    return np.asarray(imagecodecs.jpeg8_decode(src, colorspace=stored, outcolorspace="RGB"))


def _decode_jpeg_2000(src: bytes, runner: "DecodeRunner") -> np.ndarray:
    import imagecodecs

    _check_size(jpeg_2000_size(src), runner)
    frame = np.asarray(imagecodecs.jpeg2k_decode(src, numthreads=1))
    if runner.photometric_interpretation in ("YBR_ICT", "YBR_RCT"):
        runner.set_option("photometric_interpretation", "RGB")
    return frame


def _decode_rle(src: bytes, runner: "DecodeRunner") -> bytearray:
    """PackBits, one segment a byte of a sample, most significant first (PS3.5 annex G)."""
    import imagecodecs

    pixels = runner.rows * runner.columns
    depth = runner.bits_allocated // 8
    count = depth * runner.samples_per_pixel
    header = np.frombuffer(src[:64].ljust(64, b"\0"), "<u4")
    if len(src) < 64 or header[0] != count or count > 15:
        raise DicomError(
            "A run-length coded DICOM frame must have one segment for each byte of a pixel, but "
            "this one has not. Export it again, uncompressed."
        )
    ends = [*(int(offset) for offset in header[2 : count + 1]), len(src)]
    planes = np.zeros((runner.samples_per_pixel, pixels, depth), np.uint8)
    for index, (start, end) in enumerate(zip(header[1 : count + 1], ends, strict=True)):
        sample, byte = divmod(index, depth)
        # Into a buffer of the right size: a segment of runs can grow to 64 times its length.
        plane = bytearray(pixels)
        if len(imagecodecs.packbits_decode(src[int(start) : end], out=plane)) < pixels:
            raise EOFError
        planes[sample, :, depth - 1 - byte] = np.frombuffer(plane, np.uint8)
    if runner.samples_per_pixel > 1:
        runner.set_option("planar_configuration", 1)
    return bytearray(planes.tobytes())


def jpeg_size(src: bytes) -> StreamSize:
    """Read the size from the first frame header of a JPEG or JPEG-LS code stream.

    Raises ``DicomError`` where there is none, or where it is of a process that DICOM does not use.
    """
    at = 2
    while src[:2] == b"\xff\xd8" and at + 10 <= len(src) and src[at] == 0xFF:
        marker = src[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _PROCESSES:
            if src.count(b"\xff\xda") > _MAX_SCANS:
                break
            return StreamSize(
                width=int.from_bytes(src[at + 7 : at + 9], "big"),
                height=int.from_bytes(src[at + 5 : at + 7], "big"),
                components=src[at + 9],
            )
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xCC):
            break
        else:
            at += 2 + int.from_bytes(src[at + 2 : at + 4], "big")
    raise DicomError(
        "A compressed DICOM frame must hold a baseline, extended or lossless JPEG image, but this "
        "one is damaged or of another process. Export it again, uncompressed."
    )


def jpeg_2000_size(stream: bytes) -> StreamSize:
    """Read the size from the header of a JPEG 2000 code stream.

    Raises ``DicomError`` where there is none, or more tiles than ``MAX_TILES``.
    """
    if stream[:4] != _J2K_START or len(stream) < 42:
        raise _no_jpeg_2000()
    x1, y1, x0, y0, tile_x, tile_y = (int(n) for n in np.frombuffer(stream[8:32], ">u4"))
    tiles = -(-x1 // max(1, tile_x)) * -(-y1 // max(1, tile_y))
    if tiles > MAX_TILES:
        raise DicomError(
            f"A JPEG 2000 frame may have at most {MAX_TILES} tiles, but this one has {tiles}. "
            "Export it again, uncompressed."
        )
    return StreamSize(x1 - x0, y1 - y0, int.from_bytes(stream[40:42], "big"))


def _check_size(size: StreamSize, runner: "DecodeRunner") -> None:
    expected = StreamSize(runner.columns, runner.rows, runner.samples_per_pixel)
    if size != expected:
        raise _mismatch()


def _mismatch() -> DicomError:
    return DicomError(
        "A compressed DICOM frame must have the size that the file states, but this one has "
        "another. The file is damaged: export it again."
    )


def _no_jpeg_2000() -> DicomError:
    return DicomError(
        "A compressed DICOM frame must hold a JPEG 2000 image, but this one is damaged. "
        "Export it again, uncompressed."
    )
