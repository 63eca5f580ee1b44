"""Thousands of damaged files: each ends in a named error or a valid image, soon and in bounds."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.intake.damaged import (
    SECONDS,
    TooSlowError,
    bombs,
    damaged_files,
    sound_files,
    time_limit,
)

PEAK_MIB = 1024


def read_corpus(count: int, seed: int) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.intake.damaged", "--count", str(count), "--seed", str(seed)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    # A crash of a native decoder shows as a negative return code.
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, object] = json.loads(done.stdout)
    return report


def check(report: dict[str, object], count: int) -> None:
    outcomes = report["outcomes"]
    assert isinstance(outcomes, dict)
    assert sum(outcomes.values()) == count
    kinds = {"DecodeError", "DicomError", "NiftiError", "ArchiveError", "IncidentalFileError"}
    assert {"read", "ImageTooLargeError", "ImageTooSmallError"} | kinds == set(outcomes)
    assert min(outcomes["read"], outcomes["DicomError"]) > count // 20
    assert report["slowest"] < SECONDS  # type: ignore[operator]
    assert report["peak_mib"] < PEAK_MIB  # type: ignore[operator]


def test_two_thousand_damaged_files() -> None:
    check(read_corpus(2000, seed=1), 2000)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_twenty_thousand_damaged_files(seed: int) -> None:
    check(read_corpus(10_000, seed), 10_000)


def test_the_corpus_comes_from_its_seed() -> None:
    first, again = (list(damaged_files(150, seed=4)) for _ in range(2))
    assert first[60:] == again[60:]
    assert [name for name, _ in first] != [name for name, _ in damaged_files(150, seed=5)]
    assert len(sound_files()) > 50
    assert len(list(bombs())) > 25


def test_the_time_limit_rings() -> None:
    with pytest.raises(TooSlowError), time_limit(0.01):
        while True:
            time.monotonic()
