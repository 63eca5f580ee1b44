"""From a data folder to the two sides of a run: what it learns from and what judges it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.data.dataset import TESTING, Item, fingerprint, read_dataset
from brain_tumor.data.duplicates import (
    Floats,
    Prints,
    duplicate_groups,
    leaked,
    read_prints,
    select,
)
from brain_tumor.data.split import grouped_split, overlap, read_validation_list
from brain_tumor.errors import DatasetError
from brain_tumor.training.arrays import Arrays, load_arrays
from brain_tumor.training.config import TrainConfig
from brain_tumor.training.outlines import (
    Outline,
    borrowed_outlines,
    contradictions,
    own_outlines,
)
from brain_tumor.training.start import validation_names


@dataclass(frozen=True, slots=True)
class RunData:
    """Both sides of a run, and the hash of the files that they came from."""

    training: Arrays
    validation: Arrays
    data_hash: str


def load_run_data(config: TrainConfig, say: Callable[[str], None]) -> RunData:
    """Read, split by near-duplicate group and standardise the training images.

    Images of a ``Testing`` folder are never learned from nor judged on, and looked at only to find
    their copies where ``leave_out_leaks`` asks for it. A folder without splits counts as training.
    """
    dataset = read_dataset(Path(config.data))
    items = tuple(item for item in dataset.items if item.split != TESTING)
    if not items:
        raise DatasetError(
            f"Training needs a Training folder (or class folders). Received: {config.data}, which "
            "has test images only."
        )
    say(f"{len(items)} training images, {len(dataset.problems)} other files skipped.")
    prints = _prints(items, dataset.split(TESTING) if config.leave_out_leaks else (), say)
    training, validation = split_items(prints, config, say)
    for problem in prints.damaged:
        say(f"Left out {problem.name}: {problem.reason}")
    training, borrowed = clean_training(training, prints, say)
    missing = [CLASSES[i] for i in range(len(CLASSES)) if i not in {t.label for t in training}]
    if missing:
        raise DatasetError(f"Every class needs training images. Without any: {', '.join(missing)}.")
    say(f"{len(training)} images to learn from, {len(validation)} to validate on.")
    return RunData(
        training=load_arrays(training, config.side, own_outlines(training) | borrowed),
        validation=load_arrays(validation, config.side),
        data_hash=fingerprint((*training, *validation)),
    )


def _prints(items: tuple[Item, ...], test: tuple[Item, ...], say: Callable[[str], None]) -> Prints:
    """Read the images to learn from and to validate on: those without a copy in ``test``."""
    prints = read_prints((*items, *test))
    if not test:
        return prints
    out = set(leaked(prints))
    say(f"{len(out)} training images are near-duplicates of test images: left out.")
    return select(prints, lambda item: item.split != TESTING and item.name not in out)


def split_items(
    prints: Prints, config: TrainConfig, say: Callable[[str], None]
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return (training, validation) without a near-duplicate group on both sides.

    The validation images are those that the run or its starting weights already have, where that
    is known; else the list's; else a seeded share of the groups.
    """
    group_ids = duplicate_groups(prints)
    names = set(validation_names(config))
    if names and names <= {item.name for item in prints.items}:
        say(f"Validating on the {len(names)} images that the weights have not seen.")
        validation = tuple(item for item in prints.items if item.name in names)
    elif config.validation_list is not None:
        validation = read_validation_list(Path(config.validation_list), prints.items)
    else:
        return grouped_split(prints.items, group_ids, config.validation_fraction, config.seed)
    out = {item.name for item in validation}
    across = set(overlap(prints.items, group_ids, validation).training)
    if across:
        say(f"{len(across)} training images are near-duplicates of validation: left out.")
    kept = tuple(i for i in prints.items if i.name not in out and i.name not in across)
    return kept, validation


def clean_training(
    training: tuple[Item, ...], prints: Prints, say: Callable[[str], None]
) -> tuple[tuple[Item, ...], dict[str, Outline]]:
    """Return the training items without contradictions, and the outlines that copies lend them."""
    rows = {item.name: row for row, item in enumerate(prints.items)}

    def signatures_of(items: tuple[Item, ...]) -> Floats:
        return prints.signatures[[rows[item.name] for item in items]]

    wrong = contradictions(training, signatures_of(training))
    for name, copy in sorted(wrong.items()):
        say(f"Left out {name}: it is a copy of {copy}, which has another label.")
    kept = tuple(item for item in training if item.name not in wrong)
    borrowed = borrowed_outlines(kept, signatures_of(kept))
    if borrowed:
        say(f"{len(borrowed)} images without an outline take over the one of their copy.")
    return kept, borrowed


def balanced_weights(labels: NDArray[np.int32], enabled: bool) -> NDArray[np.float32]:
    """Return a weight a class, float32 (4,), inverse to its count and 1 on average over images."""
    if not enabled:
        return np.ones(len(CLASSES), np.float32)
    counts = np.bincount(labels, minlength=len(CLASSES))
    return (len(labels) / (len(CLASSES) * np.maximum(counts, 1))).astype(np.float32)
