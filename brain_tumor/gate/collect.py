"""Puts scans and strangers through the network, and keeps what the gate looks at."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.data.dataset import TESTING, TRAINING, Dataset, Item, load_scans
from brain_tumor.data.duplicates import duplicate_groups, read_prints
from brain_tumor.errors import DatasetError, DecodeError
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.families import MANGLED, REWORKED, TEST, TRAIN, VALIDATION, VARIANTS
from brain_tumor.gate.strangers import scans as changed
from brain_tumor.gate.strangers.families import Stranger, drawn, folder_files, packaged, read
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.preprocess import to_network_input
from brain_tumor.pipeline import Classifier, Prepared, prepare

SEED: Final = 20
DRAWN_EACH: Final = 150
VARIANT_EVERY: Final = 4
MANGLED_EVERY: Final = 16
SKULL_OFF_EVERY: Final = 5
COARSE_EVERY: Final = 16

_BATCH: Final = 16

Notify = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class Collection:
    """N pictures as the gate sees them.

    Attributes:
        evidence: of all of them.
        family: (N,) strings, one of the five above or a stranger's family.
        group: (N,) int64: pictures of one group (near-duplicates, one source) are alike.
        name: (N,) strings: a scan's name in the data set, or a stranger's source.
        label: (N,) int64, a scan's class; -1 for strangers.
    """

    evidence: Evidence
    family: NDArray[np.str_]
    group: NDArray[np.int64]
    name: NDArray[np.str_]
    label: NDArray[np.int64]

    def where(self, *families: str) -> NDArray[np.bool_]:
        """Return which pictures belong to any of some families."""
        return np.isin(self.family, families)

    def save(self, path: Path, key: str) -> None:
        """Write everything as one NumPy archive; ``key`` says of what."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "evidence"}
        seen = {f.name: getattr(self.evidence, f.name) for f in fields(self.evidence)}
        np.savez(path, key=np.array(key), **own, **seen)

    @classmethod
    def load(cls, path: Path) -> tuple[str, "Collection"]:
        """Return the key and the collection that ``save`` has written."""
        with np.load(path, allow_pickle=False) as arrays:
            seen = Evidence(**{f.name: arrays[f.name] for f in fields(Evidence)})
            own = {f.name: arrays[f.name] for f in fields(cls) if f.name != "evidence"}
            key = str(arrays["key"])
        return key, cls(evidence=seen, **own)


@dataclass(frozen=True, slots=True)
class _Entry:
    family: str
    group: str
    name: str
    label: int
    scan: Scan


def collect(
    classifier: Classifier, dataset: Dataset, pictures: Path | None, notify: Notify
) -> Collection:
    """Collect the data set's scans, changed and mangled copies of them, and strangers.

    Training scans with a near-duplicate (flips included) in the validation set are left out.

    Args:
        classifier: the weights.
        dataset: with Training and Testing.
        pictures: a folder with a folder of image files for each further family.
        notify: called with (stage, done, total).

    Raises:
        DatasetError: there are no training scans, or none of the bundle's validation scans.
    """
    entries = chain(_scans(classifier, dataset), _strangers(pictures))
    return _run(classifier, entries, notify)


def folder_hash(folder: Path) -> tuple[int, str]:
    """Return how many pictures a folder of families holds, and one SHA-256 of their content."""
    lines = []
    for family, path in folder_files(folder):
        lines.append(f"{family} {hashlib.sha256(path.read_bytes()).hexdigest()}\n")
    return len(lines), hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _scans(classifier: Classifier, dataset: Dataset) -> Iterator[_Entry]:
    training, testing = dataset.split(TRAINING), dataset.split(TESTING)
    held = frozenset(classifier.info.training.get("validation_images", ()))
    if not training or not held & {item.name for item in training}:
        raise DatasetError(
            "The gate needs the Training images, the bundle's validation images among them. "
            f"Received: {len(training)} training images in {dataset.root}."
        )
    groups = _groups(training)
    near_validation = {groups[name] for name in held if name in groups}
    numbers = {item.name: at for at, item in enumerate(training)}
    for item, scan in load_scans((*training, *testing)):
        if isinstance(scan, DecodeError):
            continue
        if item.split == TESTING:
            yield _Entry(TEST, item.name, item.name, item.label, scan)
            continue
        group = f"scan {groups[item.name]}"
        if item.name in held:
            yield _Entry(VALIDATION, group, item.name, item.label, scan)
        elif groups[item.name] not in near_validation:
            yield _Entry(TRAIN, group, item.name, item.label, scan)
            yield from _changed(numbers[item.name], group, item, scan)


def _changed(number: int, group: str, item: Item, scan: Scan) -> Iterator[_Entry]:
    rng = np.random.default_rng([SEED, 1, number])
    if number % VARIANT_EVERY == 0:
        pixels = changed.variant(rng, scan.pixels)
        yield _Entry(VARIANTS, group, item.name, item.label, _as_scan(pixels))
    if number % MANGLED_EVERY == 1:
        mangle = changed.STRANGE[number // MANGLED_EVERY % len(changed.STRANGE)]
        yield _Entry(MANGLED, group, item.name, -1, _as_scan(mangle(rng, scan.pixels)))
    yield from _reworked(number, group, item, scan)


def _reworked(number: int, group: str, item: Item, scan: Scan) -> Iterator[_Entry]:
    rng = np.random.default_rng([SEED, 2, number])
    ways = (
        (changed.without_skull, number % SKULL_OFF_EVERY == 2),
        (changed.coarse, number % COARSE_EVERY == 3),
    )
    for rework, chosen in ways:
        if chosen:
            pixels = changed.variant(rng, rework(rng, scan.pixels))
            yield _Entry(REWORKED, group, item.name, item.label, _as_scan(pixels))


def _as_scan(pixels: NDArray[np.uint8]) -> Scan:
    return Scan(pixels, 0.0, "PNG", "L", 8)


def _groups(items: Sequence[Item]) -> dict[str, int]:
    prints = read_prints(items)
    numbers = duplicate_groups(prints)
    return {item.name: int(at) for item, at in zip(prints.items, numbers, strict=True)}


def _strangers(pictures: Path | None) -> Iterator[_Entry]:
    found: Iterator[Stranger] = chain(drawn(DRAWN_EACH, SEED), read(packaged(), SEED))
    if pictures is not None:
        found = chain(found, read(folder_files(pictures), SEED))
    for one in found:
        yield _Entry(one.family, one.source, one.source, -1, one.scan)


def _run(classifier: Classifier, entries: Iterable[_Entry], notify: Notify) -> Collection:
    side = classifier.info.grid.side
    kept: list[_Entry] = []
    prepared: list[Prepared] = []
    features, logits = [], []
    iterator = iter(entries)
    with ThreadPoolExecutor() as pool:
        while batch := list(islice(iterator, _BATCH)):
            ready = list(pool.map(lambda one: prepare(one.scan, side), batch))
            raw = classifier.engine.infer(to_network_input(np.stack([p.square for p in ready])))
            features.append(raw.features)
            logits.append(raw.logits)
            for entry, one in zip(batch, ready, strict=True):
                kept.append(_Entry(entry.family, entry.group, entry.name, entry.label, _EMPTY))
                prepared.append(replace(one, crop=replace(one.crop, mask=None)))
            notify("pictures through the network", len(kept), 0)
    evidence = Evidence(
        facts=np.stack([one.facts for one in prepared]),
        colourfulness=np.array([one.colourfulness for one in prepared], np.float32),
        squares=np.stack([one.square for one in prepared]),
        features=np.concatenate(features),
        logits=np.concatenate(logits),
    )
    return Collection(
        evidence=evidence,
        family=np.array([one.family for one in kept]),
        group=np.unique([one.group for one in kept], return_inverse=True)[1].astype(np.int64),
        name=np.array([one.name for one in kept]),
        label=np.array([one.label for one in kept], np.int64),
    )


_EMPTY: Final = Scan(np.zeros((1, 1), np.uint8), 0.0, "PNG", "L", 8)
