import numpy as np
import pytest

from brain_tumor.drawing.colour_maps import COLOUR_MAPS, INFERNO

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(table: np.ndarray, sight: str) -> np.ndarray:
    """CIE L*a*b* (256, 3) of sRGB colours as that sight sees them."""
    value = table / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ SIGHT[sight].T, 0, 1) @ XYZ.T / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lightness = 116 * f[:, 1] - 16
    return np.stack([lightness, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_every_map_gets_lighter_all_the_way_for_every_sight(name: str, sight: str) -> None:
    lightness = lab(COLOUR_MAPS[name], sight)[:, 0]

    assert (np.diff(lightness) > -0.5).all()
    assert lightness[-1] - lightness[0] > 70


@pytest.mark.parametrize("sight", SIGHT)
def test_the_default_stays_the_furthest_from_the_scans_grey(sight: str) -> None:
    def distance(name: str) -> float:
        # From where the colour is let through in full: the median distance to the grey as light.
        return float(np.median(np.hypot(*lab(COLOUR_MAPS[name], sight)[90:, 1:].T)))

    others = [distance(name) for name in COLOUR_MAPS if name != INFERNO]

    assert next(iter(COLOUR_MAPS)) == INFERNO
    assert distance(INFERNO) > max(50 - 1e-9, *others)


def test_known_colours_in_the_order_of_red_green_blue() -> None:
    # matplotlib's first and last: inferno (0.001, 0.000, 0.014) to (0.988, 0.998, 0.645).
    assert COLOUR_MAPS[INFERNO][0].tolist() == [0, 0, 4]
    assert COLOUR_MAPS[INFERNO][255].tolist() == [252, 255, 164]
    assert COLOUR_MAPS["viridis"][255].tolist() == [253, 231, 37]
    assert COLOUR_MAPS["grey"][77].tolist() == [77, 77, 77]
