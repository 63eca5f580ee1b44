"""The options of ``train``: one for each setting of ``TrainConfig``, with its default."""

import argparse
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Final

from brain_tumor.model.backbones import BACKBONES
from brain_tumor.training.config import PRECISIONS, TrainConfig

_HELP: Final[Mapping[str, str]] = {
    "backbone": f"the network: {', '.join(BACKBONES)}",
    "weights": "what to start from: imagenet, shipped (the classifier in models/), none, or a "
    "weights file (.npz) such as RUN/checkpoints/best.npz",
    "active_blocks": "for ResNets, how many residual blocks of each stage take part, as in "
    "3,2,3,3: fewer train faster, and the whole network goes on from their weights",
    "side": "height and width of the input in pixels",
    "epochs": "passes over the training images",
    "head_epochs": "of these, how many train the dense layer alone (default: a tenth with "
    "imagenet weights, else none)",
    "batch_size": "images a step",
    "learning_rate": "highest learning rate: warm-up leads up to it, a cosine down to 1 %% of it",
    "head_learning_rate": "the same while the dense layer trains alone",
    "warmup_share": "share of a stage's steps that warm up",
    "weight_decay": "AdamW's decay of the kernels",
    "ema_momentum": "momentum of the averaged weights that are validated and kept; 0: no averaging",
    "label_smoothing": "share of each label that is spread over all classes",
    "dropout": "share of the pooled features that is dropped",
    "class_weights": "weigh each class inversely to its number of images",
    "augment": "strength of the augmentation; 0: none",
    "mask_weight": "weight of the loss that draws the heat map into the tumour's outline, where "
    "there is one; 0: outlines are ignored",
    "patience": "end after so many epochs without a better one; 0: never",
    "precision": f"{', '.join(PRECISIONS)}; auto is bfloat16 on a GPU and float32 on a CPU",
    "validation_fraction": "share of the training images to validate on, by whole groups of "
    "near-duplicates",
    "validation_list": "text file that names the images to validate on, one a line, in place of a "
    "share",
    "leave_out_leaks": "leave out training images with a near-duplicate among the test images, "
    "which are looked at for that alone",
    "seed": "seed of everything that is drawn",
    "log_every": "steps between two lines of metrics",
}


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options; those that are not given stay away from the namespace."""
    group = parser.add_argument_group("settings of a new run")
    for field in fields(TrainConfig):
        if field.name in _HELP:
            _add_setting(group, field)


def _add_setting(group: argparse._ArgumentGroup, field: "Field[Any]") -> None:
    assert field.default is not MISSING
    text = _HELP[field.name]
    if field.default is not None:
        text += f" (default {field.default})"
    options: dict[str, Any] = {"help": text, "default": argparse.SUPPRESS}
    if field.type is bool:
        options["action"] = argparse.BooleanOptionalAction
    elif field.name == "backbone":
        options |= {"choices": BACKBONES, "metavar": "NAME"}
    elif field.name == "precision":
        options["choices"] = PRECISIONS
    elif field.name == "active_blocks":
        options |= {"type": _counts, "metavar": "N,N,…"}
    elif field.type in (int, int | None):
        options |= {"type": int, "metavar": "N"}
    elif field.type is float:
        options |= {"type": float, "metavar": "X"}
    else:
        options["metavar"] = "FILE" if field.name == "validation_list" else "START"
    group.add_argument(f"--{field.name.replace('_', '-')}", **options)


def _counts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers with commas, received {text}"
        ) from error
