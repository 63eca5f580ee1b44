"""Makes the index of similar cases from the training scans' features, and measures it."""

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brain_tumor import CLASSES
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.imaging.decode import decode_file
from brain_tumor.similar import CODES_FILE, THUMBNAILS_FILE, SimilarCases, reduce

DIMENSIONS: Final = 96
"""Principal components that stand for the network's features."""

THUMBNAIL_SIDE: Final = 88
"""Longest side of a thumbnail in pixels."""

NEIGHBOURS: Final = 5

_QUALITY: Final = 55


@dataclass(frozen=True, slots=True)
class Cases:
    """Scans with what the network finds in them.

    Attributes:
        features: float32 (N, K), pooled.
        labels: int64 (N,).
        names: N file names.
        groups: int64 (N,), near-duplicates share a number.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    groups: NDArray[np.int64]

    def take(self, rows: NDArray[np.integer]) -> "Cases":
        """Return some of the cases."""
        names = tuple(self.names[int(at)] for at in rows)
        return Cases(self.features[rows], self.labels[rows], names, self.groups[rows])


def one_of_each_group(cases: Cases) -> Cases:
    """Return the first case, by name, of each group of near-duplicates."""
    order = np.argsort(np.array(cases.names), kind="stable")
    _, first = np.unique(cases.groups[order], return_index=True)
    return cases.take(np.sort(order[first]))


def fit_components(
    features: NDArray[np.float32], dimensions: int = DIMENSIONS
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean (K,) and the leading principal components (K, D) of features (N, K)."""
    mean = features.mean(axis=0)
    centred = (features - mean).astype(np.float64)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, np.ascontiguousarray(vectors[:, ::-1][:, :dimensions], np.float32)


def build_index(
    root: Path, cases: Cases, notify: Callable[[str, int, int], object] | None = None
) -> dict[str, bytes]:
    """Return the index's files by name, for one case of each group.

    Args:
        root: the data folder, below which the cases' names are files.
        cases: training scans.
        notify: told of the progress.

    Raises:
        DecodeError: a scan cannot be read.
    """
    kept = one_of_each_group(cases)
    mean, components = fit_components(kept.features)
    half_components = components.astype(np.float16)
    codes = reduce(kept.features, mean, half_components.astype(np.float32))
    thumbnails = []
    for at, name in enumerate(kept.names):
        thumbnails.append(thumbnail(decode_file(root / name).pixels))
        if notify is not None:
            notify("thumbnails", at + 1, len(kept.names))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        mean=mean,
        components=half_components,
        codes=codes.astype(np.float16),
        labels=kept.labels.astype(np.uint8),
        names=np.frombuffer("\n".join(kept.names).encode("utf-8"), np.uint8),
        starts=np.cumsum([0, *map(len, thumbnails)]).astype(np.uint32),
    )
    return {CODES_FILE: buffer.getvalue(), THUMBNAILS_FILE: b"".join(thumbnails)}


def thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """Shrink a grey scan, uint8 (H, W), to ``THUMBNAIL_SIDE`` and return it as WebP."""
    scale = THUMBNAIL_SIDE / max(pixels.shape)
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(small, np.uint8)).save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()


def measure_index(index: SimilarCases, cases: Cases, queries: Cases) -> dict[str, Any]:
    """Measure an index on scans that neither the weights nor the index have seen.

    Args:
        index: what ``build_index`` made of ``cases``.
        cases: the training scans.
        queries: the validation scans.

    Returns:
        Plain figures: how the classes of the neighbours agree with the query's own, and how many
        of the neighbours by the full features the index finds.
    """
    kept = one_of_each_group(cases)
    mean = kept.features.mean(axis=0)
    whole = _unit(kept.features - mean)
    same, first, majority, shared = 0, 0, 0, 0
    for feature, label in zip(queries.features, queries.labels, strict=True):
        order = index.order(feature)[0][:NEIGHBOURS]
        labels = kept.labels[order]
        same += int((labels == label).sum())
        first += int(labels[0] == label)
        majority += int(np.bincount(labels, minlength=len(CLASSES)).argmax() == label)
        exact = np.argsort(-(whole @ _unit(feature - mean)), kind="stable")[:NEIGHBOURS]
        shared += len(np.intersect1d(order, exact))
    count = len(queries.labels)
    return {
        "cases": len(index),
        "dimensions": DIMENSIONS,
        "neighbours": NEIGHBOURS,
        "queries": count,
        "same_class": _share(same, count * NEIGHBOURS),
        "nearest_same_class": _share(first, count),
        "majority_same_class": _share(majority, count),
        "as_by_full_features": _share(shared, count * NEIGHBOURS),
    }


def _share(successes: int, n: int) -> dict[str, Any]:
    return asdict(Proportion.of(successes, n))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
