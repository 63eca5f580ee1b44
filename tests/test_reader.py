"""What waits between the disk and the network, in which order, and how much of it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from brain_tumor import reader
from brain_tumor.errors import DecodeError
from brain_tumor.imaging.decode import Scan, announced_pixels, decode_file
from brain_tumor.imaging.large import _one_large
from brain_tumor.pipeline import Prepared, prepare
from tests.data.pictures import write
from tests.fakes import head


def _scan(side: int = 64) -> Scan:
    return Scan(np.zeros((side, side), np.uint8), 0.0, "PNG", "L", 8)


def test_gives_what_the_pipeline_prepares_but_no_pixels_of_the_scan(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", head(1, size=300))
    (got,) = reader.read_prepared([path], 224)
    wanted = prepare(decode_file(path), 224)
    assert isinstance(got, Prepared)
    assert np.array_equal(got.square, wanted.square)
    assert (got.height, got.width, got.objections) == (300, 300, ())
    assert np.array_equal(got.facts, wanted.facts)
    assert got.crop.found and got.crop.box == wanted.crop.box
    assert wanted.crop.mask is not None and got.crop.mask is None


def test_keeps_the_order_whatever_decodes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_done = threading.Event()

    def decode(path: Path) -> Scan:
        if path.name == "32":
            assert second_done.wait(10)
        else:
            second_done.set()
        return _scan(int(path.name))

    monkeypatch.setattr(reader, "decode_file", decode)
    results = list(reader.read_prepared([Path("32"), Path("40"), Path("48")], 224, workers=2))
    assert [one.height for one in results if isinstance(one, Prepared)] == [32, 40, 48]


def test_a_bad_file_is_an_error_in_its_place(tmp_path: Path) -> None:
    good = write(tmp_path / "a.png", head(0))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    long = tmp_path / ("x" * 300)
    bad = [tmp_path, tmp_path / "none.png", tmp_path / "broken.png", long]
    results = list(reader.read_prepared([bad[0], good, *bad[1:]], 224))
    assert [type(one) for one in results] == [DecodeError, Prepared, *[DecodeError] * 3]
    assert "a folder" in str(results[0])
    assert "no file" in str(results[2])
    assert "damaged" in str(results[3]) or "ends before" in str(results[3])
    assert "xxx" in str(results[4])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_does_not_wait_at_a_named_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (result,) = reader.read_prepared([tmp_path / "pipe"], 224)
    assert isinstance(result, DecodeError)


def test_reads_only_a_few_ahead_and_stops_when_the_reader_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    def decode(path: Path) -> Scan:
        begun.append(path)
        return _scan()

    monkeypatch.setattr(reader, "decode_file", decode)
    results = reader.read_prepared([Path(str(i)) for i in range(1000)], 224)
    next(results)
    results.close()  # waits for the threads
    assert 1 <= len(begun) <= 2 * 8 + 1


def test_large_images_are_decoded_and_made_small_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: dict[str, bool] = {}
    names: list[str] = []

    def decode(path: Path) -> Scan:
        names.append(path.name)
        return _scan()

    def prepare_slowly(scan: Scan, side: int) -> Prepared:
        # Another thread: the one that holds the lock may take it again.
        with ThreadPoolExecutor(1) as other:
            held[names[-1]] = not other.submit(_may_decode_a_large_one).result()
        return prepare(scan, side)

    large = write(tmp_path / "large.png", np.zeros((2100, 2000), np.uint8))
    small = write(tmp_path / "small.png", np.zeros((200, 200), np.uint8))
    monkeypatch.setattr(reader, "decode_file", decode)
    monkeypatch.setattr(reader, "prepare", prepare_slowly)
    # One thread, so that nothing but the file itself can hold the lock.
    list(reader.read_prepared([small, large], 224, workers=1))
    assert held == {"small.png": False, "large.png": True}


def _may_decode_a_large_one() -> bool:
    free = _one_large.acquire(blocking=False)
    if free:
        _one_large.release()
    return free


def test_the_header_alone_tells_the_size(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", np.zeros((50, 70), np.uint8))
    whole = path.read_bytes()
    path.write_bytes(whole[:60])  # the header and no pixels
    assert announced_pixels(path) == 3500
    path.write_bytes(b"no image")
    with pytest.raises(DecodeError):
        announced_pixels(path)
