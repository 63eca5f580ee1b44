"""From encoded DICOM pixel data to grey values, and from those to what a screen shows."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brain_tumor.errors import DicomError
from brain_tumor.imaging.window import row_blocks, window_to_uint8
from brain_tumor.intake import codecs
from brain_tumor.intake.dicom import NATIVE, DicomImage
from brain_tumor.intake.dicom_frames import VoiTable, Window
from brain_tumor.intake.dicom_values import quiet_pydicom
from brain_tumor.intake.guard import read_errors
from brain_tumor.intake.limits import MAX_FRAGMENTS

_ITEM: Final = b"\xfe\xff\x00\xe0"
_COLOURS: Final = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "PALETTE COLOR")


def stored_frames(image: DicomImage) -> Iterator[np.ndarray]:
    """Decode a file's frames, one after the other.

    Yields:
        Grey: the stored values (H, W), whole numbers, signed or not. Colour: RGB as uint8
        (H, W, 3), whatever it was stored as.

    Raises:
        DicomError: the pixel data are damaged, or of a kind that is not read.
    """
    samples = image.options["samples_per_pixel"]
    fits = samples == (1 if image.grey or image.photometric == "PALETTE COLOR" else 3)
    if not fits or (not image.grey and image.photometric not in _COLOURS):
        raise DicomError(
            "DICOM pixels must be grey or of a palette with one sample each, or RGB or YBR with "
            "three, but this file has others. "
            "Export it again as 16-bit grey."
        )
    encoded = image.pixels
    if image.transfer_syntax not in NATIVE and encoded.count(_ITEM) > MAX_FRAGMENTS:
        raise DicomError(
            f"Compressed DICOM pixels may have at most {MAX_FRAGMENTS} fragments, but these have "
            "more. Export the file again, uncompressed."
        )
    with read_errors("DICOM file", DicomError):
        count = 0
        for frame in _decoded(image, encoded):
            count += 1
            yield _colour(frame, image) if not image.grey else frame
        if count < len(image.frames):
            raise _cut_short()


def _decoded(image: DicomImage, encoded: bytes) -> Iterator[np.ndarray]:
    quiet_pydicom()
    from pydicom.pixels.decoders.base import get_decoder

    options = {**image.options, "pixel_keyword": "PixelData"}
    native = image.transfer_syntax in NATIVE
    if native:
        if len(encoded) < _native_bytes(image):
            raise _cut_short()
        # The VR decides on the byte order of 8-bit samples alone.
        options["pixel_vr"] = "OW" if options["bits_allocated"] > 8 else "OB"
    else:
        codecs.register()
        encoded = _clean(image, encoded)
    options["photometric_interpretation"] = image.photometric
    frames = get_decoder(image.transfer_syntax).iter_array(
        encoded,
        decoding_plugin="" if native else codecs.PLUGIN,
        allow_excess_frames=False,
        **options,
    )
    for frame, _ in frames:
        yield frame


def _clean(image: DicomImage, encoded: bytes) -> bytes:
    """The encoded frames, each as ``codecs.code_stream`` leaves it."""
    from pydicom.encaps import encapsulate, generate_frames

    count = len(image.frames)
    frames = islice(generate_frames(encoded, number_of_frames=count), count)
    return encapsulate([codecs.code_stream(one, image.transfer_syntax) for one in frames])


def _native_bytes(image: DicomImage) -> int:
    samples = image.rows * image.columns * len(image.frames) * image.options["samples_per_pixel"]
    bits = image.options["bits_allocated"]
    if image.photometric == "YBR_FULL_422":
        samples = samples * 2 // 3
    return math.ceil(samples * bits / 8)


def _cut_short() -> DicomError:
    return DicomError("This DICOM file ends before its image is complete. Copy or export it again.")


def _colour(frame: np.ndarray, image: DicomImage) -> NDArray[np.uint8]:
    """RGB of 8 bits from what the decoder gives."""
    bits = image.options["bits_stored"]
    if image.photometric == "PALETTE COLOR":
        frame, bits = _look_up(frame, image), 16
    if bits > 8:
        frame = frame.astype(np.int64) >> (bits - 8)
    return np.clip(frame, 0, 255).astype(np.uint8)


def _look_up(frame: np.ndarray, image: DicomImage) -> NDArray[np.uint16]:
    """Apply the palette (PS3.3 C.7.6.3.1.5): 16 bits, whatever it was stored in."""
    if image.palette is None:
        raise DicomError(
            "A DICOM palette image must bring its three colour tables, but this one does not. "
            "Export it again as RGB or grey."
        )
    channels = []
    for (entries, first, depth), data in image.palette:
        entries = entries or 2**16
        wide = len(data) >= 2 * entries
        table = np.frombuffer(data[: len(data) // 2 * 2 if wide else None], "<u2" if wide else "u1")
        narrow = not wide or depth <= 8
        values = ((table & 0xFF).astype(np.uint32) * 257 if narrow else table).astype(np.uint16)
        channels.append(values[np.clip(frame.astype(np.int64) - first, 0, values.size - 1)])
    return np.stack(channels, axis=-1)


def to_grey(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Return the luma of uint8 (H, W, 3) as in ``imaging.decode``, and the colourfulness 0..1."""
    grey = np.asarray(Image.fromarray(rgb).convert("L"), dtype=np.uint8)
    red, green, blue = (rgb[..., channel] for channel in range(3))
    widest = np.maximum(np.maximum(red, green), blue)
    widest -= np.minimum(np.minimum(red, green), blue)
    return grey, float(widest.mean(dtype=np.float64)) / 255.0


def display(
    stored: np.ndarray,
    slope: float,
    intercept: float,
    window: Window | VoiTable | None,
    inverted: bool,
) -> NDArray[np.uint8]:
    """Map stored grey values to the screen.

    Args:
        stored: (H, W) or (N, H, W), any real dtype.
        slope: modality value = slope · stored + intercept.
        intercept: see ``slope``.
        window: or VOI table, on modality values; None for the window that ``window_to_uint8``
            finds over all.
        inverted: whether low values are white (MONOCHROME1).

    Returns:
        uint8 of the same shape.
    """
    flat = stored.reshape(-1, stored.shape[-1])
    if window is None:
        # That window does not change with a positive scale, so there is no need to apply one.
        out = window_to_uint8(flat)
        inverted = inverted != (slope < 0)
    else:
        out = np.empty(flat.shape, np.uint8)
        for rows in row_blocks(*flat.shape):
            values = flat[rows].astype(np.float64) * slope + intercept
            if isinstance(window, VoiTable):
                out[rows] = apply_table(values, window)
            else:
                out[rows] = apply_window(values, window)
    if inverted:
        np.subtract(255, out, out=out)
    return out.reshape(stored.shape)


def apply_table(values: NDArray[np.float64], table: VoiTable) -> NDArray[np.uint8]:
    """Look values up in a VOI table (PS3.3 C.11.2.1.1): 0..255."""
    shown = np.frombuffer(table.shown, np.uint8)
    place = np.rint(np.nan_to_num(values) - table.first)
    return shown[np.clip(place, 0, shown.size - 1).astype(np.intp)]


def apply_window(values: NDArray[np.float64], window: Window) -> NDArray[np.uint8]:
    """Apply the VOI function of PS3.3 C.11.2.1.2 (LINEAR) or C.11.2.1.3: 0..255, rounded."""
    center, width = window.center, window.width
    with np.errstate(over="ignore", invalid="ignore"):
        if window.function == "SIGMOID":
            shown = 1.0 / (1.0 + np.exp(-4.0 * (values - center) / width))
        elif window.function == "LINEAR_EXACT":
            shown = (values - center) / width + 0.5
        elif width > 1:
            shown = (values - (center - 0.5)) / (width - 1) + 0.5
        else:
            shown = (values > center - 0.5).astype(np.float64)
    return np.rint(np.clip(np.nan_to_num(shown), 0.0, 1.0) * 255.0).astype(np.uint8)
