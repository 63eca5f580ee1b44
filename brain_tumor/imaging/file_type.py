"""What kind of file some bytes are, from their first bytes and never from a file name."""

from typing import Final

_HEAD_BYTES: Final = 1024
"""How far a PDF's mark and the first element of an XML text are looked for."""

_IMAGE_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II\x2a\x00", "TIFF"),
    (b"MM\x00\x2a", "TIFF"),
    (b"II\x2b\x00", "TIFF"),  # BigTIFF
    (b"MM\x00\x2b", "TIFF"),
    (b"BM", "BMP"),
)

_EXPORT: Final = "Open it in the program that made it and export the slice as PNG."
_VIEWER: Final = (
    "Open it in a DICOM or NIfTI viewer, choose one slice and export that slice as PNG "
    "without the patient's name."
)
_UNPACK: Final = "Unpack it and choose one image from it; from a document, export the slice as PNG."
_CONVERT: Final = "Convert it to PNG with an image viewer."

_FOREIGN_MAGIC: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (128, b"DICM", "a DICOM file", _VIEWER),
    (344, b"n+1\x00", "a NIfTI volume", _VIEWER),
    (344, b"ni1\x00", "a NIfTI header", _VIEWER),
    (4, b"n+2\x00\r\n\x1a\n", "a NIfTI-2 volume", _VIEWER),
    (4, b"ni2\x00\r\n\x1a\n", "a NIfTI-2 header", _VIEWER),
    (0, b"NRRD0", "an NRRD volume", _VIEWER),
    (0, b"\x1f\x8b", "a gzip file (perhaps a compressed NIfTI volume)", _VIEWER),
    (0, b"PK\x03\x04", "a ZIP archive or an office document", _UNPACK),
    (0, b"PK\x05\x06", "an empty ZIP archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"GIF8", "a GIF image", _CONVERT),
    (0, b"8BPS", "a Photoshop document", _EXPORT),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image", _CONVERT),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 code stream", _CONVERT),
    (0, b"\xff\x0a", "a JPEG XL image", _CONVERT),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL image", _CONVERT),
    (0, b"\x93NUMPY", "a NumPy array file", "Save the slice as a 16-bit or 8-bit PNG."),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 or MATLAB file", "Save the slice as PNG."),
    (0, b"MATLAB 5.0", "a MATLAB file", "Save the slice as PNG."),
)

_FTYP_BRANDS: Final[dict[bytes, tuple[str, str]]] = {
    b"avif": ("an AVIF image", _CONVERT),
    b"avis": ("an AVIF image", _CONVERT),
    b"heic": ("a HEIC image", _CONVERT),
    b"heix": ("a HEIC image", _CONVERT),
    b"heim": ("a HEIC image", _CONVERT),
    b"heis": ("a HEIC image", _CONVERT),
    b"hevc": ("a HEIC image", _CONVERT),
    b"hevx": ("a HEIC image", _CONVERT),
    b"mif1": ("a HEIC image", _CONVERT),
    b"msf1": ("a HEIC image", _CONVERT),
}


def image_format(data: bytes) -> str | None:
    """Name the image format that ``data`` starts with: "PNG", "JPEG", "TIFF", "BMP" or "WEBP".

    ``None`` when it is none of these. Only the mark at the start is looked at: the rest of the
    file may still be damaged.
    """
    for magic, name in _IMAGE_MAGIC:
        if data[: len(magic)] == magic:
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def foreign_type(data: bytes) -> tuple[str, str] | None:
    """Recognise a file that people offer by mistake: what it is, and how to get an image from it.

    Returns a pair like ``("a PDF", "Open it … and export the slice as PNG.")``, or ``None`` for
    bytes that match nothing known.
    """
    for offset, magic, what, remedy in _FOREIGN_MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return what, remedy
    if data[4:8] == b"ftyp":
        return _FTYP_BRANDS.get(data[8:12], ("a video", "Export one frame of it as PNG."))
    return _foreign_text(data[:_HEAD_BYTES])


def is_document(data: bytes) -> bool:
    """Say whether bytes start like text of any kind, a PDF among it: what lies beside scans."""
    head = data[:_HEAD_BYTES]
    if b"%PDF-" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"  # a letter that the cut parted
    return True


def _foreign_text(head: bytes) -> tuple[str, str] | None:
    if b"%PDF-" in head:
        return "a PDF", _EXPORT
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page", "Save the image itself, not the page it is shown on."
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!")) and b"<svg" in text):
        return "an SVG drawing", _EXPORT
    return None
