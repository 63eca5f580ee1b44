"""The float16 weights on Keras: the engine for GPU hosts, on any Keras backend."""

import importlib.util
import os
import threading

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import EngineError
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.engine import RawOutput


class KerasEngine:
    """Builds the bundle's network in Keras and runs it in float32."""

    name = "keras"

    def __init__(self, bundle: Bundle) -> None:
        choose_backend()
        from brain_tumor.model.export import load_serving_model

        self._model = load_serving_model(bundle)
        self._lock = threading.Lock()

    def infer(self, inputs: NDArray[np.float32]) -> RawOutput:
        """Run float32 (N, side, side, 3) in -1..1 through the network."""
        with self._lock:
            outputs = self._model.predict_on_batch(inputs)
        logits, maps, features = (np.asarray(value, np.float32) for value in outputs)
        return RawOutput(logits, maps, features)


def choose_backend() -> None:
    """Pick an installed Keras backend unless one is named, before Keras is imported.

    Raises:
        EngineError: Keras or every backend of it is missing.
    """
    os.environ["KERAS_BACKEND"] = backend_to_use()


def backend_to_use() -> str:
    """Return the Keras backend that ``choose_backend`` picks; imports neither.

    Raises:
        EngineError: Keras or every backend of it is missing.
    """
    if importlib.util.find_spec("keras") is None:
        raise EngineError(
            "The Keras engine needs the packages keras and tensorflow. They are not installed: "
            "pip install -e '.[train]', or use --engine openvino."
        )
    if named := os.environ.get("KERAS_BACKEND"):
        return named
    for backend in ("tensorflow", "jax", "torch"):  # the packages are called as the backends are
        if importlib.util.find_spec(backend) is not None:
            return backend
    raise EngineError(
        "Keras needs a backend: tensorflow, jax or torch. None is installed: "
        "pip install tensorflow, or use --engine openvino."
    )


def keras_sees_gpu() -> bool:
    """Whether Keras' backend sees a GPU (imports the backend)."""
    try:
        choose_backend()
    except EngineError:
        return False
    from brain_tumor.model.devices import accelerators

    return bool(accelerators())
