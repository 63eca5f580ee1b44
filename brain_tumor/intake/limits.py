"""What one upload may hold, in one place. Every refusal names the limit that it rests on."""

from typing import Final

from brain_tumor.imaging.decode import MAX_BYTES, MAX_SIDE, MIN_SIDE

MAX_FILE_BYTES: Final = MAX_BYTES
"""Largest file, and largest member of an archive once unpacked."""

MAX_UPLOAD_BYTES: Final = 64 * 2**20
"""Largest file that a browser may send: ``server.maxUploadSize``, which counts each by itself. The
server holds it twice while it arrives. Larger ones are for the command line, or come packed."""

MAX_TOTAL_BYTES: Final = 192 * 2**20
"""All files of one upload together, archives unpacked. They stay in memory beside the app's own
400 MB, and small hosts grant 690 MB in all."""

MAX_FILES: Final = 2000
"""Files of one upload, and members of one archive."""

MAX_DIRECTORY_BYTES: Final = 4 * 2**20
"""Largest table of contents of a ZIP archive."""

MAX_EXPANSION: Final = 200
"""How many times its packed size a member of an archive may have, beyond ``FREE_EXPANSION``."""

FREE_EXPANSION: Final = 32 * 2**20
"""Unpacked bytes up to which the expansion does not count: an empty mask packs 1,000 to 1."""

MAX_FRAMES: Final = 2000
"""Frames of a DICOM file, and slices of a series."""

MAX_FRAME_SIDE: Final = MAX_SIDE
"""Longest side of a slice, in pixels."""

MIN_FRAME_SIDE: Final = MIN_SIDE
"""Shortest side of a slice as it is shown, in pixels."""

MAX_VOXELS: Final = 2**26
"""Voxels of one volume, or samples of one DICOM file: 512 x 512 x 256."""

MAX_TOTAL_VOXELS: Final = 2**27
"""Voxels of all volumes of one upload together."""

MAX_PARSER_READS: Final = 500_000
"""Reads that parsing one DICOM header may take, which bounds its elements and so its time."""

MAX_TAG_BYTES: Final = 1024
"""Longest plain DICOM value that is looked at; a longer one counts as absent."""

MAX_TABLE_BYTES: Final = 2**18
"""Longest colour table in a DICOM file."""

MAX_GROUPS_BYTES: Final = 8 * 2**20
"""Longest functional group sequence in a DICOM file."""

MAX_FRAGMENTS: Final = 50_000
"""Fragments of compressed DICOM pixel data."""

MAX_TILES: Final = 4096
"""Tiles of one JPEG 2000 frame."""

MAX_GZIP_MEMBERS: Final = 20_000
"""Parts of one gzip file; what follows them counts as absent."""

MIN_SPACING: Final = 0.01
MAX_SPACING: Final = 100.0
"""Millimetres between voxels that are believed."""


def mebibytes(count: int) -> str:
    """Write a number of bytes for a message."""
    return f"{count // 2**20} MiB"
