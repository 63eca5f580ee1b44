"""The classifier as a Keras model: backbone, global average pooling, dropout, one dense layer.

Needs Keras (any backend), so nothing on the serving path imports this module.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import keras

from brain_tumor import CLASSES
from brain_tumor.errors import TrainingError
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.model.backbones import BACKBONES, SHIPPED_BACKBONE

PREDICTIONS: Final = "predictions"
"""Name of the dense layer; its kernel turns feature maps into class activation maps."""

_INPUT_SCALE_INSIDE: Final = frozenset({"EfficientNetV2B0"})


@dataclass(frozen=True, slots=True)
class Network:
    """A classifier and the parts of it that explanation and training need.

    ``model`` maps float32 (N, side, side, 3) in -1..1 to logits (N, 4). ``features`` maps the same
    input to the last feature maps (N, h, w, K), whose global average feeds the dense layer;
    ``grid`` says where their cells lie on the input.
    """

    model: keras.Model
    features: keras.Model
    backbone: str
    grid: CellGrid

    @property
    def dense(self) -> keras.layers.Dense:
        """The one dense layer: kernel (K, 4), bias (4,)."""
        return self.model.get_layer(PREDICTIONS)


def build_network(
    backbone: str = SHIPPED_BACKBONE,
    side: int = INPUT_SIDE,
    *,
    dropout: float = 0.0,
    imagenet: bool = False,
    active_blocks: tuple[int, ...] | None = None,
) -> Network:
    """Build a classifier.

    Args:
        backbone: a name in ``BACKBONES``.
        side: height and width of the input in pixels.
        dropout: share of pooled features dropped while training.
        imagenet: start the backbone from its ImageNet weights.
        active_blocks: how many residual blocks of each stage take part, for ResNets; the others are
            skipped, as they would be if their last convolution were zero. See ``skip_blocks``.

    Raises:
        TrainingError: the backbone is unknown, or its ImageNet weights cannot be had.
    """
    base = _backbone(backbone, side, imagenet)
    grid = receptive_grid(base)
    if active_blocks is not None:
        base = skip_blocks(base, active_blocks)
    pooled = keras.layers.GlobalAveragePooling2D(name="avg_pool")(base.output)
    dropped = keras.layers.Dropout(dropout, name="dropout")(pooled)
    # Logits stay float32 under mixed precision: a softmax of half floats loses small probabilities.
    logits = keras.layers.Dense(len(CLASSES), name=PREDICTIONS, dtype="float32")(dropped)
    model = keras.Model(base.input, logits, name="classifier")
    return Network(model, keras.Model(base.input, base.output, name="features"), backbone, grid)


def _backbone(name: str, side: int, imagenet: bool) -> keras.Model:
    if name not in BACKBONES:
        raise TrainingError(f"The backbone must be one of {', '.join(BACKBONES)}. Received: {name}")
    options: dict[str, Any] = {}
    if name in _INPUT_SCALE_INSIDE:
        # These networks rescale 0..255 themselves unless told that the input is -1..1 already.
        options["include_preprocessing"] = False
    try:
        return getattr(keras.applications, name)(
            include_top=False,
            weights="imagenet" if imagenet else None,
            input_shape=(side, side, 3),
            **options,
        )
    except ValueError as error:
        raise TrainingError(
            f"{name} cannot be built with an input of {side} pixels ({error}). Choose another side."
        ) from error
    except Exception as error:
        if not imagenet:
            raise
        # keras.utils.get_file raises a bare Exception when the download fails.
        raise TrainingError(
            f"The ImageNet weights of {name} could not be downloaded ({error}). "
            "Connect to the internet once, put the file into ~/.keras/models, "
            "or start from --weights shipped or --weights none."
        ) from error


_BLOCK = re.compile(r"^conv(\d)_block(\d+)_")


def block_of(layer_name: str) -> tuple[int, int] | None:
    """Return (stage, block) of a Keras ResNet layer's name, counted from 2 and 1, or None."""
    match = _BLOCK.match(layer_name)
    return (int(match[1]), int(match[2])) if match else None


def kept_blocks(total: int, active: int) -> set[int]:
    """Return which blocks of a stage stay when ``active`` of ``total`` take part.

    The first blocks and the last: the first widens the features and the last one strides, so
    neither can be skipped.
    """
    if not min(2, total) <= active <= total:
        raise TrainingError(
            f"A stage of {total} residual blocks can keep {min(2, total)} to {total} of them. "
            f"Received: {active}"
        )
    return {*range(1, active), total}


def skip_blocks(base: keras.Model, active_blocks: tuple[int, ...]) -> keras.Model:
    """Leave residual blocks out of a Keras ResNet, sharing the layers of those that stay.

    A pre-activation residual block is the identity where its last convolution is zero (He et al.,
    "Identity mappings in deep residual networks", 2016). Training can therefore begin with few
    blocks, at a fraction of the cost, and go on with all of them from the same output (network
    growth: Chen et al., "Net2Net", 2016), much as stochastic depth does at random (Huang et al.,
    2016).
    """
    totals: dict[int, int] = {}
    for layer in base.layers:
        block = block_of(layer.name)
        if block:
            totals[block[0]] = max(totals.get(block[0], 0), block[1])
    if not totals or len(active_blocks) != len(totals):
        raise TrainingError(
            "Active blocks name one count a stage of a ResNet "
            f"({len(totals)} stages here). Received: {active_blocks}"
        )
    kept = {
        stage: kept_blocks(total, active)
        for (stage, total), active in zip(sorted(totals.items()), active_blocks, strict=True)
    }

    def call(layer: keras.Layer, *args: Any, **kwargs: Any) -> Any:
        block = block_of(layer.name)
        if block and layer.name.endswith("_out") and block[1] not in kept[block[0]]:
            return args[0][0]  # Keras adds [shortcut, branch]: keep the shortcut alone.
        return layer(*args, **kwargs)

    return keras.models.clone_model(base, clone_function=lambda layer: layer, call_function=call)


def receptive_grid(base: keras.Model) -> CellGrid:
    """Return where the cells of a backbone's last feature map are centred on its input.

    Follows Araujo et al., "Computing receptive fields of convolutional neural networks" (Distill,
    2019), along each layer's first input. Skipping residual blocks changes nothing here.
    """
    centres: dict[int, tuple[float, float]] = {}
    for layer in base.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        source = layer.input[0] if isinstance(layer.input, list) else layer.input
        offset, stride = centres.get(id(source), (0.0, 1.0))
        shift, step = _cell_shift(layer)
        centres[id(layer.output)] = (offset + stride * shift, stride * step)
    offset, stride = centres[id(base.output)]
    return CellGrid(int(base.input.shape[1]), offset, stride)


def _cell_shift(layer: keras.Layer) -> tuple[float, int]:
    """Return the centre of a layer's first cell on its input, and the layer's stride."""
    if isinstance(layer, keras.layers.ZeroPadding2D):
        return -float(layer.padding[0][0]), 1
    if isinstance(layer, (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)):
        kernel, stride = int(layer.pool_size[0]), int(layer.strides[0])
    elif isinstance(
        layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
    ):
        kernel, stride = int(layer.kernel_size[0]), int(layer.strides[0])
    else:
        return 0.0, 1
    padding = 0
    if layer.padding == "same":
        size = int(layer.input.shape[1])
        padding = max((-(-size // stride) - 1) * stride + kernel - size, 0) // 2
    return (kernel - 1) / 2 - padding, stride
