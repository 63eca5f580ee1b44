"""Damaged files in number, from a seed: sound ones cut, flipped, mixed up, and bombs.

As a program, ``python -m tests.intake.damaged --count 2000 --seed 1``, it reads them all and
prints what came of them as JSON. A program of its own, because a fault in a native decoder ends
the process, and because its memory is then its own.
"""

import argparse
import contextlib
import gzip
import io
import json
import re
import signal
import struct
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import pydicom

from brain_tumor import errors
from brain_tumor.imaging.decode import MIN_SIDE
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Intake, Study, scan_of
from brain_tumor.intake.volume import Volume, usable_planes
from tests.imaging.image_files import encode
from tests.intake.files import (
    BUNDLED,
    axial_series,
    dicom_dataset,
    make_dicom,
    make_nifti,
    make_zip,
    phantom,
    saved,
)

SECONDS = 5
"""Time that one file may take."""

LARGEST = 400_000
"""Bundled files beyond this are left out: damage is the same in small ones, and quicker."""


@dataclass(frozen=True)
class Report:
    """What came of a corpus: every file counts under one outcome."""

    outcomes: dict[str, int]
    slowest: float
    slowest_file: str
    peak_mib: int
    seconds: float


def sound_files() -> dict[str, bytes]:
    """Files to damage, small ones of every kind that is read."""
    block = phantom()
    files = {
        path.name: path.read_bytes()
        for path in sorted(BUNDLED.glob("*.dcm"))
        if path.stat().st_size <= LARGEST
    }
    files["DICOMDIR"] = (BUNDLED / "dicomdirtests" / "DICOMDIR").read_bytes()
    files["slice.dcm"] = make_dicom(block[20], WindowCenter="400", WindowWidth="700")
    files["frames.dcm"] = make_dicom(block, PixelSpacing=[1, 1], SliceThickness=2)
    deflated = dicom_dataset(block[20])
    deflated.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    files["deflated.dcm"] = saved(deflated)
    files["brain.nii"] = make_nifti(block)
    files["brain2.nii"] = make_nifti(block.astype(np.float32), version=2)
    files["brain.nii.gz"] = gzip.compress(make_nifti(np.stack([block] * 3, axis=-1)), mtime=0)
    series = {f"IM{i}": data for i, data in enumerate(axial_series(block[:4]))}
    files["series.zip"] = make_zip(series)
    files["stored.zip"] = make_zip(series, zipfile.ZIP_STORED)
    picture = block[20].astype(np.uint8)
    for kind in ("PNG", "JPEG", "TIFF", "BMP", "WEBP"):
        files[f"scan.{kind.lower()}"] = encode(picture, kind)
    return files


def damaged_files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield ``count`` files, each with a name that says what was done to it."""
    rng = np.random.default_rng(seed)
    sound = sound_files()
    names = sorted(sound)
    yielded = 0
    for name, data in bombs():
        if yielded < count:
            yielded += 1
            yield name, data
    while yielded < count:
        name = names[yielded % len(names)]
        done, data = _damage(sound[name], sound[str(rng.choice(names))], rng)
        yielded += 1
        yield f"{yielded}-{done}-{name}", data


def _damage(data: bytes, other: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """One kind of damage, at a random place."""
    size = len(data)
    kind = str(
        rng.choice(
            ["cut", "flip", "flip-head", "splice", "zeros", "tag", "repeat", "head", "noise"]
        )
    )
    if kind == "cut":
        return kind, data[: rng.integers(0, size)]
    if kind == "splice":
        return kind, data[: rng.integers(0, size)] + other[rng.integers(0, len(other)) :]
    if kind == "head":
        return kind, other[:132] + data[132:]
    if kind == "repeat":
        start = int(rng.integers(0, size))
        return kind, data[:start] + data[start : start + 64] * 50 + data[start:]
    if kind == "noise":
        return kind, data[: rng.integers(0, min(size, 400))] + rng.bytes(2000)
    changed = np.frombuffer(data, np.uint8).copy()
    if kind == "zeros":
        start = int(rng.integers(0, size))
        changed[start : start + int(rng.integers(1, 200))] = 0
    elif kind == "tag":
        _absurd_tag(changed, rng)
    else:
        reach = min(size, 2000) if kind == "flip-head" else size
        for at in rng.integers(0, reach, int(rng.integers(1, 12))):
            changed[at] ^= 1 << int(rng.integers(0, 8))
    return kind, changed.tobytes()


def _absurd_tag(changed: np.ndarray, rng: np.random.Generator) -> None:
    """Write an extreme value over one of the elements that describe the pixels."""
    raw = changed.tobytes()
    elements = [0x02, 0x04, 0x06, 0x08, 0x10, 0x11, 0x30, 0x00, 0x01, 0x02, 0x03, 0x50, 0x51, 0x53]
    for element in rng.permutation(elements):
        at = raw.find(bytes([0x28, 0x00, int(element), 0x00 if element < 0x54 else 0x10]))
        if 0 <= at < len(raw) - 12:
            value = rng.choice([b"\xff\xff", b"\x00\x00", b"\x01\x00", b"\x00\x80", b"\xff\x7f"])
            changed[at + 8 : at + 10] = np.frombuffer(bytes(value).ljust(2, b"\0"), np.uint8)
            return


def bombs() -> Iterator[tuple[str, bytes]]:
    """Files that promise or hold far more than they are."""
    block = phantom()
    plain = block[20]
    zeros = bytes(30_000_000)
    yield "empty", b""
    for name in ("empty.dcm", "empty.zip", "empty.nii.gz", "empty.png"):
        yield name, b""
    yield "gzip-bomb.nii.gz", gzip.compress(make_nifti(block)[:352] + zeros)
    giant = make_nifti(block)
    shape = struct.pack("<8h", 3, 32767, 32767, 32767, 1, 1, 1, 1)
    yield "giant.nii", giant[:40] + shape + giant[56:]
    yield "giant.nii.gz", gzip.compress(giant[:40] + shape + giant[56:])
    yield "gzip-gzip.nii.gz", gzip.compress(gzip.compress(giant))
    yield "gzip-members.gz", gzip.compress(b"") * 30_000
    for rows, frames in ((65535, 1), (8192, 2000), (64, 2**31 - 1), (8000, 1)):
        tags = {"Rows": rows, "Columns": rows, "NumberOfFrames": frames}
        yield f"giant-{rows}-{frames}.dcm", make_dicom(plain, **tags)
    deflated = dicom_dataset(plain, PixelData=zeros)
    deflated.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    yield "deflated-bomb.dcm", saved(deflated)
    runs = struct.pack("<16I", 2, 64, 5_000_064, *([0] * 13)) + b"\x81\x00" * 5_000_000
    for syntax, stream in ((pydicom.uid.RLELossless, runs), *_lying_streams()):
        liar = dicom_dataset(plain)
        liar.file_meta.TransferSyntaxUID = syntax
        liar.PixelData = pydicom.encaps.encapsulate([stream])
        liar["PixelData"].VR = "OB"
        yield f"liar-{syntax.keyword}.dcm", saved(liar)
    element = b"\x08\x00\x05\x00CS\x02\x00  "
    yield "elements.dcm", bytes(128) + b"DICM" + element * 300_000
    nested = b"\xfe\xff\x00\xe0\xff\xff\xff\xff\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff"
    yield "nested.dcm", bytes(128) + b"DICM\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + nested * 20_000
    yield "zip-bomb.zip", make_zip({"bomb": zeros * 2})
    yield "zip-slip.zip", make_zip({"../../etc/cron.d/x": b"x", "/root/x": b"x", "C:\\x": b"x"})
    inner = make_zip({"bomb": zeros})
    for _ in range(5):
        inner = make_zip({"inner.zip": inner})
    yield "nested.zip", inner
    yield "many.zip", make_zip({str(i): b"" for i in range(5000)}, zipfile.ZIP_STORED)
    for name in ("scan.dcm", "scan.nii.gz", "scan.zip", "scan"):
        yield f"wrong-ending-{name}", encode(plain.astype(np.uint8), "PNG")
    yield "wrong-ending.png", make_dicom(plain)


def _lying_streams() -> list[tuple[pydicom.uid.UID, bytes]]:
    import imagecodecs

    large = np.zeros((6000, 6000), np.uint8)
    return [
        (pydicom.uid.JPEGBaseline8Bit, bytes(imagecodecs.jpeg8_encode(large))),
        (pydicom.uid.JPEGLSLossless, bytes(imagecodecs.jpegls_encode(large))),
        (pydicom.uid.JPEG2000Lossless, bytes(imagecodecs.jpeg2k_encode(large, codecformat="J2K"))),
    ]


class TooSlowError(BaseException):
    """A file took longer than ``SECONDS``. Not an ``Exception``: readers would swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End what takes too long. A native decoder is ended only once it returns, or told of after."""

    def ring(signum: int, frame: FrameType | None) -> None:
        raise TooSlowError

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # Compiled code may drop the exception that the signal raised while it made one of its own.
    if time.monotonic() - began > seconds:
        raise TooSlowError


def judge(result: Intake) -> str:
    """Check what came of one file, and name it."""
    for problem in result.problems:
        assert issubclass(getattr(errors, problem.kind), errors.DecodeError)
        assert len(problem.message) > 40 and problem.message.endswith(".")
    assert result.studies or result.problems
    try:
        for study in result.studies:
            _check_scan(study)
    except errors.DecodeError as error:
        return type(error).__name__
    return "read" if result.studies else result.problems[0].kind


def _check_scan(study: Study) -> None:
    content = study.content
    plane = usable_planes(content)[0] if isinstance(content, Volume) else None
    scan = scan_of(study, plane, 0)
    assert scan.pixels.dtype == np.uint8
    assert min(scan.pixels.shape) >= MIN_SIDE
    assert 0.0 <= scan.colourfulness <= 1.0


def run(count: int, seed: int) -> Report:
    """Read a corpus. Whatever is not a named error or a valid image ends it with an exception."""
    outcomes: Counter[str] = Counter()
    slowest, slowest_file, began = 0.0, "", time.monotonic()
    for name, data in damaged_files(count, seed):
        start = time.monotonic()
        try:
            with time_limit(SECONDS):
                outcome = judge(read_uploads([(name, data)]))
        except BaseException:
            print(f"seed {seed}: {name}", file=sys.stderr)
            raise
        taken = time.monotonic() - start
        if taken > slowest:
            slowest, slowest_file = taken, name
        outcomes[outcome] += 1
    # VmHWM starts with the process; ru_maxrss would be handed down by a larger test runner.
    status = Path("/proc/self/status")
    own = re.search(r"VmHWM:\s*(\d+)", status.read_text()) if status.exists() else None
    peak = int(own[1]) // 1024 if own else 0
    return Report(dict(outcomes), slowest, slowest_file, peak, time.monotonic() - began)


def main() -> None:
    """Read a corpus and print the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        report = run(options.count, options.seed)
    assert printed.getvalue() == ""
    print(json.dumps(vars(report)))


if __name__ == "__main__":
    main()
