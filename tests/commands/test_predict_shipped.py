"""``predict`` with the shipped weights, in a process of its own, whatever they say."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from tests.conftest import ROOT
from tests.data.pictures import write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="no weights here"),
]

# VmHWM starts with the process; ru_maxrss would be handed down by the test runner, which is larger.
_MEASURED = """
import re, sys
from pathlib import Path
from brain_tumor.__main__ import main
status = main(sys.argv[1:])
own = Path("/proc/self/status")
text = own.read_text() if own.exists() else "VmHWM: 0 kB"
print(re.search(r"VmHWM:\\s*(\\d+)", text)[1], file=sys.stderr)
print(*[name for name in ("tensorflow", "keras", "streamlit") if name in sys.modules], "none",
      file=sys.stderr)
sys.exit(status)
"""


def _predict(*arguments: str, text: str = "") -> tuple[subprocess.CompletedProcess[str], float]:
    """Return the finished process and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, "predict", *arguments, "--engine", "openvino"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    *_, peak, modules = done.stderr.splitlines()
    assert modules.strip() == "none"  # serving imports neither TensorFlow nor Streamlit
    return done, int(peak) / 1024


@pytest.mark.data
def test_fifty_scans_take_less_than_500_mb(dataset: Path, tmp_path: Path) -> None:
    scans = [str(path) for path in sorted((dataset / "Testing").rglob("*.jpg"))[::26]][:50]
    assert len(scans) == 50
    done, peak = _predict(
        "--from-file", "-", "--format", "json", "--heatmaps", str(tmp_path), text="\n".join(scans)
    )
    assert done.returncode == 0
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["file"] for record in records] == scans
    for record in records:
        probabilities = record["probabilities"]
        assert list(probabilities) == list(CLASSES)
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert probabilities[record["label"]] == max(probabilities.values())
        heat = np.load(record["heatmap"])
        assert heat.dtype == np.float32 and heat.shape == (224, 224)
        assert heat.min() >= 0 and heat.max() <= 1
        x0, y0, x1, y1 = record["crop"]
        assert 0 <= x0 < x1 <= 224 and 0 <= y0 < y1 <= 224
    assert len({record["heatmap"] for record in records}) == 50
    assert sys.platform != "linux" or 50 < peak < 500


@pytest.mark.data
def test_a_batch_says_what_one_at_a_time_says(dataset: Path) -> None:
    scans = [str(path) for path in sorted((dataset / "Testing").rglob("*.jpg"))[::150]]
    together, _ = _predict(*scans, "--format", "json")
    alone, _ = _predict(scans[-1], "--format", "json")
    batched, single = json.loads(together.stdout.splitlines()[-1]), json.loads(alone.stdout)
    assert batched["crop"] == single["crop"] and batched["reasons"] == single["reasons"]
    for name in CLASSES:
        assert batched["probabilities"][name] == pytest.approx(
            single["probabilities"][name], abs=1e-3
        )


def test_large_images_do_not_pile_up(tmp_path: Path) -> None:
    side = 6000
    large = np.zeros((side, side), np.uint8)
    large[side // 5 : -side // 5, side // 5 : -side // 5] = 120
    path = write(tmp_path / "large.png", large)
    done, peak = _predict(*[str(path)] * 12, "--format", "json")
    assert done.returncode == 0
    # Twelve of them decoded are 432 MB, with their masks 864 MB.
    assert peak < 600
