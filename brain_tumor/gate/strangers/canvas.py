"""What the drawing functions share: soft shapes, cloudy fields, grain, frames."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""A picture while it is drawn: float32 (H, W), about 0 (black) .. 1 (white)."""

Picture = NDArray[np.uint8]
Generator = np.random.Generator


def finish(rng: Generator, field: NDArray[np.floating[Any]]) -> Picture:
    """Give a field a film's gamma, grain and blur, and 8 bits."""
    bent = np.clip(field, 0, 1) ** float(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.5:
        bent = cv2.GaussianBlur(bent.astype(np.float32), (0, 0), float(rng.uniform(0.4, 1.6)))
    bent = bent + rng.normal(0, rng.uniform(0, 0.04), bent.shape)
    return np.asarray(np.clip(bent * 255, 0, 255), np.uint8)


def clouds(rng: Generator, height: int, width: int, roughness: float | None = None) -> Field:
    """A random field of zero mean, unit deviation and a power law for its spectrum.

    ``roughness`` is the exponent of the amplitude: 0 white noise, 1 as photographs, 2 smooth.
    """
    exponent = float(rng.uniform(0.6, 2.2)) if roughness is None else roughness
    spectrum = np.fft.rfft2(rng.normal(size=(height, width)))
    rows = np.fft.fftfreq(height)[:, np.newaxis] * height
    columns = np.fft.rfftfreq(width)[np.newaxis] * width
    radius = np.hypot(rows, columns)
    radius[0, 0] = 1
    field = np.fft.irfft2(spectrum / radius**exponent, (height, width))
    field -= field.mean()
    return np.asarray(field / max(float(field.std()), 1e-9), np.float32)


def ellipse(
    height: int,
    width: int,
    centre: tuple[float, float],
    axes: tuple[float, float],
    degrees: float = 0.0,
    soft: float = 0.0,
) -> Field:
    """A filled ellipse of value 1; places and half-axes (x, y) as shares of width and height."""
    field = np.zeros((height, width), np.float32)
    middle = (round(centre[0] * width), round(centre[1] * height))
    size = (max(1, round(axes[0] * width)), max(1, round(axes[1] * height)))
    cv2.ellipse(field, middle, size, degrees, 0, 360, 1.0, cv2.FILLED, cv2.LINE_AA)
    return blurred(field, soft * width)


def line(field: Field, points: NDArray[np.float64], thickness: float, value: float = 1.0) -> None:
    """Draw a polyline into a field; points (N, 2) and thickness as shares of the width."""
    height, width = field.shape
    pixels = np.rint(points * [width, height]).astype(np.int32)
    thick = max(1, round(thickness * width))
    cv2.polylines(field, [pixels], False, value, thick, cv2.LINE_AA)


def blurred(field: Field, sigma: float) -> Field:
    """A Gaussian blur; none where ``sigma`` is under a third of a pixel."""
    if sigma < 0.3:
        return field
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def size(rng: Generator, low: int = 180, high: int = 420) -> tuple[int, int]:
    """A height and a width."""
    height = int(rng.integers(low, high))
    return height, round(height * float(np.exp(rng.normal(0, 0.15))))


def letters(rng: Generator, picture: Picture, value: int | None = None) -> None:
    """Burn a short label into a corner, as an X-ray's side marker or a scanner's annotation."""
    height, width = picture.shape
    text = "".join(rng.choice(list("LRABPSI0123456789 ."), int(rng.integers(1, 9))))
    x = round(float(rng.choice([0.03, 0.75])) * width)
    y = round(float(rng.choice([0.1, 0.95])) * height)
    scale = float(rng.uniform(0.3, 1.0)) * width / 300
    level = int(rng.integers(150, 256)) if value is None else value
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, level, 1, cv2.LINE_AA)
