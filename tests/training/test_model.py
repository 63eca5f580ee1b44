"""The training model: what it learns from, and that it agrees with what serves."""

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from brain_tumor.imaging.preprocess import to_network_input  # noqa: E402
from brain_tumor.model import network as network_module  # noqa: E402
from brain_tumor.model.export import serving_model  # noqa: E402
from brain_tumor.model.network import build_network  # noqa: E402
from brain_tumor.training.augment import identity_parameters  # noqa: E402
from brain_tumor.training.config import TrainConfig  # noqa: E402
from brain_tumor.training.model import BATCH_NORM_MOMENTUM, TrainingModel  # noqa: E402
from tests.training.tiny import SIDE, tiny_backbone  # noqa: E402


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(network_module, "_backbone", tiny_backbone)
    keras.utils.set_random_seed(0)
    return build_network("ResNet152V2", SIDE, dropout=0.5)


def training_model(network: Any, **settings: Any) -> TrainingModel:
    config = TrainConfig(data="d", run_dir="r", side=SIDE, **settings)
    model = TrainingModel(network, config, np.ones(4, np.float32))
    model.compile(optimizer="sgd")
    return model


def inputs(n: int = 3) -> dict[str, np.ndarray]:
    images = np.random.default_rng(0).integers(0, 256, (n, SIDE, SIDE, 1)).astype(np.uint8)
    outlines = np.zeros_like(images)
    outlines[:, 8:20, 8:20] = 255
    return {"image": images, "outline": outlines, **identity_parameters(n)}


def numpy(value: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(value))


def test_it_answers_as_the_served_network_does(network: Any) -> None:
    given = inputs()
    outputs = training_model(network)(given, training=False)
    assert outputs.keys() == {"logits", "maps"}
    logits, maps, _ = serving_model(network)(to_network_input(given["image"][..., 0]))
    assert np.allclose(numpy(outputs["logits"]), numpy(logits), atol=1e-5)
    assert np.allclose(numpy(outputs["maps"]), numpy(maps), atol=1e-5)


def test_dropout_is_at_work_while_training_only(network: Any) -> None:
    model, given = training_model(network), inputs()
    first, second = (numpy(model(given, training=False)["logits"]) for _ in range(2))
    assert np.array_equal(first, second)
    first, second = (numpy(model(given, training=True)["logits"]) for _ in range(2))
    assert not np.allclose(first, second)


def loss(model: TrainingModel, given: dict[str, np.ndarray], training: bool) -> float:
    outputs = model(given, training=training)
    labels = np.array([0, 1, 2], np.int32)
    return float(numpy(model.compute_loss(y=labels, y_pred=outputs, training=training)))


def test_outlines_count_while_training_and_by_their_weight(network: Any) -> None:
    given = inputs()
    without = {**given, "outline": np.zeros_like(given["outline"])}
    network.model.get_layer("dropout").rate = 0.0
    plain = loss(training_model(network, mask_weight=0.0), given, True)
    one = loss(training_model(network, mask_weight=1.0), given, True)
    two = loss(training_model(network, mask_weight=2.0), given, True)
    assert one > plain
    assert two - plain == pytest.approx(2 * (one - plain), rel=1e-3)
    assert loss(training_model(network, mask_weight=1.0), without, True) == pytest.approx(plain)
    assert loss(training_model(network, mask_weight=1.0), given, False) == pytest.approx(
        loss(training_model(network, mask_weight=0.0), given, False)
    )


def test_batch_norm_follows_short_epochs(network: Any) -> None:
    training_model(network)
    norms = [x for x in network.model.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert norms
    assert all(layer.momentum == BATCH_NORM_MOMENTUM for layer in norms)
