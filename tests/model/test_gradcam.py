"""The closed form of the class activation maps is Grad-CAM, to the last digits that count."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from brain_tumor import CLASSES  # noqa: E402
from brain_tumor.errors import WeightsError  # noqa: E402
from brain_tumor.model.bundle import open_bundle  # noqa: E402
from brain_tumor.model.export import load_network, serving_model  # noqa: E402
from brain_tumor.model.network import Network, build_network  # noqa: E402

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the tape is TensorFlow's"
)


def gradcam_by_tape(network: Network, images: np.ndarray, label: int) -> np.ndarray:
    """Selvaraju et al. (2017) as written, before the ReLU: weights are the mean gradients."""
    features = network.features(images, training=False)
    with tf.GradientTape() as tape:
        tape.watch(features)
        pooled = network.model.get_layer("avg_pool")(features)
        score = network.dense(pooled)[:, label]
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2))
    return np.asarray(tf.einsum("nhwk,nk->nhw", features, weights))


def assert_closed_form_is_gradcam(network: Network, images: np.ndarray) -> None:
    logits, maps, pooled = (np.asarray(v) for v in serving_model(network)(images, training=False))
    whole = np.asarray(network.model(images, training=False))
    assert np.allclose(logits, whole, atol=1e-5 * np.abs(whole).max())
    kernel, bias = network.dense.get_weights()
    assert np.allclose(pooled @ kernel + bias, logits, atol=1e-5 * np.abs(logits).max())
    cells = maps.shape[1] * maps.shape[2]
    for label in range(len(CLASSES)):
        reference = gradcam_by_tape(network, images, label) * cells
        assert np.ptp(reference) > 0
        assert np.abs(maps[..., label] - reference).max() <= 1e-4 * np.ptp(reference)


def test_on_a_network_with_random_weights() -> None:
    keras.utils.set_random_seed(1)
    network = build_network("ResNet50V2", 96)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 96, 96, 3)).astype(np.float32)
    assert_closed_form_is_gradcam(network, images)


@pytest.mark.slow
def test_on_the_shipped_network() -> None:
    try:
        bundle = open_bundle()
    except WeightsError:
        pytest.skip("there is no bundle in models/")
    network = load_network(bundle)
    side = bundle.info.grid.side
    images = np.random.default_rng(0).uniform(-1, 1, (2, side, side, 3)).astype(np.float32)
    assert_closed_form_is_gradcam(network, images)
