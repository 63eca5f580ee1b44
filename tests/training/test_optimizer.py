import numpy as np
import pytest

keras = pytest.importorskip("keras")

from brain_tumor.training.config import TrainConfig  # noqa: E402
from brain_tumor.training.optimizer import averaged_weights, build_optimizer  # noqa: E402


def config(**settings: object) -> TrainConfig:
    return TrainConfig(**{"data": "d", "run_dir": "r", **settings})


def rates(optimizer: keras.optimizers.Optimizer, steps: int) -> list[float]:
    schedule = optimizer._learning_rate
    return [float(schedule(step)) for step in range(steps)]


def test_the_learning_rate_warms_up_and_falls_to_a_hundredth() -> None:
    found = rates(build_optimizer(config(warmup_share=0.2), 1e-2, 100, "float32"), 101)
    assert found[0] == pytest.approx(1e-4)
    assert found[20] == pytest.approx(1e-2)
    assert found[10] == pytest.approx((1e-4 + 1e-2) / 2, rel=0.01)
    assert found[60] == pytest.approx(1e-2 * (0.99 * 0.5 + 0.01), rel=0.01)  # half of the cosine
    assert found[100] == pytest.approx(1e-4, rel=0.01)
    assert np.argmax(found) == 20


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_stage_of_few_steps_has_a_schedule_too(steps: int) -> None:
    found = rates(build_optimizer(config(warmup_share=0.9), 1e-2, steps, "float32"), steps)
    assert all(0 < rate <= 1e-2 for rate in found)


def test_biases_and_norms_do_not_decay() -> None:
    layers = [keras.layers.Dense(2, name="dense"), keras.layers.BatchNormalization()]
    model = keras.Sequential([keras.Input((2,)), *layers])
    for weight in model.trainable_variables:
        weight.assign(np.ones(weight.shape))
    optimizer = build_optimizer(config(weight_decay=0.5, warmup_share=0), 0.1, 10, "float32")
    zeros = [np.zeros(weight.shape, np.float32) for weight in model.trainable_variables]
    optimizer.apply([keras.ops.convert_to_tensor(z) for z in zeros], model.trainable_variables)
    after = {
        w.name: float(np.max(keras.ops.convert_to_numpy(w))) for w in model.trainable_variables
    }
    assert after["kernel"] == pytest.approx(0.95, abs=1e-3)
    assert {after["bias"], after["gamma"], after["beta"]} == {1.0}


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_averages_stand_in_for_the_weights_and_leave_no_trace(precision: str) -> None:
    weight = keras.Variable(np.array([0.1], np.float32), name="kernel")
    optimizer = build_optimizer(config(ema_momentum=0.5, warmup_share=0), 0.1, 10, precision)
    optimizer.build([weight])
    for _ in range(3):
        optimizer.apply([keras.ops.ones((1,))], [weight])
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    before = keras.ops.convert_to_numpy(weight).copy()
    average = keras.ops.convert_to_numpy(inner._model_variables_moving_average[0]).copy()
    assert before != average
    with pytest.raises(KeyError), averaged_weights(optimizer):
        assert keras.ops.convert_to_numpy(weight) == average
        raise KeyError
    assert keras.ops.convert_to_numpy(weight) == before
    assert keras.ops.convert_to_numpy(inner._model_variables_moving_average[0]) == average


def test_without_averaging_the_weights_stay() -> None:
    weight = keras.Variable(np.array([0.1], np.float32), name="kernel")
    optimizer = build_optimizer(config(ema_momentum=0.0), 0.1, 10, "float32")
    optimizer.build([weight])
    with averaged_weights(optimizer):
        assert float(keras.ops.convert_to_numpy(weight)[0]) == pytest.approx(0.1)
