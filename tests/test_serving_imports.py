"""What the app serves from does without TensorFlow and Keras, writes no file, calls nobody."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from tests.conftest import ROOT

TRAINING_ONLY = frozenset(
    {"tensorflow", "keras", "jax", "torch", "nncf", "sklearn", "scipy", "matplotlib"}
)

WATCH = """
import json, os, sys
events = []
def watch(name, args):
    if name == "open" and args[2] & (os.O_WRONLY | os.O_RDWR) and args[0] != os.devnull:
        events.append(f"writes {args[0]}")
    # Other processes are out of sight, and OpenVINO's telemetry calls home from one.
    if name in ("socket.connect", "socket.getaddrinfo", "os.fork", "subprocess.Popen"):
        events.append(f"{name} {args[1:]}")
sys.addaudithook(watch)
"""
IMPORTS = """
import brain_tumor.ui.diagnose
import brain_tumor.ui.model_page
import brain_tumor.model.engine_openvino
"""
PIPELINE = """
from brain_tumor.imaging.decode import decode
from brain_tumor.pipeline import load_classifier
from brain_tumor.ui.samples import samples
classifier = load_classifier(engine="openvino")
scan = decode(samples()[0].path.read_bytes())
answer = classifier.classify(scan)
heat = classifier.explain(scan, answer)
assert heat.shape == scan.pixels.shape
"""
REPORT = """
print(json.dumps({"modules": sorted({m.split(".")[0] for m in sys.modules}), "events": events}))
"""


QUANTISE = """
import numpy as np
import brain_tumor.model.export as export
import openvino as ov
from openvino import opset13 as ops
data = ops.parameter([-1, 8, 8, 3], np.float32)
kernel = np.ones((3, 4), np.float32)
model = ov.Model([ops.matmul(data, kernel, False, False)], [data])
events.clear()  # NNCF writes while it is imported; what counts is whom it calls
export.quantise(model, np.zeros((2, 8, 8), np.uint8))
calls = [event for event in events if "socket" in event]
assert not calls, calls
"""


def run(program: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", WATCH + program + REPORT],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def check(report: dict[str, Any]) -> None:
    assert {"brain_tumor", "openvino", "cv2"} <= set(report["modules"])
    assert not TRAINING_ONLY & set(report["modules"])
    assert report["events"] == []


def test_importing_the_app_brings_neither_tensorflow_nor_keras() -> None:
    check(run(IMPORTS))


@pytest.mark.slow
def test_quantising_calls_nobody() -> None:
    pytest.importorskip("nncf")
    run("import sys\n" + QUANTISE)


def test_the_watch_sees_a_write_and_a_call() -> None:
    report = run(
        "import socket, tempfile\n"
        "tempfile.TemporaryFile().close()\n"
        "socket.getaddrinfo('127.0.0.1', 80)\n"
        "import os; os.fork() or os._exit(0)\n"
    )
    seen = " ".join(report["events"])
    assert all(word in seen for word in ("writes", "socket.getaddrinfo", "os.fork"))


@pytest.mark.skipif(
    not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="there are no weights: see the README"
)
def test_an_answer_brings_neither_and_leaves_nothing_behind() -> None:
    check(run(IMPORTS + PIPELINE))
