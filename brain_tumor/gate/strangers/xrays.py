"""Phantoms of X-ray pictures: chest, hand, limb, spine, pelvis, teeth, breast.

They are drawn from simple projections (ribs as arcs, a spine, a heart's shadow), with wide ranges
for everything: what they share with real ones is composition, not detail.
"""

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


def _film(rng: Generator, field: Field) -> Picture:
    """Scatter, exposure, now and then an inverted film, a collimator's border, a marker."""
    height, width = field.shape
    field = field + clouds(rng, height, width) * float(rng.uniform(0, 0.04))
    field = field * float(rng.uniform(0.7, 1.15)) + float(rng.uniform(-0.08, 0.1))
    picture = finish(rng, field)
    if rng.random() < 0.1:
        picture = 255 - picture
    if rng.random() < 0.25:
        edge = round(float(rng.uniform(0.02, 0.1)) * width)
        sides = rng.random(4) < 0.6
        top, bottom, left, right = (edge * int(side) for side in sides)
        framed = np.zeros_like(picture)
        inside = np.s_[top : height - bottom, left : width - right]
        framed[inside] = picture[inside]
        picture = framed
    if rng.random() < 0.6:
        letters(rng, picture)
    return picture


def chest(rng: Generator) -> Picture:
    """A frontal chest: trunk, two lungs, ribs, spine, heart, diaphragm, arms, collar bones."""
    height, width = size(rng, 220, 480)
    jitter = lambda spread=0.02: float(rng.normal(0, spread))  # noqa: E731
    field = np.full((height, width), float(rng.uniform(0, 0.12)), np.float32)
    middle = 0.5 + jitter(0.03)
    reach = float(rng.uniform(0.38, 0.6))
    trunk = ellipse(height, width, (middle, 0.75), (reach, float(rng.uniform(0.55, 0.8))), 0, 0.01)
    shoulders = ellipse(height, width, (middle, 0.3 + jitter()), (reach * 1.15, 0.2), 0, 0.02)
    neck = ellipse(height, width, (middle, 0.02), (float(rng.uniform(0.08, 0.14)), 0.2), 0, 0.01)
    body = np.maximum(np.maximum(trunk, shoulders), neck)
    field += body * float(rng.uniform(0.4, 0.65))
    top, bottom = 0.12 + jitter(), float(rng.uniform(0.68, 0.85))
    dark = float(rng.uniform(0.2, 0.45))
    for side in (-1, 1):
        centre = (middle + side * float(rng.uniform(0.17, 0.23)), (top + bottom) / 2 + jitter())
        axes = (float(rng.uniform(0.11, 0.17)), (bottom - top) / 2)
        lung = ellipse(height, width, centre, axes, side * float(rng.uniform(2, 12)), 0.012)
        base = ellipse(height, width, (centre[0], bottom + 0.06 + jitter()), (0.2, 0.12), 0, 0.01)
        field -= lung * (1 - base) * dark
        field += base * lung * 0.1
        _ribs(rng, field, middle, side, (top, bottom))
        clavicle = np.array([[middle + side * 0.03, top + 0.06], [middle + side * 0.3, top - 0.02]])
        bone = np.zeros_like(field)
        line(bone, clavicle, 0.025)
        field += blurred(bone, 2) * 0.12
        if rng.random() < 0.4:
            arm = np.array([[middle + side * 0.42, 0.25], [middle + side * 0.52, 1.0]])
            bone = np.zeros_like(field)
            line(bone, arm, float(rng.uniform(0.06, 0.12)))
            field += blurred(bone, 3) * 0.25
    spine = np.zeros_like(field)
    line(spine, np.array([[middle, 0.0], [middle + jitter(), 1.0]]), float(rng.uniform(0.06, 0.1)))
    field += blurred(spine, 3) * float(rng.uniform(0.15, 0.3))
    heart = (middle + float(rng.uniform(0.02, 0.08)) * rng.choice([1, 1, -1]), bottom - 0.14)
    axes = (float(rng.uniform(0.1, 0.17)), float(rng.uniform(0.12, 0.2)))
    field += ellipse(height, width, heart, axes, 30, 0.015) * float(rng.uniform(0.15, 0.35))
    if rng.random() < 0.3:
        spot = (middle + jitter(0.2), 0.45 + jitter(0.12))
        field += ellipse(height, width, spot, (0.08, 0.08), 0, 0.04) * float(rng.uniform(0.1, 0.3))
    return _film(rng, field)


def _ribs(
    rng: Generator, field: Field, middle: float, side: int, lung: tuple[float, float]
) -> None:
    strength, tilt = float(rng.uniform(0.03, 0.12)), float(rng.uniform(0.03, 0.12))
    count = int(rng.integers(7, 11))
    along = np.linspace(0, 1, 20)
    ribs = np.zeros_like(field)
    for row in np.linspace(lung[0], lung[1] - 0.05, count):
        x = middle + side * (0.03 + 0.3 * np.sin(along * np.pi / 2))
        y = row + tilt * along + 0.06 * (1 - np.cos(along * np.pi)) / 2
        line(ribs, np.stack([x, y], axis=1), float(rng.uniform(0.012, 0.022)))
    field += blurred(ribs, 1.5) * strength


def _bone(
    rng: Generator, field: Field, start: tuple[float, float], end: tuple[float, float], thick: float
) -> None:
    """A long bone: shaft with a bright cortex, two thicker ends."""
    outer, inner = np.zeros_like(field), np.zeros_like(field)
    ends = np.array([start, end])
    line(outer, ends, thick)
    line(inner, ends, thick * 0.55)
    height, width = field.shape
    for x, y in (start, end):
        outer = np.maximum(
            outer,
            ellipse(height, width, (x, y), (thick * 0.75, thick * 0.75 * width / height)),
        )
    field += (blurred(outer, 1.2) - 0.45 * blurred(inner, 1.5)) * float(rng.uniform(0.3, 0.6))


def limb(rng: Generator) -> Picture:
    """An arm or leg: soft tissue as a band, one or two long bones, perhaps a joint."""
    height, width = size(rng)
    field = np.full((height, width), float(rng.uniform(0, 0.1)), np.float32)
    lean = float(rng.normal(0, 0.12))
    flesh = np.zeros_like(field)
    axis = np.array([[0.5 - lean, -0.1], [0.5 + lean, 1.1]])
    line(flesh, axis, float(rng.uniform(0.25, 0.6)))
    field += blurred(flesh, 5) * float(rng.uniform(0.15, 0.35))
    joint = float(rng.uniform(0.3, 0.7)) if rng.random() < 0.6 else 1.2
    thick = float(rng.uniform(0.06, 0.14))
    offsets = (-0.08, 0.08) if rng.random() < 0.5 else (0.0,)
    for offset in offsets:
        x = 0.5 + offset
        _bone(rng, field, (x - lean, -0.1), (x, joint - 0.04), thick)
        _bone(rng, field, (x, joint + 0.04), (x + lean, 1.15), thick)
    return _film(rng, field)


def hand(rng: Generator) -> Picture:
    """A hand: five rays of short bones that fan out from a wrist."""
    height, width = size(rng)
    field = np.full((height, width), float(rng.uniform(0, 0.1)), np.float32)
    wrist = np.array([0.5 + float(rng.normal(0, 0.04)), 0.85])
    flesh = ellipse(height, width, (float(wrist[0]), 0.65), (0.22, 0.22), 0, 0.01)
    spread = float(rng.uniform(10, 20))
    rays = []
    for finger, length in enumerate((0.45, 0.68, 0.74, 0.68, 0.55)):
        angle = np.radians((finger - 2) * spread + float(rng.normal(0, 3)) - (finger == 0) * 15)
        rays.append((np.array([np.sin(angle), -np.cos(angle)]), length * rng.uniform(0.9, 1.1)))
        part = np.zeros_like(field)
        line(part, np.stack([wrist, wrist + rays[-1][0] * rays[-1][1]]), 0.09)
        flesh = np.maximum(flesh, blurred(part, 2))
    field += flesh * float(rng.uniform(0.15, 0.3))
    for direction, length in rays:
        cuts = np.array([0.18, 0.52, 0.55, 0.76, 0.78, 0.9, 0.92, 1.0]) * length
        for start, end in cuts.reshape(-1, 2):
            a, b = wrist + direction * start, wrist + direction * end
            _bone(rng, field, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), 0.035)
    for _ in range(8):
        spot = (float(wrist[0] + rng.normal(0, 0.07)), float(wrist[1] + rng.normal(0, 0.03)))
        field += ellipse(height, width, spot, (0.035, 0.03), 0, 0.004) * 0.3
    turned = np.ascontiguousarray(np.rot90(field, int(rng.integers(0, 4))))
    return _film(rng, np.asarray(turned, np.float32))


def spine(rng: Generator) -> Picture:
    """A column of vertebrae, seen from the front or the side, in soft tissue."""
    height, width = size(rng)
    field = np.full((height, width), float(rng.uniform(0.05, 0.3)), np.float32)
    field += clouds(rng, height, width, 2.0) * 0.06
    bend = float(rng.normal(0, 0.1))
    count = int(rng.integers(5, 13))
    for row in np.linspace(0.02, 0.98, count):
        x = 0.5 + bend * np.sin(row * np.pi * float(rng.uniform(0.9, 1.1)))
        box = np.zeros_like(field)
        half, tall = float(rng.uniform(0.08, 0.13)), 0.36 / count
        start = (round((x - half) * width), round((row - tall) * height))
        end = (round((x + half) * width), round((row + tall) * height))
        cv2.rectangle(box, start, end, 1.0, cv2.FILLED)
        field += blurred(box, 2.0) * float(rng.uniform(0.25, 0.45))
        if rng.random() < 0.8:
            field += ellipse(height, width, (x, row), (0.02, tall * 0.6), 0, 0.01) * 0.2
    return _film(rng, field)


def pelvis(rng: Generator) -> Picture:
    """Two iliac wings, hip joints and thigh bones."""
    height, width = size(rng)
    field = ellipse(height, width, (0.5, 0.5), (0.6, 0.55), 0, 0.02) * float(rng.uniform(0.2, 0.4))
    for side in (-1, 1):
        wing = ellipse(height, width, (0.5 + side * 0.24, 0.3), (0.16, 0.2), side * 25, 0.006)
        ring = ellipse(height, width, (0.5 + side * 0.12, 0.68), (0.07, 0.09), side * 20, 0.006)
        field += (wing - 0.6 * blurred(wing, 12)) * 0.5 + (ring - 0.9 * blurred(ring, 5)) * 0.5
        field += ellipse(height, width, (0.5 + side * 0.28, 0.6), (0.06, 0.07), 0, 0.004) * 0.35
        _bone(rng, field, (0.5 + side * 0.33, 0.66), (0.5 + side * 0.32, 1.1), 0.09)
    field += ellipse(height, width, (0.5, 0.25), (0.09, 0.28), 0, 0.01) * 0.3
    return _film(rng, field)


def teeth(rng: Generator) -> Picture:
    """A jaw's panorama: two arched rows of bright teeth with roots."""
    height = int(rng.integers(160, 260))
    width = round(height * float(rng.uniform(1.4, 2.1)))
    field = np.full((height, width), float(rng.uniform(0.1, 0.3)), np.float32)
    field += clouds(rng, height, width, 1.8) * 0.07
    curve = float(rng.uniform(-0.15, 0.2))
    for jaw in (-1, 1):
        for x in np.linspace(0.15, 0.85, int(rng.integers(10, 17))):
            y = 0.5 + curve * (4 * (x - 0.5) ** 2 - 0.3) + jaw * 0.13
            axes = (float(rng.uniform(0.014, 0.024)), float(rng.uniform(0.09, 0.14)))
            tooth = ellipse(height, width, (x, y), axes, float(rng.normal(0, 6)), 0.002)
            field += tooth * float(rng.uniform(0.3, 0.55))
            if rng.random() < 0.2:
                crown = ellipse(height, width, (x, y - jaw * 0.08), (0.015, 0.03))
                field += crown * 0.5
    return _film(rng, field)


def breast(rng: Generator) -> Picture:
    """A breast at one edge of a black film, glandular strands in it."""
    height, width = size(rng)
    axes = (float(rng.uniform(0.45, 0.8)), float(rng.uniform(0.35, 0.5)))
    shape = ellipse(height, width, (0.0, 0.5 + float(rng.normal(0, 0.05))), axes, 0, 0.006)
    tissue = 0.25 + 0.12 * clouds(rng, height, width, float(rng.uniform(1.0, 1.7)))
    field = shape * np.clip(tissue, 0.05, 1)
    if rng.random() < 0.5:
        muscle = ellipse(height, width, (0.0, 0.0), (0.25, 0.5), 15, 0.01)
        field = np.maximum(field, muscle * 0.6)
    if rng.random() < 0.5:
        field = field[:, ::-1]
    return _film(rng, np.asarray(field, np.float32))
