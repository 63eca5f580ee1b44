"""What a data folder holds and what is wrong with it: counts, sizes, damage, leakage."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from brain_tumor import CLASSES, __version__
from brain_tumor.data.audit_report import (
    AuditReport,
    ClassCount,
    Disagreement,
    FormatCount,
    Group,
    GroupSummary,
    Leak,
    SizeCount,
)
from brain_tumor.data.dataset import (
    TESTING,
    TRAINING,
    Dataset,
    Item,
    fingerprint,
    read_dataset,
)
from brain_tumor.data.duplicates import (
    NEAR_DUPLICATE_COSINE,
    ORIENTATIONS,
    Ints,
    Pairs,
    Prints,
    exact_pairs,
    groups,
    leaked,
    nearest,
    read_prints,
    similar_pairs,
)

LEVELS = (0.9999, NEAR_DUPLICATE_COSINE, 0.95)
"""Cosines at which leakage is counted: copies, near-duplicates, neighbouring slices."""

Notify = Callable[[str, int, int], object]
"""Progress: (stage, done, total); called from the thread that called ``run_audit``."""


def run_audit(
    root: Path,
    *,
    threshold: float = NEAR_DUPLICATE_COSINE,
    command: str = "",
    notify: Notify | None = None,
    workers: int | None = None,
) -> AuditReport:
    """Read the whole set once and report on it.

    Raises:
        DatasetError: the folder holds no readable layout (single bad files never raise).
    """
    dataset = read_dataset(root)
    prints = _read(dataset, notify, workers)
    tell = notify or (lambda stage, done, total: None)
    tell("compare", 0, 1)
    pairs = similar_pairs(prints.signatures, threshold)
    exact = exact_pairs(prints.digests)
    near_groups = _groups(prints.items, np.concatenate([pairs.index, exact]))
    exact_groups = _groups(prints.items, exact)
    leaks = _leaks(prints, threshold)
    tell("compare", 1, 1)
    return AuditReport(
        root=str(root),
        package_version=__version__,
        command=command,
        data_sha256=fingerprint(dataset.items),
        threshold=threshold,
        images=len(dataset.items),
        counts=_counts(dataset.items),
        sizes=_sizes(prints.sizes),
        formats=_formats(prints.kinds),
        misplaced=dataset.problems,
        damaged=prints.damaged,
        exact=_summary(exact_groups),
        near=_summary(near_groups),
        pairs_by_orientation=_orientations(pairs),
        disagreements=_disagreements(prints.items, pairs),
        leaks=leaks,
        leaked=leaked(prints, threshold),
        exact_groups=exact_groups,
        near_groups=near_groups,
    )


def _read(dataset: Dataset, notify: Notify | None, workers: int | None) -> Prints:
    done = 0
    total = len(dataset.items)

    def step() -> None:
        nonlocal done
        done += 1
        if notify is not None:
            notify("read", done, total)

    return read_prints(dataset.items, progress=step, workers=workers)


def _counts(items: Sequence[Item]) -> tuple[ClassCount, ...]:
    images = Counter((item.split, item.label) for item in items)
    masks = Counter((item.split, item.label) for item in items if item.mask)
    splits = sorted({split for split, _ in images}, key=lambda split: split != TRAINING)
    return tuple(
        ClassCount(split, name, images[split, label], masks[split, label])
        for split in splits
        for label, name in enumerate(CLASSES)
    )


def _sizes(sizes: Iterable[tuple[int, int]]) -> tuple[SizeCount, ...]:
    """Return the sizes met, the commonest first, then the larger."""
    found = [SizeCount(width, height, count) for (width, height), count in Counter(sizes).items()]
    return tuple(sorted(found, key=lambda s: (-s.images, -s.width * s.height, s.width)))


def _formats(kinds: Iterable[tuple[str, str]]) -> tuple[FormatCount, ...]:
    return tuple(
        FormatCount(kind, mode, count)
        for (kind, mode), count in sorted(
            Counter(kinds).items(), key=lambda entry: (-entry[1], entry[0])
        )
    )


def _groups(items: Sequence[Item], pairs: Ints) -> tuple[Group, ...]:
    """Return the groups of two images or more, the largest first."""
    members: dict[int, list[Item]] = {}
    for item, number in zip(items, groups(len(items), pairs), strict=True):
        members.setdefault(int(number), []).append(item)
    found = [
        Group(
            names=tuple(sorted(item.name for item in group)),
            splits=tuple(sorted({item.split for item in group})),
            labels=tuple(CLASSES[label] for label in sorted({item.label for item in group})),
        )
        for group in members.values()
        if len(group) > 1
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.names), group.names)))


def _summary(found: Sequence[Group]) -> GroupSummary:
    alone = [group for group in found if len(group.splits) == 1]
    splits = sorted({group.splits[0] for group in alone}, reverse=True)
    within = tuple(
        (split, len(sizes), sum(sizes))
        for split in splits
        if (sizes := [len(group.names) for group in alone if group.splits[0] == split])
    )
    return GroupSummary(
        groups=len(found),
        images=sum(len(group.names) for group in found),
        within=within,
        across_splits=len(found) - len(alone),
        across_labels=sum(len(group.labels) > 1 for group in found),
    )


def _orientations(pairs: Pairs) -> tuple[tuple[str, int], ...]:
    counts = np.bincount(pairs.orientation, minlength=len(ORIENTATIONS))
    return tuple((name, int(count)) for name, count in zip(ORIENTATIONS, counts, strict=True))


def _disagreements(items: Sequence[Item], pairs: Pairs) -> tuple[Disagreement, ...]:
    """Return the pairs with different labels, by name of the first image."""
    labels = np.array([item.label for item in items])
    differ = np.flatnonzero(labels[pairs.index[:, 0]] != labels[pairs.index[:, 1]])
    found = [
        Disagreement(
            first=items[int(pairs.index[at, 0])].name,
            second=items[int(pairs.index[at, 1])].name,
            cosine=round(float(pairs.cosine[at]), 5),
            orientation=ORIENTATIONS[int(pairs.orientation[at])],
        )
        for at in differ
    ]
    return tuple(sorted(found, key=lambda pair: (pair.first, pair.second)))


def _leaks(prints: Prints, threshold: float) -> tuple[Leak, ...]:
    """Count test images near a training image, by class and level; empty without both splits."""
    splits = np.array([item.split for item in prints.items])
    test, train = splits == TESTING, splits == TRAINING
    if not test.any() or not train.any():
        return ()
    labels = np.array([item.label for item in prints.items])[test]
    queries, references = prints.signatures[test], prints.signatures[train]
    unflipped = nearest(queries, references, flips=False).cosine
    any_way = nearest(queries, references, flips=True).cosine
    wanted = [("all", np.ones(len(labels), bool))]
    wanted += [(name, labels == label) for label, name in enumerate(CLASSES)]
    return tuple(
        Leak(
            name,
            level,
            int(chosen.sum()),
            int((unflipped[chosen] > level).sum()),
            int((any_way[chosen] > level).sum()),
        )
        for name, chosen in wanted
        for level in sorted({*LEVELS, threshold}, reverse=True)
    )
