"""The int8 network on OpenVINO: the engine for a CPU, without TensorFlow or Keras."""

import threading
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from brain_tumor.model.bundle import Bundle
from brain_tumor.model.engine import RawOutput
from brain_tumor.model.openvino_core import openvino_core


class OpenVinoEngine:
    """Compiles the bundle's OpenVINO network for the CPU."""

    name = "openvino"

    def __init__(self, bundle: Bundle) -> None:
        xml, *parts = bundle.files(bundle.info.openvino_files)
        core = openvino_core()
        # float32 where int8 is not used: bfloat16, which OpenVINO prefers on some processors,
        # would make the answer depend on the machine.
        hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        self._compiled = core.compile_model(read_network(core, xml, parts), "CPU", hints)
        self._lock = threading.Lock()
        self._request = self._compiled.create_infer_request()

    def infer(self, inputs: NDArray[np.float32]) -> RawOutput:
        """Run float32 (N, side, side, 3) in -1..1 through the network."""
        with self._lock:
            results = self._request.infer([inputs])
            logits, maps, features = (np.array(results[i]) for i in range(3))
        return RawOutput(logits, maps, features)


def read_network(core: ov.Core, xml: Path, parts: list[Path]) -> ov.Model:
    """Read an IR whose ``.bin`` is stored in parts, which keeps each under a host's file limit."""
    weights = np.empty(sum(part.stat().st_size for part in parts), np.uint8)
    start = 0
    for part in parts:
        size = part.stat().st_size
        with part.open("rb") as file:
            file.readinto(weights[start : start + size].data)
        start += size
    return core.read_model(xml.read_text(encoding="utf-8"), ov.Tensor(weights))
