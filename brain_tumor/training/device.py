"""What the machine offers to Keras: precision, compilation, and several GPUs."""

import contextlib
from contextlib import AbstractContextManager
from typing import Any

import keras

from brain_tumor.model.devices import accelerators

_POLICIES = {"bfloat16": "mixed_bfloat16", "float16": "mixed_float16", "float32": "float32"}


def use_precision(precision: str) -> str:
    """Set Keras' policy; ``auto`` is bfloat16 on an accelerator and float32 on a CPU.

    Returns:
        The precision in use: float32, bfloat16 or float16.
    """
    chosen = precision
    if precision == "auto":
        chosen = "bfloat16" if accelerators() else "float32"
    keras.mixed_precision.set_global_policy(_POLICIES[chosen])
    return chosen


def jit_compile() -> bool | str:
    """Return Keras' ``jit_compile``: not on TensorFlow's CPU, where XLA halves the speed."""
    if keras.backend.backend() == "tensorflow" and not accelerators():
        return False
    return "auto"


def distribute() -> AbstractContextManager[Any]:
    """Return the scope in which a model trains on all accelerators of this machine.

    Batches are split over the devices and gradients averaged. ``keras.distribution`` does it on
    JAX; TensorFlow has its own strategy; on PyTorch one device trains.
    """
    if len(accelerators()) < 2 or keras.backend.backend() == "torch":
        return contextlib.nullcontext()
    if keras.backend.backend() == "tensorflow":
        # Keras has imported TensorFlow already: this is the same module, not a new dependency.
        import tensorflow as tf

        return tf.distribute.MirroredStrategy().scope()
    return keras.distribution.DataParallel(auto_shard_dataset=False).scope()
