"""Splits training images so that no near-duplicate stands on both sides."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brain_tumor import CLASSES
from brain_tumor.data.dataset import Item
from brain_tumor.data.duplicates import Ints
from brain_tumor.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Overlap:
    """Items of the groups that stand on both sides of a split: names, sorted, a side each."""

    training: tuple[str, ...]
    validation: tuple[str, ...]
    groups: int

    def __bool__(self) -> bool:
        return self.groups > 0


def grouped_split(
    items: Sequence[Item],
    group_ids: Sequence[int] | Ints,
    validation_fraction: float = 0.1,
    seed: int = 0,
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return (training, validation) items, sorted by name, with whole groups on one side.

    Each class gives about ``validation_fraction`` of its images, within a group's size; a group
    of several classes counts for the class that most of its images have. Groups are drawn in the
    order of a hash of the seed and their first name, so the result depends neither on the order
    of ``items`` nor on the versions of Python and NumPy.

    Raises:
        DatasetError: the fraction is not between 0 and 1, or a class is a single group.
    """
    if not 0 < validation_fraction < 1:
        raise DatasetError(
            f"validation_fraction must lie between 0 and 1. Received: {validation_fraction}."
        )
    members = _members(items, group_ids)
    by_label: dict[int, list[list[Item]]] = {}
    for group in members:
        by_label.setdefault(_label(group), []).append(group)
    chosen: set[str] = set()
    for label, candidates in by_label.items():
        chosen |= _choose(candidates, label, validation_fraction, seed)
    ordered = sorted(items, key=lambda item: item.name)
    return (
        tuple(item for item in ordered if item.name not in chosen),
        tuple(item for item in ordered if item.name in chosen),
    )


def read_validation_list(path: Path, items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items named in a text file, sorted: one name a line.

    Blank lines and lines that start with ``#`` are skipped.

    Raises:
        DatasetError: the file cannot be read, names nothing, or names what is not in ``items``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"A validation list must be a readable UTF-8 text file. {path}: {error}."
        ) from error
    lines = (line.strip() for line in text.splitlines())
    names = {line.replace("\\", "/") for line in lines if line and not line.startswith("#")}
    known = {item.name: item for item in items}
    unknown = sorted(names - known.keys())
    if unknown or not names:
        shown = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
        raise DatasetError(
            "A validation list must name images of the set, one a line, as in "
            f"Training/glioma/x.jpg. {path} names {len(names)}, of which {len(unknown)} "
            f"are not in the set{': ' + shown if unknown else ''}."
        )
    return tuple(known[name] for name in sorted(names))


def overlap(
    items: Sequence[Item], group_ids: Sequence[int] | Ints, validation: Sequence[Item]
) -> Overlap:
    """Return what stands on both sides when ``validation`` is taken out of ``items``.

    Empty (false) when every group is whole. To mend a split, drop either side's names.

    Raises:
        DatasetError: a validation item is not among ``items``, so its group is unknown.
    """
    held = {item.name for item in validation}
    strangers = sorted(held - {item.name for item in items})
    if strangers:
        raise DatasetError(
            "Every validation image must be among the grouped images. "
            f"Received {len(strangers)} others: {', '.join(strangers[:5])}."
        )
    training: list[str] = []
    inside: list[str] = []
    count = 0
    for group in _members(items, group_ids):
        kept = [item.name for item in group if item.name not in held]
        out = [item.name for item in group if item.name in held]
        if kept and out:
            count += 1
            training += kept
            inside += out
    return Overlap(tuple(sorted(training)), tuple(sorted(inside)), count)


def _members(items: Sequence[Item], group_ids: Sequence[int] | Ints) -> list[list[Item]]:
    """Return the groups as lists of items sorted by name, in the order of their first names."""
    if len(items) != len(group_ids):
        raise DatasetError(
            "Each item needs one group number. "
            f"Received {len(items)} items and {len(group_ids)} numbers."
        )
    members: dict[int, list[Item]] = {}
    for item, group in zip(items, group_ids, strict=True):
        members.setdefault(int(group), []).append(item)
    ordered = [sorted(group, key=lambda item: item.name) for group in members.values()]
    return sorted(ordered, key=lambda group: group[0].name)


def _label(group: list[Item]) -> int:
    """Return the label that most of the group has; the lowest where several are as many."""
    return int(np.bincount([item.label for item in group]).argmax())


def _choose(groups: list[list[Item]], label: int, fraction: float, seed: int) -> set[str]:
    """Return the names of the drawn groups: as many images as fit into the fraction."""
    if len(groups) < 2:
        raise DatasetError(
            "A class must have at least two groups of near-duplicates to be split. "
            f"{CLASSES[label]} has one, of {len(groups[0])} images. "
            "Add images, or name a validation list."
        )
    target = max(1, round(fraction * sum(len(group) for group in groups)))
    drawn = sorted(groups, key=lambda group: _draw(group, seed))
    chosen: list[Item] = []
    for group in drawn:
        if len(chosen) + len(group) <= target:
            chosen += group
    return {item.name for item in chosen or min(drawn, key=len)}


def _draw(group: list[Item], seed: int) -> str:
    return hashlib.sha256(f"{seed}/{group[0].name}".encode("utf-8", "surrogateescape")).hexdigest()
