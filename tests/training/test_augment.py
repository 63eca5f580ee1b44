from dataclasses import replace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from brain_tumor.training.augment import (  # noqa: E402
    Augment,
    Strength,
    apply_parameters,
    draw_parameters,
    identity_parameters,
    noise_bank,
)

SIDE = 64
STILL = Strength(**dict.fromkeys(Strength.__slots__, 0.0))
NOISE = noise_bank(SIDE)


def apply(
    images: np.ndarray, outlines: np.ndarray, parameters: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    changed = apply_parameters(images, outlines, parameters, NOISE)
    image, outline = (np.asarray(keras.ops.convert_to_numpy(value)) for value in changed)
    return image, outline


def heads(n: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Smooth images and a bright blob each, which its outline covers."""
    y, x = np.indices((SIDE, SIDE))
    images = np.zeros((n, SIDE, SIDE, 1), np.float32)
    outlines = np.zeros_like(images)
    for i in range(n):
        images[i, :, :, 0] = 0.3 + 0.1 * np.sin(x / 9 + i) * np.cos(y / 7)
        blob = (x - 24 - 2 * (i % 5)) ** 2 + (y - 38) ** 2 <= 36
        images[i, blob] = 0.95
        outlines[i, blob] = 1
    return images, outlines


def test_identity_parameters_change_nothing() -> None:
    images, outlines = heads()
    image, outline = apply(images, outlines, identity_parameters(2))
    assert np.allclose(image, images, atol=1e-4)
    assert np.array_equal(outline, outlines)


def test_strength_zero_is_the_identity() -> None:
    drawn = draw_parameters(np.random.default_rng(0), 3, SIDE, STILL)
    wanted = identity_parameters(3)
    for name in ("affine", "tone", "bias", "blur", "noise", "jpeg"):
        assert np.allclose(drawn[name], wanted[name], atol=1e-5), name
    assert (drawn["erase"][:, :4] == -1).all()


def test_parameters_follow_from_the_seed() -> None:
    def draw(seed: int) -> dict[str, np.ndarray]:
        return draw_parameters(np.random.default_rng(seed), 4, SIDE, Strength())

    first, again, other = draw(5), draw(5), draw(6)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert all(value.dtype == np.float32 and len(value) == 4 for value in first.values())
    assert not np.allclose(first["affine"], other["affine"])
    assert np.array_equal(noise_bank(SIDE), NOISE)


def test_ranges_stay() -> None:
    images, outlines = heads(16)
    parameters = draw_parameters(np.random.default_rng(1), 16, SIDE, Strength().scaled(3.0))
    image, outline = apply(images, outlines, parameters)
    assert image.shape == outline.shape == images.shape
    assert image.dtype == outline.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1
    assert outline.min() >= 0
    assert outline.max() <= 1
    assert np.abs(image - images).mean() > 0.02


def test_the_outline_goes_where_the_image_goes() -> None:
    images, outlines = heads(24)
    moving = replace(
        STILL,
        flip_horizontal=0.5,
        flip_vertical=0.5,
        rotation_degrees=40.0,
        log_scale=0.2,
        log_aspect=0.2,
        shift=0.1,
    )
    parameters = draw_parameters(np.random.default_rng(2), 24, SIDE, moving)
    image, outline = apply(images, outlines, parameters)
    moved = 0
    for i in range(24):
        bright, drawn = image[i, :, :, 0] > 0.7, outline[i, :, :, 0] > 0.5
        assert bright.sum() > 40
        both = (bright & drawn).sum() / (bright | drawn).sum()
        assert both > 0.85
        moved += (drawn & (outlines[i, :, :, 0] > 0)).sum() / drawn.sum() < 0.5
    assert moved > 8


def test_a_shift_moves_by_so_many_pixels() -> None:
    images, outlines = heads(1)
    parameters = identity_parameters(1)
    parameters["affine"][0, 2] = 5  # output pixel x reads input pixel x + 5
    image, _ = apply(images, outlines, parameters)
    assert np.allclose(image[0, :, : SIDE - 5], images[0, :, 5:], atol=1e-3)
    assert image[0, :, SIDE - 4 :].max() <= 1e-3  # black comes in


def test_a_flip_is_about_the_images_middle() -> None:
    images, outlines = heads(1)
    always = replace(STILL, flip_horizontal=1.0)
    parameters = draw_parameters(np.random.default_rng(0), 1, SIDE, always)
    image, outline = apply(images, outlines, parameters)
    assert np.allclose(image[0], images[0, :, ::-1], atol=1e-3)
    assert np.allclose(outline[0], outlines[0, :, ::-1], atol=1e-3)


def test_gamma_contrast_and_brightness() -> None:
    images = np.full((3, SIDE, SIDE, 1), 0.25, np.float32)
    parameters = identity_parameters(3)
    parameters["tone"] = np.array([[0.5, 1, 0], [1, 2, 0], [1, 1, 0.2]], np.float32)
    image, _ = apply(images, np.zeros_like(images), parameters)
    assert np.allclose(image[:, 30, 30, 0], [0.5, 0.0, 0.3], atol=1e-4)


def test_noise_has_the_amplitude_that_was_drawn() -> None:
    images = np.full((1, SIDE, SIDE, 1), 0.5, np.float32)
    parameters = identity_parameters(1)
    parameters["noise"][:] = 0.05
    parameters["noise_image"][:] = 3
    image, _ = apply(images, np.zeros_like(images), parameters)
    assert image.std() == pytest.approx(0.05, rel=0.05)
    assert np.allclose(image[0], 0.5 + 0.05 * NOISE[3], atol=1e-4)


def test_blur_softens_and_keeps_the_mean() -> None:
    rng = np.random.default_rng(0)
    images = rng.uniform(0.3, 0.7, (2, SIDE, SIDE, 1)).astype(np.float32)
    parameters = identity_parameters(2)
    parameters["blur"][1] = [0, 1]
    image, _ = apply(images, np.zeros_like(images), parameters)
    assert np.allclose(image[0], images[0], atol=1e-4)
    inner = image[1, 8:-8, 8:-8]
    assert inner.std() < 0.3 * images[1].std()
    assert inner.mean() == pytest.approx(images[1, 8:-8, 8:-8].mean(), abs=0.01)


def test_jpeg_keeps_even_blocks_and_coarsens_fine_ones() -> None:
    rng = np.random.default_rng(0)
    images = np.zeros((2, SIDE, SIDE, 1), np.float32)
    images[0] = np.kron(rng.integers(60, 200, (8, 8)) / 255, np.ones((8, 8)))[..., None]
    images[1] = rng.uniform(0.2, 0.8, (SIDE, SIDE, 1))
    parameters = identity_parameters(2)
    parameters["jpeg"][:] = 50 / 30  # quality 30
    image, _ = apply(images, np.zeros_like(images), parameters)
    # A block of one grey level has a mean only, coded in steps of 16 * 50 / 30 eighths of a level.
    assert np.abs(image[0] - images[0]).max() <= 16 * 50 / 30 / 8 / 2 / 255 + 1e-4
    assert np.abs(image[1] - images[1]).mean() > 0.02


def test_jpeg_is_libjpegs() -> None:
    cv2 = pytest.importorskip("cv2")
    rng = np.random.default_rng(3)
    grey = cv2.GaussianBlur(rng.integers(0, 256, (SIDE, SIDE)).astype(np.uint8), (5, 5), 0)
    quality = 50  # the standard's own table, which other qualities scale and round
    _, code = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    reference = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE).astype(float)
    parameters = identity_parameters(1)
    parameters["jpeg"][:] = 50 / quality
    images = (grey / np.float32(255)).astype(np.float32)[None, :, :, None]
    image, _ = apply(images, np.zeros_like(images), parameters)
    ours = image[0, :, :, 0] * 255
    assert np.abs(ours - reference).mean() < 0.5
    assert np.abs(grey - reference).mean() > 2.0


def test_what_is_erased_has_no_outline() -> None:
    images, outlines = heads(1)
    parameters = identity_parameters(1)
    parameters["erase"][:] = [20, 30, 40, 60, 0.6]  # x0, y0, x1, y1, grey
    image, outline = apply(images, outlines, parameters)
    assert np.allclose(image[0, 30:60, 20:40], 0.6)
    assert not outline[0, 30:60, 20:40].any()
    rest = np.ones((SIDE, SIDE), bool)
    rest[30:60, 20:40] = False
    assert np.allclose(image[0][rest], images[0][rest], atol=1e-4)
    assert np.array_equal(outline[0][rest], outlines[0][rest])


def test_scaled_strength() -> None:
    stronger = Strength().scaled(10)
    assert stronger.rotation_degrees == 200
    assert stronger.blur == 0.5  # a probability
    assert Strength().scaled(0) == STILL


def test_the_layer_changes_images_only_while_training() -> None:
    images, outlines = heads(2)
    layer = Augment(SIDE)
    inputs = {
        "image": np.rint(images * 255).astype(np.uint8),
        "outline": (outlines * 255).astype(np.uint8),
        **draw_parameters(np.random.default_rng(4), 2, SIDE, Strength()),
    }
    image, outline = (np.asarray(v) for v in layer(inputs, training=False))
    assert np.allclose(image, images, atol=0.5 / 255 + 1e-6)
    assert np.array_equal(outline, outlines)
    changed, _ = (np.asarray(v) for v in layer(inputs, training=True))
    assert np.abs(changed - image).mean() > 0.01
    assert not layer.trainable_variables
