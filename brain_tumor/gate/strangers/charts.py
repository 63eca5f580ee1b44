"""Charts by matplotlib, in many of its styles."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from brain_tumor.gate.strangers.canvas import Generator, Picture, clouds

_STYLES: Final = (
    "default",
    "classic",
    "ggplot",
    "dark_background",
    "bmh",
    "fivethirtyeight",
    "grayscale",
    "seaborn-v0_8",
    "Solarize_Light2",
)


def chart(rng: Generator) -> Picture:
    """Lines, bars, points, pies, histograms, areas, boxes, heat maps, contours or polar plots."""
    import matplotlib.style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.style.context(["default", str(rng.choice(_STYLES))]):
        figure = Figure(figsize=tuple(rng.uniform(2.5, 6, 2)), dpi=float(rng.uniform(60, 110)))
        canvas = FigureCanvasAgg(figure)
        rows, columns = (1, 1) if rng.random() < 0.75 else tuple(rng.integers(1, 4, 2))
        for at in range(rows * columns):
            drawing = _KINDS[int(rng.integers(0, len(_KINDS)))]
            polar = "polar" if drawing is _polar else None
            axes = figure.add_subplot(rows, columns, at + 1, projection=polar)
            drawing(rng, axes)
            if rng.random() < 0.6:
                axes.set_title("Result by group"[: int(rng.integers(3, 16))])
            if rng.random() < 0.15:
                axes.set_axis_off()
        canvas.draw()
        colours = np.asarray(canvas.buffer_rgba())[:, :, :3].astype(np.float32)
    grey = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(np.rint(grey), np.uint8)


def _lines(rng: Generator, axes: Any) -> None:
    for _ in range(int(rng.integers(1, 6))):
        steps = rng.normal(0, 1, int(rng.integers(10, 300)))
        axes.plot(np.cumsum(steps), label="series", marker=rng.choice(["", "", "o"]))
    if rng.random() < 0.5:
        axes.legend()
    axes.grid(bool(rng.random() < 0.5))


def _bars(rng: Generator, axes: Any) -> None:
    values = rng.uniform(0, 9, int(rng.integers(3, 20)))
    (axes.bar if rng.random() < 0.6 else axes.barh)(range(len(values)), values)


def _points(rng: Generator, axes: Any) -> None:
    for _ in range(int(rng.integers(1, 4))):
        centre = rng.normal(0, 3, 2)
        axes.scatter(*(rng.normal(0, 1, (2, 80)) + centre[:, None]), s=float(rng.uniform(4, 60)))


def _pie(rng: Generator, axes: Any) -> None:
    values = rng.uniform(0.2, 1, int(rng.integers(2, 8)))
    axes.pie(values, labels=[f"{value:.1f}" for value in values])


def _histogram(rng: Generator, axes: Any) -> None:
    axes.hist(rng.normal(size=500), bins=int(rng.integers(8, 60)))


def _area(rng: Generator, axes: Any) -> None:
    axes.stackplot(range(40), np.abs(np.cumsum(rng.normal(size=(4, 40)), axis=1)))


def _boxes(rng: Generator, axes: Any) -> None:
    axes.boxplot(list(rng.normal(size=(int(rng.integers(2, 9)), 30))))


def _heat(rng: Generator, axes: Any) -> None:
    grid = clouds(rng, 64, 64) if rng.random() < 0.5 else rng.random((8, 10))
    axes.imshow(grid, cmap=str(rng.choice(["viridis", "gray", "hot", "jet", "magma", "Blues"])))


def _contours(rng: Generator, axes: Any) -> None:
    filled = axes.contourf if rng.random() < 0.6 else axes.contour
    filled(clouds(rng, 50, 50, 2.0), levels=int(rng.integers(4, 14)))


def _polar(rng: Generator, axes: Any) -> None:
    angles = np.linspace(0, 2 * np.pi, 60)
    axes.plot(angles, 1 + 0.5 * np.sin(angles * int(rng.integers(1, 7))))


_KINDS: Final[tuple[Callable[[Generator, Any], None], ...]] = (
    _lines,
    _bars,
    _points,
    _pie,
    _histogram,
    _area,
    _boxes,
    _heat,
    _contours,
    _polar,
)
