"""A data folder and a network so small that a run takes seconds."""

from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np

from brain_tumor import CLASSES
from brain_tumor.training.config import TrainConfig

SIDE = 32
PER_CLASS = 8


def write_data(root: Path, per_class: int = PER_CLASS) -> Path:
    """Write Training/CLASS/N.png: heads on black, a bright spot where the class has its tumour."""
    rng = np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        folder = root / "Training" / name
        folder.mkdir(parents=True)
        (root / "masks" / name).mkdir(parents=True)
        for number in range(per_class):
            image = np.zeros((64, 64), np.uint8)
            cv2.ellipse(image, (32, 32), (26, 29), 0, 0, 360, 110, -1)
            noise = rng.integers(-40, 40, (16, 16)).astype(np.float32)
            texture = cv2.resize(noise, (64, 64))
            image = np.where(image > 0, np.clip(image + texture, 1, 200), 0).astype(np.uint8)
            if name != "notumor":
                mask = np.zeros_like(image)
                cv2.circle(mask, (20 + 8 * label, 22 + 6 * label), 6, 255, -1)
                image[mask > 0] = 250
                cv2.imwrite(str(root / "masks" / name / f"{name}{number}.png"), mask)
            cv2.imwrite(str(folder / f"{name}{number}.png"), image)
    return root


def tiny_backbone(name: str, side: int, imagenet: bool) -> keras.Model:
    """Stand in for ``network._backbone``: three convolutions, one residual block, stride 8."""
    layers = keras.layers
    image = keras.Input((side, side, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="conv1_conv")(image)
    x = layers.BatchNormalization(name="conv1_bn")(x)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.Conv2D(12, 3, strides=4, padding="same", name="conv2_conv")(x)
    x = layers.BatchNormalization(name="post_bn")(x)
    x = layers.Activation("relu", name="post_relu")(x)
    return keras.Model(image, x, name=name)


def tiny_config(data: Path, run_dir: Path, **settings: Any) -> TrainConfig:
    """Return settings for a run of seconds."""
    base: dict[str, Any] = {
        "weights": "none",
        "side": SIDE,
        "epochs": 2,
        "batch_size": 4,
        "learning_rate": 1e-2,
        "validation_fraction": 0.25,
        "precision": "float32",
        "log_every": 2,
    }
    return TrainConfig(data=str(data), run_dir=str(run_dir), **{**base, **settings})
