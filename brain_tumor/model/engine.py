"""Engines: what runs the network. Each gives the same answer from the same bundle."""

import importlib.util
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import EngineError
from brain_tumor.model.bundle import Bundle

ENGINES: Final = ("auto", "openvino", "keras")


@dataclass(frozen=True, slots=True)
class RawOutput:
    """What one forward pass gives for N images.

    Attributes:
        logits: float32 (N, 4).
        maps: float32 (N, h, w, 4), the class activation map of each class before Grad-CAM's ReLU.
        features: float32 (N, K), the pooled features that the dense layer reads.
    """

    logits: NDArray[np.float32]
    maps: NDArray[np.float32]
    features: NDArray[np.float32]


class Engine(Protocol):
    """Runs the network; safe to call from several threads."""

    name: str

    def infer(self, inputs: NDArray[np.float32]) -> RawOutput:
        """Run float32 (N, side, side, 3) in -1..1 through the network."""
        ...


def load_engine(bundle: Bundle, name: str = "auto") -> Engine:
    """Load a bundle into an engine.

    ``auto`` is Keras where it sees a GPU, OpenVINO otherwise. Keras' backend is not imported to
    find out: where no NVIDIA driver is present there is no GPU to look for.

    Raises:
        EngineError: the engine is unknown or its package is not installed.
        WeightsError: the bundle's files are missing or damaged.
    """
    if name not in ENGINES:
        raise EngineError(f"The engine must be one of {', '.join(ENGINES)}. Received: {name}")
    if name == "auto":
        name = "keras" if bundle.info.keras_files and gpu_is_usable() else "openvino"
    if name == "keras":
        from brain_tumor.model.engine_keras import KerasEngine

        return KerasEngine(bundle)
    from brain_tumor.model.engine_openvino import OpenVinoEngine

    return OpenVinoEngine(bundle)


def gpu_is_usable() -> bool:
    """Whether this machine has an NVIDIA GPU and a Keras backend that reaches it."""
    if importlib.util.find_spec("keras") is None or not _nvidia_driver():
        return False
    from brain_tumor.model.engine_keras import keras_sees_gpu

    return keras_sees_gpu()


def _nvidia_driver() -> bool:
    from pathlib import Path

    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()
