"""The optimizer of a stage: AdamW, linear warm-up, cosine decay, averaged weights."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from brain_tumor.training.config import TrainConfig


@keras.saving.register_keras_serializable(package="brain_tumor")
class AveragingAdamW(keras.optimizers.AdamW):
    """AdamW that keeps an exponential moving average of the weights beside them.

    Keras overwrites the weights with their average when ``fit`` ends; here both are kept, so that
    a run can stop and go on.
    """

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the weights as they are."""

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the averages in the weights' place for a while.

        ``keras.callbacks.SwapEMAWeights`` does it on TensorFlow by adding and subtracting, which
        rounds both; here the weights come back to the last digit.
        """
        averages = self._model_variables_moving_average if self.use_ema else []
        pairs = list(zip(self._trainable_variables, averages, strict=False))
        kept = [np.array(ops.convert_to_numpy(weight)) for weight, _ in pairs]
        for weight, average in pairs:
            # By way of NumPy: on JAX the two would share one buffer, which validation gives away.
            weight.assign(np.array(ops.convert_to_numpy(average)))
        try:
            yield
        finally:
            for (weight, _), value in zip(pairs, kept, strict=True):
                weight.assign(value)


def averaged_weights(optimizer: Any) -> AbstractContextManager[None]:
    """Return ``AveragingAdamW.averaged`` of an optimizer, in a loss scaler or not."""
    inner: AveragingAdamW = getattr(optimizer, "inner_optimizer", optimizer)
    return inner.averaged()


def build_optimizer(
    config: TrainConfig, peak: float, steps: int, precision: str
) -> keras.optimizers.Optimizer:
    """Return the optimizer for a stage of ``steps`` steps with learning rate up to ``peak``.

    Loshchilov and Hutter, "Decoupled weight decay regularization" (2019) and "SGDR" (2017).
    Biases and batch-norm parameters do not decay.
    """
    warmup = min(steps - 1, round(steps * config.warmup_share))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak * 0.01 if warmup else peak,
        decay_steps=max(1, steps - warmup),
        alpha=0.01,
        warmup_target=peak if warmup else None,
        warmup_steps=warmup,
    )
    optimizer = AveragingAdamW(
        learning_rate=schedule,
        weight_decay=config.weight_decay,
        global_clipnorm=1.0,
        use_ema=config.ema_momentum > 0,
        ema_momentum=config.ema_momentum or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if precision == "float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer
