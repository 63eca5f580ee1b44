"""Near-duplicates: images that are copies of one another but for size, brightness or a flip.

An image is shrunk to 32x32, its mean removed and its length made 1; the cosine of two such
signatures is their correlation as thumbnails, which resizing, JPEG, brightness and contrast leave
almost as it is. The public set also holds flipped copies of many slices, so every pair is compared
in four orientations: as it is, mirrored left-right, flipped top-bottom, and turned by 180 degrees.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from brain_tumor.data.dataset import TESTING, Item, Problem, load_scans
from brain_tumor.errors import DecodeError

NEAR_DUPLICATE_COSINE: Final = 0.99
"""THE threshold: two images are near-duplicates when the cosine is above it."""

SIDE: Final = 32
ORIENTATIONS: Final = ("same", "mirrored", "flipped", "turned")
"""How the second image of a pair lies: as it is, left-right, top-bottom, or both."""

_BLOCK: Final = 512
_FLAT: Final = 1e-6

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Similar pairs: ``index`` (M, 2) with first < second, ``cosine`` (M,), ``orientation`` (M,).

    ``orientation`` indexes ``ORIENTATIONS`` and tells the one in which the cosine is highest.
    """

    index: Ints
    cosine: Floats
    orientation: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each query its most similar reference: ``index``, ``cosine``, ``orientation``: (N,)."""

    index: Ints
    cosine: Floats
    orientation: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Prints:
    """What one reading pass keeps of the N images that could be decoded, in the same order.

    ``signatures`` is float32 (N, 1024); ``digests`` are SHA-256 of the grey pixels with their
    shape; ``sizes`` are (width, height) in pixels; ``kinds`` are (file format, colour mode).
    ``damaged`` lists what could not be decoded.
    """

    items: tuple[Item, ...]
    signatures: Floats
    digests: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    kinds: tuple[tuple[str, str], ...]
    damaged: tuple[Problem, ...]


def signature(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Return the (1024,) float32 signature of a grey uint8 (H, W) image, of length 1.

    The whole image is squeezed to 32x32, so that a resized copy matches whatever its aspect
    ratio. An image of one grey level has no pattern to compare: its signature is zero and
    resembles nothing.
    """
    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    vector = small.astype(np.float64).ravel()
    vector -= vector.mean()
    length = float(np.linalg.norm(vector))
    return (vector / length if length > _FLAT else vector * 0).astype(np.float32)


def signatures(images: Iterable[npt.NDArray[np.uint8]]) -> Floats:
    """Return float32 (N, 1024): the signature of each grey uint8 (H, W) image."""
    rows = [signature(pixels) for pixels in images]
    return np.stack(rows) if rows else np.zeros((0, SIDE * SIDE), np.float32)


def pixel_digest(pixels: npt.NDArray[np.uint8]) -> str:
    """Return the SHA-256 (hex) of a grey image: equal for equal pixels in an equal shape."""
    digest = hashlib.sha256(str(pixels.shape).encode())
    digest.update(pixels.tobytes())
    return digest.hexdigest()


def read_prints(
    items: Iterable[Item],
    *,
    progress: Callable[[], object] | None = None,
    workers: int | None = None,
) -> Prints:
    """Decode each file once and keep signatures, digests and sizes; no pixels stay in memory."""
    kept: list[Item] = []
    rows: list[Floats] = []
    digests: list[str] = []
    sizes: list[tuple[int, int]] = []
    kinds: list[tuple[str, str]] = []
    damaged: list[Problem] = []
    for item, scan in load_scans(items, progress=progress, workers=workers):
        if isinstance(scan, DecodeError):
            damaged.append(Problem(item.name, str(scan)))
            continue
        kept.append(item)
        rows.append(signature(scan.pixels))
        digests.append(pixel_digest(scan.pixels))
        sizes.append((scan.width, scan.height))
        kinds.append((scan.file_format, scan.source_mode))
    stacked = np.stack(rows) if rows else signatures(())
    return Prints(tuple(kept), stacked, tuple(digests), tuple(sizes), tuple(kinds), tuple(damaged))


def select(prints: Prints, wanted: Callable[[Item], bool]) -> Prints:
    """Return the prints of some of the images; ``damaged`` stays as it is."""
    rows = [row for row, item in enumerate(prints.items) if wanted(item)]
    return Prints(
        tuple(prints.items[row] for row in rows),
        prints.signatures[rows],
        tuple(prints.digests[row] for row in rows),
        tuple(prints.sizes[row] for row in rows),
        tuple(prints.kinds[row] for row in rows),
        prints.damaged,
    )


def leaked(prints: Prints, threshold: float = NEAR_DUPLICATE_COSINE) -> tuple[str, ...]:
    """Return the names of images to learn from that have a near-duplicate in ``Testing``.

    Copies that are mirrored, flipped or turned count, and equal images. An evaluation on the test
    images would ask for what a network has learned by heart; without these it does not.
    """
    test = select(prints, lambda item: item.split == TESTING)
    rest = select(prints, lambda item: item.split != TESTING)
    near = ~duplicate_free(rest.signatures, test.signatures, threshold, flips=True)
    equal = set(test.digests)
    return tuple(
        item.name for row, item in enumerate(rest.items) if near[row] or rest.digests[row] in equal
    )


def similar_pairs(
    signatures: Floats, threshold: float = NEAR_DUPLICATE_COSINE, *, flips: bool = True
) -> Pairs:
    """Return all pairs with a cosine above ``threshold``, by blocked matrix products.

    ``flips=False`` compares images only as they are.
    """
    found = []
    for start, cosine, orientation in _blocks(signatures, signatures, flips=flips):
        rows, columns = np.nonzero(cosine > threshold)
        upper = columns > rows + start
        rows, columns = rows[upper], columns[upper]
        index = np.stack([rows + start, columns], axis=1)
        found.append((index, cosine[rows, columns], orientation[rows, columns]))
    if not found:
        return Pairs(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), np.zeros(0, np.int64))
    index, cosine, orientation = (np.concatenate(part) for part in zip(*found, strict=True))
    return Pairs(index.astype(np.int64), cosine, orientation.astype(np.int64))


def nearest(queries: Floats, references: Floats, *, flips: bool = True) -> Nearest:
    """Return each query's most similar reference; cosine -1 and index -1 without references."""
    count = len(queries)
    best = Nearest(
        np.full(count, -1, np.int64), np.full(count, -1, np.float32), np.zeros(count, np.int64)
    )
    if len(references) == 0:
        return best
    for start, cosine, orientation in _blocks(queries, references, flips=flips):
        at = cosine.argmax(axis=1)
        rows = np.arange(len(at))
        best.index[start : start + len(at)] = at
        best.cosine[start : start + len(at)] = cosine[rows, at]
        best.orientation[start : start + len(at)] = orientation[rows, at]
    return best


def duplicate_free(
    queries: Floats,
    references: Floats,
    threshold: float = NEAR_DUPLICATE_COSINE,
    *,
    flips: bool = False,
) -> npt.NDArray[np.bool_]:
    """Return bool (N,): which queries have no near-duplicate among the references.

    With the defaults, test against training gives the usual "duplicate-free part" of the test
    split (825 of 1,311); ``flips=True`` also leaves out images with a flipped copy in training.
    """
    return nearest(queries, references, flips=flips).cosine <= threshold


def groups(count: int, pairs: Ints) -> Ints:
    """Return (count,) group numbers: connected components, numbered by their first member.

    ``pairs`` is (M, 2) of positions below ``count``; an image without a pair is its own group.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), (count, count))
    labels = connected_components(links, directed=False)[1]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def exact_pairs(digests: Sequence[str]) -> Ints:
    """Return (M, 2): each image that equals an earlier one pixel by pixel, paired with the first.

    Cosines miss these for images of one grey level, whose signatures are zero.
    """
    first: dict[str, int] = {}
    pairs = [(first.setdefault(digest, at), at) for at, digest in enumerate(digests)]
    return np.array([p for p in pairs if p[0] != p[1]], np.int64).reshape(-1, 2)


def duplicate_groups(
    prints: Prints, threshold: float = NEAR_DUPLICATE_COSINE, *, flips: bool = True
) -> Ints:
    """Return a group number for each of ``prints.items``: near-duplicates and equal images."""
    similar = similar_pairs(prints.signatures, threshold, flips=flips).index
    return groups(len(prints.items), np.concatenate([similar, exact_pairs(prints.digests)]))


def _oriented(signatures: Floats, *, flips: bool) -> list[Floats]:
    """Return the signatures in each of ``ORIENTATIONS`` (a permutation of their 1024 cells)."""
    if not flips:
        return [signatures]
    grid = signatures.reshape(-1, SIDE, SIDE)
    views = (grid, grid[:, :, ::-1], grid[:, ::-1], grid[:, ::-1, ::-1])
    return [np.ascontiguousarray(view.reshape(-1, SIDE * SIDE)) for view in views]


def _blocks(
    rows: Floats, columns: Floats, *, flips: bool
) -> Iterator[tuple[int, Floats, npt.NDArray[np.int8]]]:
    """Yield (first row, cosines, orientations), block by block of rows against all columns."""
    views = _oriented(columns, flips=flips)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        best = block @ views[0].T
        which = np.zeros(best.shape, np.int8)
        for orientation, view in enumerate(views[1:], start=1):
            cosine = block @ view.T
            higher = cosine > best
            which[higher] = orientation
            np.copyto(best, cosine, where=higher)
        yield start, best, which
