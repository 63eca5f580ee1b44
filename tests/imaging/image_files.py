"""Image files made by hand, for the variants that Pillow reads but does not write."""

import io
import struct
import zlib
from typing import Any, Literal

import numpy as np
from PIL import Image


def encode(image: Image.Image | np.ndarray, file_format: str, **options: Any) -> bytes:
    """Save an image with Pillow, in memory."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def make_png(
    size: tuple[int, int], depth: int, colour: int, rows: bytes, *extra: bytes, end: bytes = b""
) -> bytes:
    """A PNG of (width, height) whose packed ``rows`` (each with its filter byte) are given."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            *extra,
            png_chunk(b"IDAT", zlib.compress(rows)),
            end or png_chunk(b"IEND", b""),
        )
    )


def png_of_samples(samples: np.ndarray, depth: int, colour: int, *extra: bytes) -> bytes:
    """A PNG from samples of shape (H, W) or (H, W, C); depth 2, 4, 8 or 16 bits."""
    height, width = samples.shape[:2]
    flat = samples.reshape(height, -1)
    if depth == 16:
        packed = flat.astype(">u2").view(np.uint8)
    elif depth == 8:
        packed = flat.astype(np.uint8)
    else:
        bits = np.unpackbits(flat.astype(np.uint8)[..., None], axis=-1)[..., 8 - depth :]
        packed = np.packbits(bits.reshape(height, -1), axis=-1)
    rows = b"".join(b"\x00" + row.tobytes() for row in packed)
    return make_png((width, height), depth, colour, rows, *extra)


def make_tiff(
    samples: np.ndarray,
    *,
    order: Literal["<", ">"] = "<",
    photometric: int = 1,
    sample_format: int = 1,
) -> bytes:
    """An uncompressed one-strip TIFF from samples of shape (H, W) or (H, W, C), any byte order."""
    height, width = samples.shape[:2]
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    bits = samples.dtype.itemsize * 8
    body = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    short, long = 3, 4
    count = 10
    after = 8 + 2 + 12 * count + 4  # the lists that do not fit into a tag, then the pixels
    tags: list[tuple[int, int, tuple[int, ...]]] = [
        (256, long, (width,)),
        (257, long, (height,)),
        (258, short, (bits,) * channels),
        (259, short, (1,)),
        (262, short, (photometric,)),
        (273, long, (0,)),
        (277, short, (channels,)),
        (278, long, (height,)),
        (279, long, (len(body),)),
        (339, short, (sample_format,) * channels),
    ]
    extra = b""
    where = {}
    for tag, kind, values in tags:
        packed = struct.pack(f"{order}{len(values)}{'HI'[kind - short]}", *values)
        if len(packed) > 4:
            where[tag] = struct.pack(f"{order}I", after + len(extra))
            extra += packed
        else:
            where[tag] = packed.ljust(4, b"\x00")
    where[273] = struct.pack(f"{order}I", after + len(extra))
    mark = b"II" if order == "<" else b"MM"
    parts = [mark + struct.pack(f"{order}HIH", 42, 8, count)]
    for tag, kind, values in tags:
        parts.append(struct.pack(f"{order}HHI", tag, kind, len(values)) + where[tag])
    return b"".join(parts) + struct.pack(f"{order}I", 0) + extra + body


def with_png_size(data: bytes, width: int, height: int) -> bytes:
    """The PNG with another size in its header (and a right checksum), its pixels left alone."""
    header = struct.pack(">II", width, height) + data[24:29]
    return data[:8] + png_chunk(b"IHDR", header) + data[33:]
