"""Phantoms of cross-sections and echoes of the body other than the head."""

import cv2
import numpy as np

from brain_tumor.gate.strangers.canvas import (
    Generator,
    Picture,
    blurred,
    clouds,
    ellipse,
    finish,
    letters,
    size,
)


def trunk(rng: Generator) -> Picture:
    """An axial section through chest or belly: wide, a vertebra at the back, organs or lungs."""
    height, width = size(rng)
    wide, tall = float(rng.uniform(0.36, 0.49)), float(rng.uniform(0.24, 0.38))
    centre = (0.5 + float(rng.normal(0, 0.02)), 0.48 + float(rng.normal(0, 0.03)))
    skin = ellipse(height, width, centre, (wide, tall), float(rng.normal(0, 3)), 0.002)
    fat, flesh = float(rng.uniform(0.15, 0.4)), float(rng.uniform(0.35, 0.65))
    inner = ellipse(height, width, centre, (wide * 0.9, tall * 0.87), 0, 0.004)
    field = skin * fat + inner * (flesh - fat)
    if rng.random() < 0.5:
        for side in (-1, 1):
            middle = (centre[0] + side * wide * 0.45, centre[1] - tall * 0.1)
            lung = ellipse(height, width, middle, (wide * 0.34, tall * 0.62), side * 10, 0.004)
            field = field * (1 - lung) + lung * float(rng.uniform(0, 0.1))
            vessels = np.clip(clouds(rng, height, width, 1.0) - 1.6, 0, 1)
            field += lung * vessels * 0.4
        field += ellipse(height, width, centre, (wide * 0.25, tall * 0.35), 30, 0.01) * 0.12
    else:
        liver = (centre[0] - wide * 0.4, centre[1] - tall * 0.1)
        field += ellipse(height, width, liver, (wide * 0.42, tall * 0.5), 20, 0.006) * 0.14
        for _ in range(int(rng.integers(4, 14))):
            spot = (
                centre[0] + float(rng.uniform(-0.6, 0.7)) * wide,
                centre[1] + float(rng.uniform(-0.6, 0.4)) * tall,
            )
            axes = (float(rng.uniform(0.02, 0.07)), float(rng.uniform(0.02, 0.06)))
            level = float(rng.uniform(-0.3, 0.3))
            field += ellipse(height, width, spot, axes, float(rng.uniform(0, 180)), 0.004) * level
    back = centre[1] + tall * 0.55
    bone = ellipse(height, width, (centre[0], back), (0.06, 0.055), 0, 0.003)
    canal = ellipse(height, width, (centre[0], back + 0.06), (0.025, 0.025), 0, 0.002)
    field = np.maximum(field, bone * float(rng.uniform(0.7, 1))) - canal * 0.2
    if rng.random() < 0.6:
        for angle in np.linspace(0, 2 * np.pi, int(rng.integers(9, 19)), endpoint=False):
            spot = (
                centre[0] + 0.88 * wide * np.cos(angle),
                centre[1] + 0.85 * tall * np.sin(angle),
            )
            field += ellipse(height, width, spot, (0.02, 0.012), np.degrees(angle) + 90) * 0.4
    if rng.random() < 0.4:
        table = np.zeros_like(field)
        low = round((centre[1] + tall * 1.1) * height)
        cv2.ellipse(table, (width // 2, low - 40), (width // 2, 60), 0, 20, 160, 1.0, 2)
        field += table * 0.3
    return _scanned(rng, field)


def limb(rng: Generator) -> Picture:
    """An axial section through one or two thighs or arms: discs with a ring of bone."""
    height, width = size(rng)
    field = np.zeros((height, width), np.float32)
    places = (0.27, 0.73) if rng.random() < 0.6 else (0.5,)
    radius = 0.21 if len(places) == 2 else float(rng.uniform(0.25, 0.42))
    fat, flesh = float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.2, 0.6))
    for x in places:
        axes = (radius, radius * float(rng.uniform(0.85, 1.15)))
        skin = ellipse(height, width, (x, 0.5), axes, 0, 0.002)
        inner = ellipse(height, width, (x, 0.5), (axes[0] * 0.82, axes[1] * 0.82), 0, 0.004)
        field += skin * fat + inner * (flesh - fat)
        spot = (x + float(rng.normal(0, 0.03)), 0.5 + float(rng.normal(0, 0.03)))
        outer = ellipse(height, width, spot, (radius * 0.25, radius * 0.25))
        marrow = ellipse(height, width, spot, (radius * 0.15, radius * 0.15))
        field += outer * float(rng.choice([-0.3, 0.5])) + marrow * float(rng.uniform(-0.3, 0.4))
        strands = np.clip(np.abs(clouds(rng, height, width, 1.2)) - 0.1, 0, 0.3)
        field += inner * (strands - 0.15) * 0.4
    return _scanned(rng, field)


def knee(rng: Generator) -> Picture:
    """A knee from the side: two broad bones that meet, a kneecap, bright marrow."""
    height, width = size(rng)
    flesh = np.zeros((height, width), np.float32)
    half = float(rng.uniform(0.25, 0.38))
    cv2.rectangle(
        flesh, (round((0.5 - half) * width), 0), (round((0.5 + half) * width), height), 1.0, -1
    )
    field = blurred(flesh, 6) * float(rng.uniform(0.15, 0.35))
    field += flesh * clouds(rng, height, width, 1.3) * 0.05
    marrow = float(rng.uniform(0.3, 0.6)) * float(rng.choice([1, -0.3]))
    thick = float(rng.uniform(0.12, 0.2))
    for sign in (-1, 1):
        middle = 0.5 + sign * 0.16
        end = ellipse(height, width, (0.5, middle), (thick * 1.2, 0.13), 0, 0.004)
        shaft = np.zeros_like(field)
        top, bottom = sorted((middle, 0.5 + sign * 0.7))
        start = (round((0.5 - thick * 0.7) * width), round(top * height))
        stop = (round((0.5 + thick * 0.7) * width), round(bottom * height))
        cv2.rectangle(shaft, start, stop, 1.0, -1)
        field += np.maximum(end, blurred(shaft, 2)) * marrow
    field += ellipse(height, width, (0.5 - half * 0.8, 0.42), (0.06, 0.1), 0, 0.004) * marrow
    return _scanned(rng, field)


def heart(rng: Generator) -> Picture:
    """A short-axis view: bright rings of blood in grey muscle, lungs dark around."""
    height, width = size(rng)
    field = 0.25 + 0.1 * clouds(rng, height, width, 1.7)
    for _ in range(int(rng.integers(2, 5))):
        spot = (float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.1, 0.9)))
        axes = (float(rng.uniform(0.15, 0.35)), float(rng.uniform(0.15, 0.35)))
        field = field * (1 - 0.9 * ellipse(height, width, spot, axes, 30, 0.02))
    x, y, radius = *rng.uniform(0.4, 0.6, 2), float(rng.uniform(0.1, 0.2))
    muscle = ellipse(height, width, (x, y), (radius, radius), 0, 0.008)
    blood = ellipse(height, width, (x, y), (radius * 0.65, radius * 0.65), 0, 0.008)
    right = ellipse(height, width, (x - radius * 1.3, y), (radius * 0.8, radius), 20, 0.01)
    field = field * (1 - muscle) + muscle * 0.3 + blood * 0.5 + right * 0.5
    return _scanned(rng, field)


def ultrasound(rng: Generator) -> Picture:
    """A fan or a rectangle of speckle on black, with dark cysts and bright bands."""
    height, width = size(rng)
    depth, across = np.mgrid[0:1:128j, -1:1:128j]
    speckle = np.abs(rng.normal(size=(128, 128)) + 1j * rng.normal(size=(128, 128)))
    tissue = 0.35 + 0.15 * clouds(rng, 128, 128, 1.3) - 0.2 * depth * rng.random()
    for _ in range(int(rng.integers(0, 5))):
        x, y, r = rng.uniform(-0.8, 0.8), rng.uniform(0.2, 0.9), rng.uniform(0.05, 0.25)
        tissue[np.hypot(across - x, (depth - y) * 1.5) < r] *= float(rng.uniform(0, 0.5))
    for row in rng.uniform(0, 1, int(rng.integers(0, 4))):
        tissue += 0.5 * np.exp(-(((depth - row - 0.1 * across**2) / 0.015) ** 2))
    polar = (tissue * speckle * 0.8).astype(np.float32)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    if rng.random() < 0.3:
        field = cv2.resize(polar, (width, height))
    else:
        opening, skip = float(rng.uniform(0.5, 0.9)), float(rng.uniform(0, 0.3)) * height
        x, y = columns - width / 2, rows + skip
        radius, angle = np.hypot(x, y), np.arctan2(x, y)
        at_depth = (radius - skip) / (height * float(rng.uniform(0.9, 1.0))) * 127
        at_angle = (angle / opening + 1) / 2 * 127
        field = cv2.remap(
            polar, at_angle.astype(np.float32), at_depth.astype(np.float32), cv2.INTER_LINEAR
        )
    picture = finish(rng, field)
    if rng.random() < 0.7:
        letters(rng, picture)
    return picture


def fundus(rng: Generator) -> Picture:
    """The back of an eye: a disc, branching vessels, a bright optic disc."""
    height, width = size(rng)
    disc = ellipse(height, width, (0.5, 0.5), (0.47, 0.47 * width / height), 0, 0.002)
    field = disc * (0.4 + 0.06 * clouds(rng, height, width, 2.0))
    spot = (0.5 + float(rng.choice([-0.25, 0.25])), 0.5)
    vessels = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(8, 16))):
        turns = np.cumsum(rng.normal(0, 0.12, 40)) + rng.uniform(0, 2 * np.pi)
        steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * 0.018
        path = np.rint((np.cumsum(steps, axis=0) + spot) * [width, height]).astype(np.int32)
        cv2.polylines(vessels, [path], False, 1.0, int(rng.integers(1, 4)), cv2.LINE_AA)
    field -= blurred(vessels, 0.8) * disc * 0.2
    field += ellipse(height, width, spot, (0.06, 0.06), 0, 0.008) * disc * 0.4
    return finish(rng, field)


def cells(rng: Generator) -> Picture:
    """Cells under a microscope: many blobs, bright on dark or dark on bright."""
    height, width = size(rng)
    field = np.full((height, width), float(rng.uniform(0, 0.3)), np.float32)
    for _ in range(int(rng.integers(10, 150))):
        spot = (float(rng.uniform(0, 1)), float(rng.uniform(0, 1)))
        r = float(rng.uniform(0.01, 0.06))
        axes = (r, r * float(rng.uniform(0.6, 1.4)))
        blob = ellipse(height, width, spot, axes, float(rng.uniform(0, 180)), 0.004)
        field = np.maximum(field, blob * float(rng.uniform(0.3, 0.9)))
    field += clouds(rng, height, width) * 0.03
    return finish(rng, 1 - field if rng.random() < 0.5 else field)


def _scanned(rng: Generator, field: np.ndarray) -> Picture:
    height, width = field.shape
    cloudy = 1 + clouds(rng, height, width, 2.0) * float(rng.uniform(0, 0.12))
    grainy = clouds(rng, height, width, 0.5) * float(rng.uniform(0, 0.05)) * (field > 0.02)
    picture = finish(rng, field * cloudy * float(rng.uniform(0.7, 1.2)) + grainy)
    if rng.random() < 0.3:
        letters(rng, picture)
    return picture
