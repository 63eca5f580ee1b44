"""The settings of a new run: fields with good defaults, each checked with the reason beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from brain_tumor.jobs.devices import Gpu
from brain_tumor.model.backbones import BACKBONES, SHIPPED_BACKBONE
from brain_tumor.training.config import PRECISIONS, WEIGHTS_CHOICES, TrainConfig
from brain_tumor.training.suggestions import suggested_settings
from brain_tumor.ui.words import plain

PREFIX: Final = "set-"
"""Begins the keys of the fields; what follows is the setting's name."""

WEIGHTS: Final = {
    "shipped": "The shipped classifier",
    "imagenet": "ImageNet (downloaded by Keras)",
    "none": "From scratch",
}

OFFERED: Final[tuple[str, ...]] = (
    "weights",
    "backbone",
    "side",
    "epochs",
    "batch_size",
    "learning_rate",
    "augment",
    "mask_weight",
    "precision",
    "patience",
    "ema_momentum",
    "seed",
)
"""Settings that have a field."""


def defaults_for(gpu: Gpu | None, shipped: bool, quick: bool = False) -> dict[str, Any]:
    """Return what the fields start with on a device; see ``suggested_settings``.

    Args:
        gpu: the GPU, None for the CPU.
        shipped: whether there are shipped weights to start from.
        quick: for a run of minutes on a small network.
    """
    plain_settings = TrainConfig(data="", run_dir="").to_dict()
    suggested = suggested_settings(
        None if gpu is None else gpu.memory_free, gpu=gpu is not None, shipped=shipped, quick=quick
    )
    settings = {**plain_settings, **suggested}
    return {name: settings[name] for name in OFFERED}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the fields hold, and what is wrong with it by the names of the settings."""

    values: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)


def offer(defaults: Mapping[str, Any]) -> None:
    """Set the fields, such as to a run that is to be run again; to be called in a callback."""
    for name, value in defaults.items():
        st.session_state[PREFIX + name] = value


def show(defaults: Mapping[str, Any], outlines: bool) -> Settings:
    """Draw the fields and return what they hold.

    Args:
        defaults: what the fields start with.
        outlines: whether the data have tumor outlines to learn from.
    """
    for name, value in defaults.items():
        st.session_state.setdefault(PREFIX + name, value)
    values: dict[str, Any] = {}
    first, second, third = st.columns(3, gap="medium")
    with first:
        values["weights"] = st.selectbox(
            "Start from", list(WEIGHTS), format_func=WEIGHTS.__getitem__, key=PREFIX + "weights"
        )
        values["epochs"] = st.number_input(
            "Epochs", 1, 1000, key=PREFIX + "epochs", help="Passes over the training images."
        )
    with second:
        values["backbone"] = st.selectbox("Network", BACKBONES, key=PREFIX + "backbone")
        values["batch_size"] = st.number_input(
            "Batch size", 1, 1024, key=PREFIX + "batch_size", help="Images a step."
        )
    with third:
        values["side"] = st.number_input(
            "Input size (pixels)", 32, 1024, step=32, key=PREFIX + "side"
        )
        values["learning_rate"] = st.number_input(
            "Learning rate",
            min_value=0.0,
            format="%.1e",
            step=1e-5,
            key=PREFIX + "learning_rate",
            help="The highest: warm-up leads up to it, a cosine down from it.",
        )
    with st.expander("Advanced", icon=":material/tune:"):
        values |= _advanced(outlines)
    settings = Settings(values, problems_of(values))
    for name, problem in settings.problems.items():
        st.error(plain(problem), icon=":material/error:", title=f"Check “{name}”")
    return settings


def _advanced(outlines: bool) -> dict[str, Any]:
    first, second = st.columns(2, gap="medium")
    values: dict[str, Any] = {}
    with first:
        values["augment"] = st.slider(
            "Augmentation strength",
            0.0,
            2.0,
            step=0.1,
            key=PREFIX + "augment",
            help="0: none; 1: as the shipped weights were trained.",
        )
        values["patience"] = st.number_input(
            "Patience",
            0,
            1000,
            key=PREFIX + "patience",
            help="Ends after so many epochs without a better one; 0: never before the last.",
        )
        values["seed"] = st.number_input("Seed", 0, 2**32 - 1, key=PREFIX + "seed")
    with second:
        values["mask_weight"] = st.slider(
            "Weight of the tumor outlines",
            0.0,
            2.0,
            step=0.1,
            key=PREFIX + "mask_weight",
            disabled=not outlines,
            help="Draws the heat map into the tumor. The data must hold masks/.",
        )
        values["ema_momentum"] = st.slider(
            "Averaging of the weights",
            0.0,
            0.999,
            step=0.001,
            format="%.3f",
            key=PREFIX + "ema_momentum",
            help="Momentum of the averaged weights, which are what is validated and kept; 0: none.",
        )
        values["precision"] = st.selectbox(
            "Precision",
            PRECISIONS,
            key=PREFIX + "precision",
            help="auto: mixed bfloat16 on a GPU, float32 on a CPU.",
        )
    if not outlines:
        values["mask_weight"] = 0.0
    return values


def problems_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with each setting, by its name; empty where nothing is."""
    problems = {
        name: f"{name} {reason}." for name, reason in TrainConfig.problems_of(values).items()
    }
    if values.get("backbone") != SHIPPED_BACKBONE and values.get("weights") == "shipped":
        problems["weights"] = (
            f"The shipped classifier is a {SHIPPED_BACKBONE}: another network cannot start from "
            "it. Choose ImageNet or from scratch."
        )
    return problems


assert set(WEIGHTS) == set(WEIGHTS_CHOICES)
