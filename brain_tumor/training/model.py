"""The model that is trained: augmentation, classifier and both losses in one graph."""

from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from brain_tumor.model.network import Network
from brain_tumor.training.augment import Augment
from brain_tumor.training.config import TrainConfig
from brain_tumor.training.losses import (
    cell_weights,
    classification_loss,
    localisation_loss,
    outline_on_cells,
)

BATCH_NORM_MOMENTUM: Final = 0.95
"""Keras' 0.99 is made for ImageNet's thousands of steps an epoch; here an epoch has under 200."""


@keras.saving.register_keras_serializable(package="brain_tumor")
class TrainingModel(keras.Model):
    """Reads uint8 images, outlines and augmentation parameters; shares layers with ``network``.

    Returns a dict of ``logits`` (N, 4), ``maps`` (N, h, w, 4), the class activation map of each
    class, and, while training, ``outline`` (N, side, side, 1), the augmented outlines.
    """

    def __init__(
        self, network: Network, config: TrainConfig, class_weights: NDArray[np.float32]
    ) -> None:
        super().__init__(name="training")
        self.augment = Augment(config.side, name="augment")
        self.network_model = network.model
        self.features = network.features
        self.dropout = network.model.get_layer("dropout")
        self.dense = network.dense
        self.class_weights = class_weights
        self.smoothing = config.label_smoothing
        self.mask_weight = config.mask_weight
        cells = int(network.features.output.shape[1])
        self.cells = cell_weights(config.side, cells, network.grid.offset, network.grid.stride)
        for layer in network.model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = BATCH_NORM_MOMENTUM
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ("classification", "localisation", "accuracy")
        }

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Augment (while training), classify, and draw the class activation maps."""
        image, outline = self.augment(inputs, training=training)
        network_input = ops.repeat(image * 2.0 - 1.0, 3, axis=-1)
        features = ops.cast(self.features(network_input, training=training), "float32")
        pooled = ops.mean(features, axis=(1, 2))
        logits = self.dense(self.dropout(pooled, training=training))
        maps = ops.einsum("nhwk,kc->nhwc", features, self.dense.kernel)
        result = {"logits": logits, "maps": maps}
        return {**result, "outline": outline} if training else result

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the mean classification loss plus the weighted localisation loss."""
        classification = classification_loss(
            y_pred["logits"], y, self.class_weights, self.smoothing
        )
        loss = ops.mean(classification)
        if training and self.mask_weight:
            target, area = outline_on_cells(y_pred["outline"], self.cells)
            localisation = localisation_loss(y_pred["maps"], y, target, area)
            # The mean over the batch, not over its outlined part: a batch with few outlines must
            # not let them outweigh the rest.
            loss = loss + self.mask_weight * ops.mean(localisation)
            self.trackers["localisation"].update_state(localisation)
        self.trackers["classification"].update_state(classification)
        right = ops.equal(ops.argmax(y_pred["logits"], axis=-1), ops.cast(y, "int64"))
        self.trackers["accuracy"].update_state(ops.cast(right, "float32"))
        return loss
