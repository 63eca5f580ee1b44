import cv2
import numpy as np
import pytest

from brain_tumor.gate.facts import FRAME_FACTS, frame_facts


def measured(pixels: np.ndarray) -> dict[str, float]:
    return dict(zip(FRAME_FACTS, frame_facts(pixels).tolist(), strict=True))


def disc(size: int = 256, radius: float = 0.4, level: int = 120) -> np.ndarray:
    pixels = np.zeros((size, size), np.uint8)
    cv2.circle(pixels, (size // 2, size // 2), round(size * radius), level, cv2.FILLED)
    return pixels


@pytest.mark.parametrize("size", [64, 256, 700])
def test_a_disc_on_black(size: int) -> None:
    facts = measured(disc(size))
    assert facts["head"] == pytest.approx(np.pi * 0.4**2, abs=0.03)
    assert facts["foreground"] == pytest.approx(facts["head"], abs=0.03)
    assert facts["box_fill"] == pytest.approx(np.pi / 4, abs=0.03)
    assert facts["circularity"] == pytest.approx(1, abs=0.03)
    assert facts["solidity"] > 0.97
    assert facts["mirror"] > 0.97
    assert facts["flip"] > 0.97
    assert facts["dominance"] == 1
    assert facts["elongation"] < 0.02
    assert facts["rim_foreground"] == facts["rim_sides"] == facts["rim_level"] == 0
    assert facts["dark"] == pytest.approx(1 - facts["head"], abs=0.03)


def test_a_half_disc_is_its_own_mirror_one_way_only() -> None:
    pixels = disc()
    pixels[:, 128:] = 0
    facts = measured(pixels)
    assert facts["flip"] > 0.97
    assert facts["mirror"] < 0.8
    assert facts["elongation"] == pytest.approx(np.log(2), abs=0.05)


def test_two_discs_are_two_parts() -> None:
    facts = measured(np.hstack([disc(128), disc(128)]))
    assert facts["parts"] == pytest.approx(np.log(2))
    assert facts["dominance"] == pytest.approx(0.5, abs=0.02)


def test_a_strip_at_the_edge_takes_its_share_of_the_rim() -> None:
    pixels = np.full((200, 200), 160, np.uint8)
    pixels[-20:] = 0  # all of one side, a tenth of two
    facts = measured(pixels)
    assert facts["rim_sides"] == 0.75
    assert facts["rim_foreground"] == pytest.approx(0.3, abs=0.02)


def test_stripes_are_straight_and_a_disc_is_not() -> None:
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::16] = 200
    assert measured(stripes)["straight"] > 0.95
    assert measured(stripes)["strokes"] > 0.04
    assert measured(disc())["straight"] < 0.3
    assert measured(disc())["strokes"] < 0.01


@pytest.mark.parametrize("shape", [(32, 32), (32, 8000), (8000, 32)])
@pytest.mark.parametrize("level", [0, 7, 255])
def test_a_blank_picture_has_finite_facts(shape: tuple[int, int], level: int) -> None:
    facts = measured(np.full(shape, level, np.uint8))
    assert np.isfinite(list(facts.values())).all()
    assert facts["head"] == 0
    assert facts["mode"] == 1


def test_a_scan_and_its_larger_copy_have_the_same_facts() -> None:
    rng = np.random.default_rng(3)
    pixels = disc()
    pixels[pixels > 0] += cv2.resize(rng.integers(0, 99, (16, 16), np.uint8), (256, 256))[
        pixels > 0
    ]
    larger = np.repeat(np.repeat(pixels, 4, axis=0), 4, axis=1)
    assert np.allclose(frame_facts(pixels), frame_facts(larger))
