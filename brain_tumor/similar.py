"""The training scans that the network finds most like a new one, from an index that ships with it.

The network's pooled features are centred on the training images, brought to a few principal
components, and compared by their cosine. The index holds one image of each group of
near-duplicates, so that five neighbours are five different pictures.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.companion import Companion, CompanionKind, open_companion

INDEX: Final = CompanionKind(
    what="index of similar cases",
    record="similar.json",
    format=1,
    command="python -m brain_tumor gate --data DIR",
)
CODES_FILE: Final = "similar.npz"
THUMBNAILS_FILE: Final = "similar-thumbnails.bin"
MEDIA_TYPE: Final = "image/webp"
"""Of a case's thumbnail."""


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """A training scan.

    Attributes:
        label: its class.
        similarity: cosine of its reduced, centred features with those asked about, -1..1.
        name: its file in the public data set, as in ``Training/glioma/x.jpg``.
        thumbnail: the scan, small, as a ``MEDIA_TYPE`` file.
    """

    label: str
    similarity: float
    name: str
    thumbnail: bytes


class SimilarCases:
    """An index of training scans. Safe to share between threads; thumbnails stay on disk.

    Args:
        mean: float32 (K,), the training features' mean.
        components: float32 (K, D), orthonormal columns.
        codes: float32 (N, D), the scans' reduced features, of length 1.
        labels: (N,), indices into ``CLASSES``.
        names: N file names.
        starts: (N + 1,), where each thumbnail begins in ``thumbnails``, and the end of the last.
        thumbnails: the file that holds them one after the other.
    """

    def __init__(
        self,
        mean: NDArray[np.float32],
        components: NDArray[np.float32],
        codes: NDArray[np.float32],
        labels: NDArray[np.integer],
        names: tuple[str, ...],
        starts: NDArray[np.integer],
        thumbnails: Path,
    ) -> None:
        if not len(codes) == len(labels) == len(names) == len(starts) - 1 > 0:
            raise ValueError("Each case of an index needs a code, a label, a name and a thumbnail.")
        self._mean = mean
        self._components = components
        self._codes = codes
        self._labels = labels
        self._names = names
        self._starts = starts
        self._thumbnails = thumbnails

    def __len__(self) -> int:
        return len(self._names)

    def order(self, features: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return the positions of all cases, nearest first, and their cosines in that order."""
        code = reduce(features[np.newaxis], self._mean, self._components)[0]
        cosines = self._codes @ code
        order = np.argsort(-cosines, kind="stable")
        return order, cosines[order]

    def nearest(self, features: NDArray[np.float32], count: int = 5) -> tuple[SimilarCase, ...]:
        """Return the ``count`` scans most similar to pooled features, the most similar first.

        Args:
            features: float32 (K,), as in ``Answer.features``.
            count: at most so many.
        """
        order, cosines = self.order(features)
        with self._thumbnails.open("rb") as file:
            cases = []
            for at, cosine in zip(order[:count], cosines[:count], strict=True):
                file.seek(int(self._starts[at]))
                thumbnail = file.read(int(self._starts[at + 1] - self._starts[at]))
                label = CLASSES[int(self._labels[at])]
                similarity = float(np.clip(cosine, -1, 1))
                cases.append(SimilarCase(label, similarity, self._names[at], thumbnail))
        return tuple(cases)


def reduce(
    features: NDArray[np.float32], mean: NDArray[np.float32], components: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Bring float32 (N, K) features to (N, D) codes of length 1 (or 0 for the mean itself)."""
    codes = (features - mean) @ components
    lengths = np.linalg.norm(codes, axis=1, keepdims=True)
    return np.asarray(codes / np.maximum(lengths, 1e-12), np.float32)


def open_similar_cases(bundle: Bundle) -> SimilarCases | None:
    """Read the index that belongs to a bundle; None where there is none for these weights.

    Raises:
        WeightsError: the index is damaged.
    """
    found = open_companion(bundle, INDEX)
    return _read(found) if isinstance(found, Companion) else None


def _read(companion: Companion) -> SimilarCases:
    with np.load(companion.file(CODES_FILE), allow_pickle=False) as arrays:
        return SimilarCases(
            mean=arrays["mean"].astype(np.float32),
            components=arrays["components"].astype(np.float32),
            codes=arrays["codes"].astype(np.float32),
            labels=arrays["labels"],
            names=tuple(bytes(arrays["names"]).decode("utf-8").split("\n")),
            starts=arrays["starts"],
            thumbnails=companion.file(THUMBNAILS_FILE),
        )
