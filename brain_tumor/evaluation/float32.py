"""The bundle's Keras weights in float32 on OpenVINO: what the int8 network is held against."""

import importlib.util
import os

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import EngineError
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.engine import RawOutput
from brain_tumor.model.engine_keras import choose_backend


class Float32Engine:
    """Converts the Keras weights without quantising them; faster on a CPU than Keras itself.

    Raises:
        EngineError: Keras or TensorFlow, which the conversion needs, is not installed.
        WeightsError: the bundle has no Keras weights, or they are damaged.
    """

    name = "openvino-float32"

    def __init__(self, bundle: Bundle) -> None:
        if any(importlib.util.find_spec(name) is None for name in ("keras", "tensorflow")):
            raise EngineError(
                "The comparison with float32 needs the packages keras and tensorflow. "
                "They are not both installed: pip install -e '.[train]', or give --no-float32."
            )
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        choose_backend()
        from brain_tumor.model.export import load_serving_model, to_openvino
        from brain_tumor.model.openvino_core import openvino_core

        model = to_openvino(load_serving_model(bundle))
        compiled = openvino_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        self._request = compiled.create_infer_request()

    def infer(self, inputs: NDArray[np.float32]) -> RawOutput:
        """Run float32 (N, side, side, 3) in -1..1 through the network."""
        results = self._request.infer([inputs])
        logits, maps, features = (np.array(results[i]) for i in range(3))
        return RawOutput(logits, maps, features)
