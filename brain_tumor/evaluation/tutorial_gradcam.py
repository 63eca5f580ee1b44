"""Grad-CAM as tutorials write it: what ``benchmark`` compares this project with.

Follows the Keras example "Grad-CAM class activation visualization" (Chollet, 2020) on the shipped
float weights: ``load_img``, ``model.predict``, ``tf.GradientTape``, a plain resize of the map. The
model of the gradient is built once, not for every image as in the example, in its favour.

Runs in a process of its own (``python -m``): nothing else may import this module, for it imports
TensorFlow.
"""

import io
from typing import Any, Final

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.evaluation.benchmark_worker import bundle_argument, serve
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.model.bundle import open_bundle
from brain_tumor.model.export import load_network

LAST_CONV_LAYER: Final = "post_relu"
"""ResNet152V2's last activation before the pooling."""


def gradient_model(model: Any) -> Any:
    """Return a Keras model that gives the last feature maps and the scores of ``model``."""
    return keras.Model(model.inputs, [model.get_layer(LAST_CONV_LAYER).output, model.output])


def image_array(data: bytes) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return a file as float32 (1, 224, 224, 3), -1..1, and its own (width, height)."""
    image = keras.utils.load_img(io.BytesIO(data))
    pixels = keras.utils.img_to_array(image.resize((INPUT_SIDE, INPUT_SIDE)))
    scaled = keras.applications.resnet_v2.preprocess_input(pixels[np.newaxis])
    return np.asarray(scaled, np.float32), image.size


def make_gradcam_heatmap(array: NDArray[np.float32], model: Any, index: int) -> NDArray[np.float32]:
    """Return the Grad-CAM of class ``index`` on the network's cells, float32 (h, w), 0..1."""
    with tf.GradientTape() as tape:
        features, scores = model(array)
        score = scores[:, index]
    gradients = tape.gradient(score, features)
    weights = tf.reduce_mean(gradients, axis=(0, 1, 2))
    heatmap = tf.squeeze(features[0] @ weights[..., tf.newaxis])
    heatmap = tf.maximum(heatmap, 0) / tf.math.reduce_max(heatmap)
    return np.asarray(heatmap.numpy(), np.float32)


def main() -> None:
    """Load the bundle's Keras weights and answer requests."""
    model = load_network(open_bundle(bundle_argument())).model
    with_features = gradient_model(model)

    def answer(data: bytes) -> str:
        array, size = image_array(data)
        index = int(model.predict(array, verbose=0)[0].argmax())
        cv2.resize(make_gradcam_heatmap(array, with_features, index), size)
        return CLASSES[index]

    serve(answer)


if __name__ == "__main__":
    main()
