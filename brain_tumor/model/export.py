"""From a finished run to a bundle: serving network, int8 quantisation, temperature, record."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.errors import WeightsError
from brain_tumor.imaging.preprocess import to_network_input
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.network import Network, build_network
from brain_tumor.model.weights_file import (
    PART_BYTES,
    load_parts,
    set_weights,
)

CAM_LAYER: Final = "class_activation_maps"


def serving_model(network: Network) -> Any:
    """Return a Keras model that gives all an answer needs in one forward pass.

    float32 (N, side, side, 3) in -1..1 → logits (N, 4), class activation maps (N, h, w, 4) and
    pooled features (N, K). The maps' layer is a copy of the dense layer's kernel.
    """
    import keras

    features = network.features.output
    cam = keras.layers.Dense(len(CLASSES), use_bias=False, name=CAM_LAYER, dtype="float32")
    maps = cam(features)
    cam.set_weights([network.dense.kernel.numpy()])
    pooled = network.model.get_layer("avg_pool").output
    return keras.Model(network.model.input, [network.model.output, maps, pooled], name="serving")


def load_network(bundle: Bundle) -> Network:
    """Build the bundle's network in Keras with its weights.

    Raises:
        WeightsError: the bundle has no Keras weights, or they are damaged.
    """
    info = bundle.info
    if not info.keras_files:
        raise WeightsError(
            f"The Keras engine needs Keras weights. The bundle in {bundle.folder} has none: "
            "export it again without --no-keras, or use --engine openvino."
        )
    network = build_network(info.backbone, info.grid.side)
    set_weights(network.model, load_parts(bundle.files(info.keras_files)))
    return network


def load_serving_model(bundle: Bundle) -> Any:
    """Return ``serving_model`` of a bundle."""
    return serving_model(load_network(bundle))


def to_openvino(model: Any) -> Any:
    """Convert a Keras serving model to an OpenVINO model with a free batch dimension."""
    import openvino as ov

    from brain_tumor.model.openvino_core import openvino_core

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.xml"
        model.export(str(path), format="openvino", verbose=False)
        # Read the weights into memory: the temporary folder is about to go.
        weights = ov.Tensor(np.fromfile(path.with_suffix(".bin"), np.uint8))
        converted = openvino_core().read_model(path.read_text(encoding="utf-8"), weights)
    shape = converted.input(0).get_partial_shape()
    shape[0] = -1
    converted.reshape({0: shape})
    return converted


def quantise(model: Any, squares: NDArray[np.uint8], first: int = 0, last: int = 0) -> Any:
    """Quantise an OpenVINO model to int8 by post-training calibration (NNCF).

    Args:
        model: the float32 model.
        squares: uint8 (N, side, side), standardised training images to calibrate on.
        first: how many convolutions nearest the input stay float32.
        last: how many convolutions nearest the output stay float32.
    """
    import nncf

    images = [to_network_input(squares[i : i + 1]) for i in range(len(squares))]
    names = convolution_names(model)
    kept = [*names[:first], *names[len(names) - last :]]
    return nncf.quantize(
        model,
        nncf.Dataset(images),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(images),
        ignored_scope=nncf.IgnoredScope(names=kept) if kept else None,
    )


def convolution_names(model: Any) -> list[str]:
    """Return the names of an OpenVINO model's convolutions, from the input to the output.

    The conversion does not keep the layers' names, so their order is what tells them apart.
    """
    kinds = ("Convolution", "GroupConvolution")
    return [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() in kinds]


def save_openvino(model: Any, folder: Path, stem: str) -> list[Path]:
    """Write ``STEM.xml``, and its weights as ``STEM-1.bin``… of at most ``PART_BYTES`` each."""
    import openvino as ov

    with tempfile.TemporaryDirectory(dir=folder) as aside:
        path = Path(aside) / f"{stem}.xml"
        ov.save_model(model, path, compress_to_fp16=False)
        xml = folder / path.name
        shutil.copyfile(path, xml)
        weights = path.with_suffix(".bin").read_bytes()
    paths = [xml]
    for number, start in enumerate(range(0, len(weights), PART_BYTES), 1):
        part = folder / f"{stem}-{number}.bin"
        part.write_bytes(weights[start : start + PART_BYTES])
        paths.append(part)
    return paths
