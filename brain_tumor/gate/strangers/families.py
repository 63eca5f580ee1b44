"""Which pictures the gate is fitted and measured with, family by family."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from brain_tumor.errors import DecodeError
from brain_tumor.gate.families import PHOTOGRAPHS
from brain_tumor.gate.strangers import charts, documents, patterns, sections, xrays
from brain_tumor.gate.strangers.canvas import Generator, Picture, ellipse
from brain_tumor.imaging.decode import EXTENSIONS, Scan, decode_file

DRAWN: Final[dict[str, tuple[Callable[[Generator], Picture], ...]]] = {
    "chest X-rays": (xrays.chest,),
    "other X-rays": (
        xrays.limb,
        xrays.hand,
        xrays.spine,
        xrays.pelvis,
        xrays.teeth,
        xrays.breast,
    ),
    "body sections": (sections.trunk, sections.limb, sections.knee, sections.heart),
    "ultrasound": (sections.ultrasound,),
    "eyes and cells": (sections.fundus, sections.cells),
    "blank": (patterns.blank,),
    "noise": (patterns.noise,),
    "gradients": (patterns.gradient,),
    "textures": (patterns.texture,),
    "fingerprints": (patterns.fingerprint,),
    "maps": (patterns.map_sheet,),
    "shapes": (patterns.shapes, patterns.ball),
    "documents": (
        documents.page,
        documents.word,
        documents.table,
        documents.code,
        documents.slide,
    ),
    "screenshots": (documents.window,),
    "codes": (documents.squares_code,),
    "charts": (charts.chart,),
}
"""Families of phantoms, by what draws them in turn."""

_PACKAGED: Final = {
    "photographs that packages ship": (
        "sklearn/datasets/images/china.jpg",
        "sklearn/datasets/images/flower.jpg",
        "skimage/data/astronaut.png",
        "skimage/data/brick.png",
        "skimage/data/camera.png",
        "skimage/data/chelsea.png",
        "skimage/data/clock_motion.png",
        "skimage/data/coffee.png",
        "skimage/data/coins.png",
        "skimage/data/grass.png",
        "skimage/data/gravel.png",
        "skimage/data/hubble_deep_field.jpg",
        "skimage/data/moon.png",
        "skimage/data/motorcycle_left.png",
        "skimage/data/rocket.jpg",
    ),
    "other pictures that packages ship": (
        "skimage/data/cell.png",
        "skimage/data/chessboard_GRAY.png",
        "skimage/data/color.png",
        "skimage/data/horse.png",
        "skimage/data/ihc.png",
        "skimage/data/logo.png",
        "skimage/data/microaneurysms.png",
        "skimage/data/page.png",
        "skimage/data/retina.jpg",
        "skimage/data/text.png",
    ),
}


@dataclass(frozen=True, slots=True)
class Stranger:
    """A picture that is no slice of a head.

    Attributes:
        family: what kind of picture it is.
        source: the file or the drawing's number: pictures of one source are alike.
        scan: its pixels, as they would come from a file.
    """

    family: str
    source: str
    scan: Scan


def drawn(count: int, seed: int) -> Iterator[Stranger]:
    """Draw ``count`` pictures of each family of ``DRAWN``, and the digits of scikit-learn."""
    for number, (family, functions) in enumerate(DRAWN.items()):
        for at in range(count):
            rng = np.random.default_rng([seed, number, at])
            picture = functions[at % len(functions)](rng)
            yield Stranger(family, f"{family} {at}", _grey(picture))
    yield from _digits(count // 3)


def _digits(count: int) -> Iterator[Stranger]:
    from sklearn.datasets import load_digits

    for at, image in enumerate(load_digits().images[:: max(1, 1797 // max(count, 1))][:count]):
        large = cv2.resize((image * 15.9).astype(np.uint8), (160, 160), interpolation=at % 4)
        yield Stranger("digits", f"digit {at}", _grey(np.ascontiguousarray(large)))


def packaged() -> Iterator[tuple[str, Path]]:
    """Return (family, file) of the pictures that scikit-learn and scikit-image ship."""
    for family, files in _PACKAGED.items():
        for file in files:
            package, _, rest = file.partition("/")
            found = importlib.util.find_spec(package)
            if found is not None and found.origin is not None:
                yield family, Path(found.origin).parent / rest


def folder_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Return (family, file) of a folder that holds a folder of image files for each family."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if len(inside) > 1 and path.suffix.lower() in EXTENSIONS:
            yield inside[0], path


def read(files: Iterator[tuple[str, Path]], seed: int) -> Iterator[Stranger]:
    """Decode files; give each as it is, and photographs cropped in other ways too.

    A file that cannot be decoded is passed over: a folder of pictures holds all sorts.
    """
    for at, (family, path) in enumerate(files):
        try:
            scan = decode_file(path)
        except DecodeError:
            continue
        source = f"{family}/{path.name}"
        yield Stranger(family, source, scan)
        if family.startswith(PHOTOGRAPHS):
            rng = np.random.default_rng([seed, at])
            for cut in (_centre, _somewhere if at % 2 else _on_black):
                pixels = cut(rng, scan.pixels)
                yield Stranger(family, source, Scan(pixels, scan.colourfulness, "PNG", "RGB", 8))


def _centre(rng: Generator, pixels: Picture) -> Picture:
    side = min(pixels.shape)
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def _somewhere(rng: Generator, pixels: Picture) -> Picture:
    height, width = (round(side * float(rng.uniform(0.4, 0.8))) for side in pixels.shape)
    height, width = max(height, 32), max(width, 32)
    top = int(rng.integers(0, pixels.shape[0] - height + 1))
    left = int(rng.integers(0, pixels.shape[1] - width + 1))
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def _on_black(rng: Generator, pixels: Picture) -> Picture:
    """What an oval shows of the picture, on black: as bright and as round as a head."""
    part = _centre(rng, pixels)
    side = len(part)
    axes = (float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.36, 0.48)))
    oval = ellipse(side, side, (0.5, 0.5), axes, float(rng.normal(0, 10)), 0.004)
    return np.asarray(part * oval, np.uint8)


def _grey(picture: Picture) -> Scan:
    return Scan(picture, 0.0, "PNG", "L", 8)
