"""What a run starts from: a network with its first weights, and the images they have not seen."""

import json
from pathlib import Path
from typing import Any

from brain_tumor.errors import WeightsError
from brain_tumor.jobs.layout import FACTS
from brain_tumor.model.bundle import Bundle, open_bundle
from brain_tumor.model.network import Network, build_network
from brain_tumor.model.weights_file import Tensors, load_parts, set_weights
from brain_tumor.training.config import TrainConfig


def build_start(config: TrainConfig, *, resuming: bool) -> Network:
    """Build a run's network, with its first weights unless a checkpoint brings others.

    Raises:
        WeightsError: the weights are missing, damaged or made for another backbone.
        TrainingError: the backbone is unknown, or its ImageNet weights cannot be had.
    """
    network = build_network(
        config.backbone,
        config.side,
        dropout=config.dropout,
        imagenet=config.weights == "imagenet" and not resuming,
        active_blocks=config.active_blocks,
    )
    if not resuming and config.weights == "shipped":
        set_weights(network.model, shipped_tensors(config.backbone))
    elif not resuming and config.weights not in ("imagenet", "none"):
        set_weights(network.model, load_parts(_parts(Path(config.weights))), new_head=True)
    return network


def shipped_tensors(backbone: str) -> Tensors:
    """Return the Keras weights of the shipped bundle.

    Raises:
        WeightsError: there are none, or they are another backbone's.
    """
    bundle = open_bundle()
    if bundle.info.backbone != backbone:
        raise WeightsError(
            f"The shipped weights are {bundle.info.backbone}'s. Received: backbone {backbone}. "
            f"Choose {bundle.info.backbone}, or start from imagenet, none or a weights file."
        )
    return load_parts(bundle.files(_keras_files(bundle)))


def _keras_files(bundle: Bundle) -> tuple[str, ...]:
    if not bundle.info.keras_files:
        raise WeightsError(
            f"Training from the shipped weights needs a bundle with Keras weights. The one in "
            f"{bundle.folder} has none: export it again without --no-keras."
        )
    return bundle.info.keras_files


def _parts(path: Path) -> list[Path]:
    """Return a weights file, or the parts in a folder."""
    if not path.is_dir():
        return [path]
    parts = sorted(path.glob("*.npz"))
    if not parts:
        raise WeightsError(
            f"A folder of weights holds .npz files. Received: {path}, which has none. "
            "Name the file or the folder, or use --weights imagenet, shipped or none."
        )
    return parts


def validation_names(config: TrainConfig) -> tuple[str, ...]:
    """Return the images that a run must validate on if it is to judge itself fairly.

    A resumed run keeps the ones it began with. A run from the weights of another, shipped or in
    that run's folder, takes over the images that those weights have not seen: on any others,
    accuracy would be measured on images learned by heart.

    Returns:
        Item names; none where nothing is known.
    """
    own = _names_in(Path(config.run_dir) / FACTS)
    if own or config.validation_list is not None:
        return own
    if config.weights == "shipped":
        return _names(open_bundle().info.training)
    return _names_in(Path(config.weights).parent.parent / FACTS)


def _names_in(facts: Path) -> tuple[str, ...]:
    try:
        return _names(json.loads(facts.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return ()  # not written by a run: nothing is known


def _names(facts: Any) -> tuple[str, ...]:
    names = facts.get("validation_images") if isinstance(facts, dict) else None
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
