"""Pictures without a subject: blank, noise, gradients, textures, fingerprints, maps, shapes."""

import cv2
import numpy as np

from brain_tumor.gate.strangers.canvas import (
    Field,
    Generator,
    Picture,
    blurred,
    clouds,
    ellipse,
    finish,
    letters,
    line,
    size,
)


def blank(rng: Generator) -> Picture:
    """One grey level, perhaps with a breath of noise, a label or a border."""
    height, width = size(rng)
    picture = np.full((height, width), int(rng.integers(0, 256)), np.uint8)
    kind = int(rng.integers(0, 4))
    if kind == 1:
        grain = rng.normal(0, rng.uniform(0.3, 3), picture.shape)
        picture = np.asarray(np.clip(picture + grain, 0, 255), np.uint8)
    elif kind == 2:
        letters(rng, picture)
    elif kind == 3:
        edge = int(rng.integers(2, 30))
        picture[edge:-edge, edge:-edge] = int(rng.integers(0, 256))
    return picture


def noise(rng: Generator) -> Picture:
    """White, blurred, coarse, salt-and-pepper, speckled, striped or power-law noise."""
    height, width = size(rng)
    kind = int(rng.integers(0, 7))
    if kind == 0:
        field = rng.uniform(0, 1, (height, width))
    elif kind == 1:
        field = 0.5 + rng.normal(0, rng.uniform(0.05, 0.4), (height, width))
    elif kind == 2:
        field = (rng.random((height, width)) < rng.uniform(0.01, 0.5)).astype(float)
    elif kind == 3:
        field = rng.exponential(rng.uniform(0.1, 0.5), (height, width))
    elif kind == 4:
        rows = rng.normal(0, 0.2, (height, 1)) + rng.normal(0, 0.1, (height, width))
        field = 0.5 + (rows if rng.random() < 0.5 else rows[::-1, ::-1])
    else:
        field = 0.5 + 0.2 * clouds(rng, height, width).astype(np.float64)
    cell = int(rng.choice([1, 1, 2, 4, 8, 16]))
    if cell > 1:
        small = field[: height // cell, : width // cell].astype(np.float32)
        method = cv2.INTER_NEAREST if rng.random() < 0.5 else cv2.INTER_CUBIC
        field = np.asarray(cv2.resize(small, (width, height), interpolation=method), np.float64)
    if rng.random() < 0.25:  # the noise in a disc on black, as a head would lie
        axes = (float(rng.uniform(0.3, 0.48)), float(rng.uniform(0.35, 0.48)))
        field = field * ellipse(height, width, (0.5, 0.5), axes)
    return np.asarray(np.clip(field * 255, 0, 255), np.uint8)


def gradient(rng: Generator) -> Picture:
    """A ramp, a vignette, rings, a chirp, a zone plate or waves."""
    height, width = size(rng)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle, phase = rng.uniform(0, 2 * np.pi, 2)
    along = x * np.cos(angle) + y * np.sin(angle)
    radius = np.hypot(x - rng.normal(0, 0.3), y - rng.normal(0, 0.3))
    waves = float(rng.uniform(2, 40))
    field = [
        (along + 1.5) / 3,
        1 - radius / 1.5,
        0.5 + 0.5 * np.sin(waves * along + phase),
        0.5 + 0.5 * np.sin(waves * radius + phase),
        0.5 + 0.5 * np.sin(waves * radius**2 + phase),
        0.5 + 0.25 * (np.sin(waves * x + phase) + np.sin(waves * rng.uniform(0.3, 3) * y)),
        np.exp(-((radius / rng.uniform(0.2, 0.7)) ** 2)),
    ][int(rng.integers(0, 7))]
    return finish(rng, field)


def texture(rng: Generator) -> Picture:
    """Bricks, checks, cells, grass, wood or cloth."""
    height, width = size(rng)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    scale = float(rng.uniform(8, 60))
    kind = int(rng.integers(0, 6))
    if kind == 0:
        row = np.floor(y / scale)
        brick = np.floor((x + (row % 2) * scale) / (2 * scale))
        mortar = (y % scale < scale * 0.1) | ((x + (row % 2) * scale) % (2 * scale) < scale * 0.1)
        tone = np.sin(brick * 12.9898 + row * 78.233) * 43758.5453
        field = 0.4 + 0.3 * (tone - np.floor(tone))
        field = np.where(mortar, float(rng.uniform(0, 1)), field)
    elif kind == 1:
        field = (np.floor(x / scale) + np.floor(y / scale)) % 2 * rng.uniform(0.3, 1)
    elif kind == 2:
        seeds = rng.uniform(0, 1, (int(rng.integers(10, 200)), 2)) * [width, height]
        dots = np.ones((height, width), np.uint8)
        for px, py in seeds.astype(int):
            dots[min(py, height - 1), min(px, width - 1)] = 0
        distance = cv2.distanceTransform(dots, cv2.DIST_L2, 5)
        field = distance / max(float(distance.max()), 1)
        field = 1 - field if rng.random() < 0.5 else field
    elif kind == 3:
        field = _blades(rng, height, width)
    elif kind == 4:
        bent = x + 8 * clouds(rng, height, width, 2.2)
        field = 0.5 + 0.3 * np.sin(bent / scale * 6 + 0.03 * y) + 0.1 * np.sin(bent)
    else:
        field = 0.5 + 0.25 * (np.sin(x / scale * 9) * np.sign(np.sin(y / scale * 9)))
        field += 0.1 * clouds(rng, height, width, 0.8)
    return finish(rng, field + clouds(rng, height, width) * float(rng.uniform(0, 0.06)))


def _blades(rng: Generator, height: int, width: int) -> Field:
    field = np.zeros((height, width), np.float32)
    for _ in range(400):
        start = rng.uniform(0, 1, 2)
        end = start + rng.normal(0, 0.03, 2) + [0, -0.08]
        line(field, np.stack([start, end]), 0.004, float(rng.uniform(0.2, 1)))
    return field


def fingerprint(rng: Generator) -> Picture:
    """Ridges about a whorl or a loop within an oval, dark on bright or the reverse."""
    height, width = size(rng)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    x = x - rng.normal(0, 0.1)
    swirl = float(rng.uniform(-1.5, 1.5))
    radius = np.hypot(x * rng.uniform(0.8, 1.4), y + 0.3 * np.abs(x) * rng.uniform(0, 1))
    warp = 0.05 * clouds(rng, height, width, 2.2)
    ridges = np.sin(rng.uniform(40, 90) * (radius + warp) + swirl * np.arctan2(y, x) * 2)
    oval = ellipse(height, width, (0.5, 0.5), (0.4, 0.46), 0, 0.01)
    ink = (
        oval
        * (ridges > rng.uniform(-0.4, 0.4))
        * np.clip(0.9 + 0.3 * clouds(rng, height, width, 1.2), 0, 1)
    )
    field = blurred(np.asarray(ink, np.float32), 0.8)
    return finish(rng, field if rng.random() < 0.4 else 1 - field)


def map_sheet(rng: Generator) -> Picture:
    """Land and sea, contour lines, roads and names."""
    height, width = size(rng)
    relief = clouds(rng, height, width, float(rng.uniform(1.4, 2.0)))
    levels = np.quantile(relief, np.sort(rng.uniform(0, 1, int(rng.integers(1, 7)))))
    land = 0.9 - 0.6 * np.digitize(relief, levels) / (len(levels) + 1)
    if rng.random() < 0.6:
        edges = np.abs(np.diff(np.floor(relief * rng.uniform(2, 5)), axis=0, prepend=0)) > 0
        land = np.where(edges, 0.2, land)
    field: Field = land.astype(np.float32)
    for _ in range(int(rng.integers(0, 14))):
        path = np.cumsum(rng.normal(0, 0.06, (12, 2)), axis=0) + rng.uniform(0, 1, 2)
        line(field, path, float(rng.uniform(0.004, 0.015)), float(rng.choice([0.05, 1.0])))
    picture = finish(rng, field)
    for _ in range(int(rng.integers(0, 10))):
        place = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.putText(picture, "Ovalia"[: int(rng.integers(2, 7))], place, 0, 0.4, 0, 1, cv2.LINE_AA)
    return picture


def shapes(rng: Generator) -> Picture:
    """A few plain shapes on a plain ground, as logos and icons have them."""
    height, width = size(rng)
    ground = float(rng.choice([0.0, 0.0, 1.0, rng.random()]))
    field = np.full((height, width), ground, np.float32)
    for _ in range(int(rng.integers(1, 6))):
        level = float(rng.uniform(0, 1))
        centre = rng.uniform(0.3, 0.7, 2)
        reach = float(rng.uniform(0.08, 0.42))
        corners = int(rng.integers(2, 9))
        if corners == 2:
            axes = (reach, reach * float(rng.uniform(0.6, 1.4)))
            shape = ellipse(height, width, (float(centre[0]), float(centre[1])), axes)
        else:
            turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, 3)
            inner = 1 - rng.uniform(0, 0.6) * (np.arange(corners) % 2)
            points = centre + reach * np.stack([np.cos(turn), np.sin(turn)], 1) * inner[:, None]
            shape = np.zeros_like(field)
            pixels = np.rint(points * [width, height]).astype(np.int32)
            cv2.fillPoly(shape, [pixels], 1.0, cv2.LINE_AA)
        field = field * (1 - shape) + shape * level
    return finish(rng, field)


def ball(rng: Generator) -> Picture:
    """One shaded, mottled round thing on black: a planet, a fruit, a coin, a brain that is none."""
    height, width = size(rng)
    axes = (float(rng.uniform(0.25, 0.48)), float(rng.uniform(0.25, 0.48)))
    shape = ellipse(height, width, (0.5, 0.5), axes, float(rng.uniform(0, 90)), 0.003)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 1 - rng.uniform(0, 0.8) * np.hypot(x - rng.normal(0, 0.3), y - rng.normal(0, 0.3))
    grain = clouds(rng, height, width, float(rng.uniform(0.6, 2))) * rng.uniform(0, 0.25)
    field = shape * np.clip(light * rng.uniform(0.3, 0.9) + grain, 0.03, 1)
    if rng.random() < 0.3:
        field += ellipse(height, width, (0.5, 0.5), (axes[0] * 0.8, axes[1] * 0.8)) * 0.2
    return finish(rng, field)
