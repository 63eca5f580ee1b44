"""Does the heat map point at the tumour? Maps against radiologists' outlines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite, sqrt
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from brain_tumor import CLASSES
from brain_tumor.evaluation.intervals import Proportion

TOLERANCE_AT_224: Final = 7.0
"""Pixels of tolerance on a 224x224 image; Zhang et al. allow 15 on photographs of about 500."""

_TIE: Final = 1e-6  # relative: interpolation leaves a plateau uneven in its last float32 digits


def _check_outline(mask: ArrayLike) -> NDArray[np.bool_]:
    outline = np.asarray(mask)
    if outline.ndim != 2 or outline.dtype != np.bool_ or not outline.any():
        raise ValueError(
            "an outline must be a bool array (height, width) with at least one pixel set. "
            f"Received: shape {outline.shape}, {outline.dtype}, {np.count_nonzero(outline)} set."
        )
    return outline


def _check_heat(heat: ArrayLike, shape: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    values = np.asarray(heat, dtype=np.float64)
    if values.ndim != 2 or not values.size or (shape is not None and values.shape != shape):
        raise ValueError(
            f"a heat map must be (height, width), on the outline's pixels ({shape}). "
            f"Received: shape {values.shape}."
        )
    if not (np.isfinite(values).all() and values.min() >= 0):
        raise ValueError(
            "a heat map must be finite and 0 or more. Received: NaN, infinity or a negative "
            "value. Grad-CAM ends in a ReLU: apply it first."
        )
    return values


def _check_tolerance(tolerance_px: float) -> None:
    if not (isfinite(tolerance_px) and tolerance_px >= 0):
        raise ValueError(f"a tolerance must be 0 pixels or more. Received: {tolerance_px}.")


def tolerance_at(height: int, width: int, tolerance_at_224: float = TOLERANCE_AT_224) -> float:
    """Return the tolerance in pixels for an image of `height` x `width` pixels.

    It grows with sqrt(height * width), so that the tolerated disc keeps its share of the image
    whatever the image's shape.
    """
    if height < 1 or width < 1:
        raise ValueError(f"an image has 1x1 pixels or more. Received: {height}x{width}.")
    _check_tolerance(tolerance_at_224)
    return tolerance_at_224 * sqrt(height * width) / 224


def peak(heat: ArrayLike) -> tuple[int, int] | None:
    """Return (row, column) of the map's highest pixel; None for a flat map, all-zero included.

    `heat` is (H, W), finite, 0 or more. Where several pixels share the top value (within one part
    in a million), the one nearest the mean position of them all is taken, and of two as near the
    first in reading order: the middle of a plateau, and never a choice that knows the outline.
    """
    values = _check_heat(heat)
    tied = values >= values.max() * (1 - _TIE)
    if tied.all():
        return None
    places = np.argwhere(tied)
    squared = ((places - places.mean(axis=0)) ** 2).sum(axis=1)
    # argmin's first place decides equal distances only if rounding does not: compare with slack.
    row, column = places[int(np.argmax(squared <= squared.min() + 1e-6))]
    return int(row), int(column)


def _accepted(outline: NDArray[np.bool_], tolerance_px: float) -> NDArray[np.bool_]:
    """Return where a peak is a hit: (H, W), the outline grown by `tolerance_px`."""
    outside = (~outline).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # In the distances' own float32, or sqrt(5) pixels would be further than a tolerance of it.
    return np.asarray(distance <= np.float32(tolerance_px))


def pointing_hit(heat: ArrayLike, mask: ArrayLike, tolerance_px: float) -> bool:
    """Say whether the map's peak is in the outline, or within `tolerance_px` of it.

    The pointing game: Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV
    2016. `heat` is (H, W), finite, 0 or more; `mask` is (H, W) bool, the same pixels, not empty.
    The distance is Euclidean, between pixel centres; at exactly the tolerance it is a hit.
    See `peak` for ties. A flat map, all-zero included, points nowhere: a miss.
    """
    outline = _check_outline(mask)
    _check_tolerance(tolerance_px)
    place = peak(_check_heat(heat, outline.shape))
    return place is not None and bool(_accepted(outline, tolerance_px)[place])


def pointing_chance(mask: ArrayLike, tolerance_px: float) -> float:
    """Return the share of pixels at which a peak would be a hit: what blind pointing scores."""
    outline = _check_outline(mask)
    _check_tolerance(tolerance_px)
    return float(_accepted(outline, tolerance_px).mean())


def heat_inside(heat: ArrayLike, mask: ArrayLike) -> float:
    """Return the share, in [0, 1], of the map's heat that lies in the outline.

    The energy-based pointing game: Wang et al., "Score-CAM", CVPR Workshops 2020, with an outline
    for their box. `heat` is (H, W), finite, 0 or more; `mask` is (H, W) bool, not empty. An
    all-zero map gives 0.0. An even map scores the outline's share of the image.
    """
    outline = _check_outline(mask)
    values = _check_heat(heat, outline.shape)
    total = float(values.sum())
    return min(float(values[outline].sum()) / total, 1.0) if total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Localisation:
    """One image's map against its outline. Shares are in [0, 1]."""

    label: int
    """Index in `brain_tumor.CLASSES`."""
    hit: bool
    inside: float
    """Share of the heat inside the outline."""
    chance_hit: float
    """Share of pixels at which a peak would have been a hit."""
    outline_share: float
    """Share of the image inside the outline: the `inside` of an even map."""


def localise(
    heat: ArrayLike, mask: ArrayLike, label: int, tolerance_at_224: float = TOLERANCE_AT_224
) -> Localisation:
    """Measure one map (H, W) against its outline (H, W) bool; see the functions above."""
    outline = _check_outline(mask)
    height, width = outline.shape
    tolerance = tolerance_at(height, width, tolerance_at_224)
    return Localisation(
        label=label,
        hit=pointing_hit(heat, outline, tolerance),
        inside=heat_inside(heat, outline),
        chance_hit=pointing_chance(outline, tolerance),
        outline_share=float(outline.mean()),
    )


@dataclass(frozen=True, slots=True)
class LocalisationSummary:
    """A group of images. All but `pointing` are means over the images."""

    images: int
    pointing: Proportion
    inside: float
    chance_hit: float
    outline_share: float


@dataclass(frozen=True, slots=True)
class LocalisationReport:
    """All outlined images together, and by the classes that have any."""

    overall: LocalisationSummary
    classes: dict[str, LocalisationSummary]
    tolerance_at_224: float

    def to_dict(self) -> dict[str, Any]:
        """Return dicts, strings and numbers only: what `json` gives back as it was."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain


def _summarise(results: Sequence[Localisation]) -> LocalisationSummary:
    n = len(results)
    return LocalisationSummary(
        images=n,
        pointing=Proportion.of(sum(one.hit for one in results), n),
        inside=sum(one.inside for one in results) / n,
        chance_hit=sum(one.chance_hit for one in results) / n,
        outline_share=sum(one.outline_share for one in results) / n,
    )


def localisation_report(
    results: Sequence[Localisation],
    tolerance_at_224: float = TOLERANCE_AT_224,
    classes: Sequence[str] = CLASSES,
) -> LocalisationReport:
    """Sum up `results`, all measured at `tolerance_at_224`; a class without an image is left out.

    Raises ValueError for no result at all, or a label that is not an index of `classes`.
    """
    if not results:
        raise ValueError("a localisation report needs at least one outlined image. Received: none.")
    strange = sorted({one.label for one in results} - set(range(len(classes))))
    if strange:
        raise ValueError(f"labels must lie in 0 .. {len(classes) - 1}. Received: {strange}.")
    groups = {
        name: [one for one in results if one.label == index] for index, name in enumerate(classes)
    }
    return LocalisationReport(
        overall=_summarise(results),
        classes={name: _summarise(group) for name, group in groups.items() if group},
        tolerance_at_224=tolerance_at_224,
    )
