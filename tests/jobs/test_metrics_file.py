import errno
import json
import math
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.jobs.metrics_file import MetricsFile, MetricsTail, plain, read_from


def read(path: Path, offset: int = 0):
    with path.open("rb") as handle:
        return read_from(handle, offset)


def steps(records):
    return [record["step"] for record in records]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metrics.jsonl"


@pytest.fixture
def metrics(path):
    file = MetricsFile(path)
    yield file
    file.close()


def test_reads_only_what_is_new(path, metrics):
    metrics.append({"step": 1})
    first, offset = read(path)
    metrics.append({"step": 2})
    second, end = read(path, offset)
    assert (steps(first), steps(second)) == ([1], [2])
    assert end == path.stat().st_size
    assert read(path, end) == ([], end)


def test_a_torn_last_line_is_left_until_it_is_whole(path):
    path.write_bytes(b'{"step":1}\n{"st')
    records, offset = read(path)
    assert steps(records) == [1]
    with path.open("ab") as handle:
        handle.write(b'ep":2}\n')
    assert steps(read(path, offset)[0]) == [2]


def test_damaged_lines_are_skipped(path):
    path.write_bytes(b'{"step":1}\n{"step":\n\xff\xfe\n[1]\n\n\x00\x00\n{"step":2}\n')
    assert steps(read(path)[0]) == [1, 2]


@pytest.mark.parametrize("offset", [100, 3, -1])
def test_an_offset_that_does_not_fit_starts_again(path, offset):
    path.write_bytes(b'{"step":1}\n{"step":2}\n')
    assert steps(read(path, offset)[0]) == [1, 2]


def test_values_that_are_not_finite_stay_readable_for_any_parser(path, metrics):
    metrics.append({"step": 1, "a": math.nan, "b": [math.inf], "c": {"d": -math.inf}})

    def refuse(word):
        raise AssertionError(word)

    strict = json.loads(path.read_bytes(), parse_constant=refuse)
    assert strict == {"step": 1, "a": "NaN", "b": ["Infinity"], "c": {"d": "-Infinity"}}
    [record] = read(path)[0]
    assert math.isnan(record["a"])
    assert (record["b"], record["c"]) == ([math.inf], {"d": -math.inf})


def test_plain_takes_numpy_and_refuses_objects():
    given = {"a": np.float32(0.5), "b": np.arange(2), "c": (np.nan,), "d": Path("x"), 1: {3, 2}}
    assert plain(given) == {"a": 0.5, "b": [0, 1], "c": ["NaN"], "d": "x", "1": [2, 3]}
    with pytest.raises(TypeError, match="Received: object"):
        plain({"a": object()})


def test_opening_drops_a_torn_last_line_and_goes_on(path):
    path.write_bytes(b'{"step":1,"time":5.0}\n{"step":2')
    metrics = MetricsFile(path)
    assert (metrics.last_step, metrics.last_time) == (1, 5.0)
    metrics.append({"step": 2})
    metrics.close()
    assert path.read_bytes() == b'{"step":1,"time":5.0}\n{"step":2}\n'


def test_truncate_after_keeps_each_step_once(path, metrics):
    for step in (1, 2, 3, 4):
        metrics.append({"step": step, "loss": 0.5})
    tail = MetricsTail(path)
    assert steps(tail.read()) == [1, 2, 3, 4]
    assert metrics.truncate_after(2) == 2
    assert metrics.last_step == 2
    # The same length and line starts as before: only the file's identity tells it is another.
    for step in (3, 4):
        metrics.append({"step": step, "loss": 0.7})
    assert [record["loss"] for record in tail.read()] == [0.5, 0.5, 0.7, 0.7]
    assert steps(tail.read()) == [1, 2, 3, 4]


def test_truncate_after_keeps_values_and_drops_what_has_no_step(path, metrics):
    metrics.append({"step": 1, "loss": -math.inf})
    metrics.append({"loss": 1.0})
    assert metrics.truncate_after(1) == 1
    assert read(path)[0] == [{"step": 1, "loss": -math.inf}]


def test_tail_reads_a_file_shortened_in_place_again(path):
    path.write_bytes(b'{"step":1}\n{"step":2}\n')
    tail = MetricsTail(path)
    assert steps(tail.read()) == [1, 2]
    path.write_bytes(b'{"step":9}\n')
    assert steps(tail.read()) == [9]
    path.unlink()
    assert tail.read() == []


def test_tail_hands_out_a_list_of_its_own(path, metrics):
    metrics.append({"step": 1})
    tail = MetricsTail(path)
    tail.read().clear()
    assert steps(tail.read()) == [1]


def test_a_full_disk_is_told(metrics):
    metrics._handle.close()
    metrics._handle = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115
    with pytest.raises(OSError, match="space") as caught:
        metrics.append({"step": 1})
    assert caught.value.errno == errno.ENOSPC
    assert metrics.last_step == 0


def test_a_line_that_stopped_half_way_is_taken_back(path, metrics):
    metrics.append({"step": 1})

    class Filling:
        """Takes four bytes, then has no space: what a file on a full disk does."""

        def __init__(self, handle):
            self.handle, self.calls = handle, 0

        def write(self, data):
            self.calls += 1
            if self.calls > 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.handle.write(data[:4])

        def __getattr__(self, name):
            return getattr(self.handle, name)

    whole = metrics._handle
    metrics._handle = Filling(whole)
    with pytest.raises(OSError, match="No space"):
        metrics.append({"step": 2})
    metrics._handle = whole
    metrics.append({"step": 3})
    assert path.read_bytes() == b'{"step":1}\n{"step":3}\n'
