"""Augmentation: the host draws parameters, the device applies them.

Drawing on the host from a seed and a step number makes every batch reproducible on any backend and
lets a resumed run see what the unbroken one would have seen; applying in the model's graph puts the
pixel work on the accelerator. The photometric part is strong on purpose: in the public data set the
scanner tells the class, and only what survives gamma, blur, noise and JPEG is anatomy.
"""

from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

Parameters = dict[str, NDArray[np.float32]]

NOISE_IMAGES: Final = 16
BLUR_SIGMAS: Final = (1.0, 2.5)
_JPEG_LUMINANCE: Final = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=np.float32,
)  # ITU-T T.81, table K.1


@dataclass(frozen=True, slots=True)
class Strength:
    """How far each change may go; ``scaled`` makes all of them milder or stronger."""

    flip_horizontal: float = 0.5
    flip_vertical: float = 0.1
    rotation_degrees: float = 20.0
    log_scale: float = 0.2
    log_aspect: float = 0.1
    shift: float = 0.08
    log_gamma: float = 0.5
    log_contrast: float = 0.25
    brightness: float = 0.1
    bias_field: float = 0.2
    blur: float = 0.4
    noise: float = 0.06
    jpeg: float = 0.3
    erase: float = 0.25

    def scaled(self, factor: float) -> "Strength":
        """Return every range multiplied by ``factor`` (probabilities capped at 0.5)."""
        values = {name: getattr(self, name) * factor for name in self.__slots__}
        for name in ("flip_horizontal", "flip_vertical", "blur", "jpeg", "erase"):
            values[name] = min(0.5, values[name])
        return Strength(**values)


def draw_parameters(rng: np.random.Generator, n: int, side: int, s: Strength) -> Parameters:
    """Draw one set of changes an image.

    Args:
        rng: source of randomness.
        n: number of images.
        side: height and width of the images in pixels.
        s: ranges.

    Returns:
        float32 arrays with N rows: ``affine`` (N, 8), a projective transform from output to input
        pixels; ``tone`` (N, 3) gamma, contrast, brightness; ``bias`` (N, 5) polynomial
        coefficients; ``blur`` (N, 2) weights; ``noise`` (N, 1) amplitude; ``noise_image`` (N, 1)
        index; ``jpeg`` (N, 1) quantiser scale, 0 for none; ``erase`` (N, 5) box and grey level.
    """

    def uniform(limit: float, size: tuple[int, ...] = (n, 1)) -> NDArray[np.float64]:
        return rng.uniform(-limit, limit, size)

    def chance(probability: float) -> NDArray[np.bool_]:
        return rng.random((n, 1)) < probability

    blur_amount = rng.uniform(0, 1, (n, 2)) * np.eye(2)[rng.integers(0, 2, n)]
    quality = rng.uniform(25, 90, (n, 1))
    # libjpeg's rule from quality to the scale of the quantiser table.
    quantiser = np.where(quality < 50, 50 / quality, 2 - quality / 50)
    extent = rng.uniform(0.08, 0.3, (n, 2)) * side
    corner = rng.uniform(0, 1, (n, 2)) * (side - extent)
    erase = np.concatenate([corner, corner + extent, rng.uniform(0, 1, (n, 1))], axis=1)
    erase[~chance(s.erase)[:, 0], :4] = -1
    drawn = {
        "affine": _affine(rng, n, side, s),
        "tone": np.concatenate(
            [
                np.exp(uniform(s.log_gamma)),
                np.exp(uniform(s.log_contrast)),
                uniform(s.brightness),
            ],
            axis=1,
        ),
        "bias": uniform(s.bias_field, (n, 5)),
        "blur": blur_amount * chance(s.blur),
        "noise": np.abs(uniform(s.noise)) * chance(0.5),
        "noise_image": rng.integers(0, NOISE_IMAGES, (n, 1)),
        "jpeg": quantiser * chance(s.jpeg),
        "erase": erase,
    }
    return {name: value.astype(np.float32) for name, value in drawn.items()}


def _affine(rng: np.random.Generator, n: int, side: int, s: Strength) -> NDArray[np.float64]:
    angle = np.deg2rad(rng.uniform(-s.rotation_degrees, s.rotation_degrees, n))
    scale = np.exp(rng.uniform(-s.log_scale, s.log_scale, n))
    aspect = np.exp(rng.uniform(-s.log_aspect, s.log_aspect, n))
    flip_x = np.where(rng.random(n) < s.flip_horizontal, -1.0, 1.0)
    flip_y = np.where(rng.random(n) < s.flip_vertical, -1.0, 1.0)
    shift = rng.uniform(-s.shift, s.shift, (n, 2)) * side
    a = np.cos(angle) * flip_x / (scale * aspect)
    b = -np.sin(angle) * flip_x / (scale * aspect)
    c = np.sin(angle) * flip_y * aspect / scale
    d = np.cos(angle) * flip_y * aspect / scale
    centre = (side - 1) / 2
    tx = centre - a * centre - b * centre + shift[:, 0]
    ty = centre - c * centre - d * centre + shift[:, 1]
    zero = np.zeros(n)
    return np.stack([a, b, tx, c, d, ty, zero, zero], axis=1)


def identity_parameters(n: int) -> Parameters:
    """Return parameters that change nothing, in the form of ``draw_parameters``."""
    none = np.zeros((n, 1), np.float32)
    return {
        "affine": np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (n, 1)),
        "tone": np.tile(np.array([1, 1, 0], np.float32), (n, 1)),
        "bias": np.zeros((n, 5), np.float32),
        "blur": np.zeros((n, 2), np.float32),
        "noise": none,
        "noise_image": none.copy(),
        "jpeg": none.copy(),
        "erase": np.full((n, 5), -1, np.float32),
    }


def noise_bank(side: int, seed: int = 0) -> NDArray[np.float32]:
    """Return the fixed noise images (``NOISE_IMAGES``, side, side, 1), standard normal."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((NOISE_IMAGES, side, side, 1)).astype(np.float32)


def apply_parameters(images: Any, outlines: Any, parameters: dict[str, Any], noise: Any) -> Any:
    """Change images and their tumour outlines together (on the device).

    Args:
        images: float (N, side, side, 1), 0..1.
        outlines: float (N, side, side, 1), 0 or 1.
        parameters: as from ``draw_parameters``.
        noise: the noise bank.

    Returns:
        ``(images, outlines)``, float32, the same shapes and ranges. An erased part of a tumour is
        no longer outlined.
    """
    moved = ops.image.affine_transform(
        ops.concatenate([images, outlines], axis=-1),
        parameters["affine"],
        interpolation="bilinear",
        fill_mode="constant",
        fill_value=0.0,
        data_format="channels_last",
    )
    images, outlines = moved[..., :1], moved[..., 1:]
    images = _tone(images, parameters["tone"])
    images = images * _bias_field(images.shape[1], parameters["bias"])
    images = _blur(images, parameters["blur"])
    chosen = ops.take(noise, ops.cast(parameters["noise_image"][:, 0], "int32"), axis=0)
    images = images + chosen * parameters["noise"][:, :, None, None]
    images = ops.clip(images, 0.0, 1.0)
    if images.shape[1] % 8 == 0:
        images = _jpeg(images, parameters["jpeg"])
    return _erase(images, outlines, parameters["erase"])


def _tone(images: Any, tone: Any) -> Any:
    gamma, contrast, brightness = (tone[:, i, None, None, None] for i in range(3))
    # The small floor keeps the gradient of the power finite, though none is taken today.
    images = ops.power(ops.clip(images, 1e-4, 1.0), gamma)
    return ops.clip((images - 0.5) * contrast + 0.5 + brightness * images, 0.0, 1.0)


def _bias_field(side: int, coefficients: Any) -> Any:
    """Return a smooth positive field: what an uneven coil does to an MRI (Sled et al., 1998)."""
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    basis = np.stack([x, y, x * y, x * x - 1 / 3, y * y - 1 / 3], axis=0).reshape(5, -1)
    field = ops.exp(ops.matmul(coefficients, ops.convert_to_tensor(basis)))
    return ops.reshape(field, (-1, side, side, 1))


def _blur(images: Any, weights: Any) -> Any:
    result = images
    for index, sigma in enumerate(BLUR_SIGMAS):
        weight = weights[:, index, None, None, None]
        result = result + weight * (_gaussian(images, sigma) - images)
    return result


def _gaussian(images: Any, sigma: float) -> Any:
    radius = int(np.ceil(2.5 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2).astype(np.float32)
    taps /= taps.sum()
    rows = ops.conv(images, taps.reshape(-1, 1, 1, 1), padding="same")
    return ops.conv(rows, taps.reshape(1, -1, 1, 1), padding="same")


def _jpeg(images: Any, quantiser: Any) -> Any:
    """Quantise 8x8 blocks as a grey JPEG does (ITU-T T.81); rows with quantiser 0 stay."""
    side = images.shape[1]
    k = np.arange(8)
    dct = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / 16) * 0.5
    dct[0] /= np.sqrt(2)
    basis = ops.convert_to_tensor(dct.astype(np.float32))
    blocks = ops.reshape(images, (-1, side // 8, 8, side // 8, 8)) * 255.0 - 128.0
    spectrum = ops.einsum("ui,naibj,vj->naubv", basis, blocks, basis)
    on = ops.maximum(quantiser, 0.0)[:, :, None, None, None]
    table = ops.maximum(on * _JPEG_LUMINANCE[:, None, :], 1.0)
    coded = ops.round(spectrum / table) * table
    decoded = ops.einsum("ui,naubv,vj->naibj", basis, coded, basis)
    decoded = ops.clip((decoded + 128.0) / 255.0, 0.0, 1.0)
    decoded = ops.reshape(decoded, (-1, side, side, 1))
    return ops.where(quantiser[:, :, None, None] > 0, decoded, images)


def _erase(images: Any, outlines: Any, boxes: Any) -> Any:
    """Paint a rectangle grey (Zhong et al., "Random erasing data augmentation", 2020)."""
    axis = ops.arange(images.shape[1], dtype="float32")
    x0, y0, x1, y1, grey = (boxes[:, i, None] for i in range(5))
    columns = ops.logical_and(axis[None] >= x0, axis[None] < x1)
    rows = ops.logical_and(axis[None] >= y0, axis[None] < y1)
    inside = ops.logical_and(rows[:, :, None, None], columns[:, None, :, None])
    painted = ops.where(inside, grey[:, :, None, None], images)
    return painted, ops.where(inside, 0.0, outlines)


@keras.saving.register_keras_serializable(package="brain_tumor")
class Augment(keras.layers.Layer):
    """Applies ``apply_parameters`` while training; passes inputs through otherwise.

    Call with a dict of ``image`` uint8 (N, side, side, 1), ``outline`` uint8 of the same shape, and
    the parameters; returns ``(image, outline)`` as float32 in 0..1.
    """

    def __init__(self, side: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.side = side

    def build(self, input_shape: Any) -> None:
        """Create the noise bank, which training does not change."""
        bank = noise_bank(self.side)
        self.noise = self.add_weight(
            shape=bank.shape, initializer=keras.initializers.Zeros(), trainable=False, name="noise"
        )
        self.noise.assign(bank)
        self.built = True

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> Any:
        """Return the changed images and outlines."""
        images = ops.cast(inputs["image"], "float32") / 255.0
        outlines = ops.cast(inputs["outline"] > 0, "float32")
        if not training:
            return images, outlines
        parameters = {k: v for k, v in inputs.items() if k not in ("image", "outline")}
        return apply_parameters(images, outlines, parameters, self.noise)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Both outputs have the image's shape."""
        return input_shape["image"], input_shape["image"]
