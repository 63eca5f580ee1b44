"""Curves for charts: of a run's metrics, with fewer points and all that stands out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def thin(x: ArrayLike, y: ArrayLike, points: int) -> NDArray[np.intp]:
    """Choose which points of a curve to draw: the lowest and the highest of each slice of ``x``.

    The "MinMax" sampling that charting libraries use. Largest-Triangle-Three-Buckets (Steinarsson,
    "Downsampling time series for visual representation", 2013) looks alike but may drop a peak,
    and a loss that jumped once is what people look for.

    Args:
        x: (N,), ascending; such as steps.
        y: (N,), the values. What is not finite counts as standing out: the first such value of
            a slice is kept, so that a loss that broke is seen to have broken.
        points: how many to choose about, 4 or more; at most half as many again where values are
            not finite.

    Returns:
        Ascending indices into ``x``; all of them where there are no more than ``points``. The first
        and the last point are always among them.

    Raises:
        ValueError: ``x`` and ``y`` differ in length, or ``points`` is under 4.
    """
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise ValueError(
            f"x and y must be one-dimensional and alike. Received: {xs.shape} and {ys.shape}."
        )
    if points < 4:
        raise ValueError(f"A curve needs at least 4 points. Received: {points}.")
    count = len(xs)
    if count <= points:
        return np.arange(count)
    slices = (points - 2) // 2
    edges = np.linspace(xs[0], xs[-1], slices + 1)[1:-1]
    starts = np.concatenate([[0], np.searchsorted(xs, edges, side="left")])
    starts = np.unique(starts[starts < count])
    chosen = [np.array([0, count - 1])]
    finite = np.isfinite(ys)
    for pick, filler in ((np.argmin, np.inf), (np.argmax, -np.inf)):
        filled = np.where(finite, ys, filler)
        parts = np.split(filled, starts[1:])
        chosen.append(starts + [int(pick(part)) for part in parts])
    broken = np.flatnonzero(~finite)
    _, first = np.unique(np.searchsorted(starts, broken, side="right"), return_index=True)
    return np.unique(np.concatenate([*chosen, broken[first]]))


def trailing_mean(values: ArrayLike, window: int) -> NDArray[np.float64]:
    """Return the mean of each value and those before it: what a noisy curve is about.

    Args:
        values: (N,); what is not finite is left out of the means.
        window: how many values a mean is of at most, 1 or more.

    Returns:
        float64 (N,); NaN where a window holds no finite value.
    """
    given = np.asarray(values, np.float64)
    finite = np.isfinite(given)
    sums = np.concatenate([[0.0], np.cumsum(np.where(finite, given, 0.0))])
    counts = np.concatenate([[0], np.cumsum(finite)])
    ends = np.arange(1, len(given) + 1)
    starts = np.maximum(ends - window, 0)
    held = counts[ends] - counts[starts]
    total = sums[ends] - sums[starts]
    return np.divide(total, held, out=np.full(len(given), np.nan), where=held > 0)


@dataclass(frozen=True, slots=True)
class ThinCurve:
    """One metric over the steps of a run, thinned for a chart.

    Attributes:
        steps: int64 (N,), ascending.
        values: float64 (N,), which may be NaN or infinite.
        means: float64 (N,), the ``trailing_mean`` of all values at these steps.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    means: NDArray[np.float64]


def curve(
    records: Iterable[dict[str, Any]], kind: str, name: str, points: int = 1000, window: int = 1
) -> ThinCurve:
    """Return one metric over the steps of a run, thinned for a chart.

    Args:
        records: from ``RunReader.metrics``.
        kind: "step" or "epoch".
        name: of the metric, such as "loss" or "val_accuracy".
        points: about how many to return, see ``thin``.
        window: of the means.

    Returns:
        The curve; empty where no record has the metric.
    """
    found = [(r["step"], r[name]) for r in records if r.get("kind") == kind and name in r]
    steps = np.array([step for step, _ in found], np.int64)
    values = np.array([value for _, value in found], np.float64)
    chosen = thin(steps, values, points)
    return ThinCurve(steps[chosen], values[chosen], trailing_mean(values, window)[chosen])
