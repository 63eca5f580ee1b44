import numpy as np
import pytest

from brain_tumor.errors import TrainingError
from brain_tumor.imaging.heatmap import CellGrid

keras = pytest.importorskip("keras")

from brain_tumor.model.network import (  # noqa: E402
    block_of,
    build_network,
    kept_blocks,
    receptive_grid,
    skip_blocks,
)


@pytest.mark.parametrize(
    ("layer", "block"),
    [
        ("conv2_block3_3_conv", (2, 3)),
        ("conv4_block36_out", (4, 36)),
        ("conv1_conv", None),
        ("post_bn", None),
        ("predictions/kernel", None),
    ],
)
def test_block_of(layer: str, block: tuple[int, int] | None) -> None:
    assert block_of(layer) == block


@pytest.mark.parametrize(
    ("total", "active", "kept"),
    [(3, 3, {1, 2, 3}), (8, 2, {1, 8}), (36, 3, {1, 2, 36}), (1, 1, {1})],
)
def test_the_first_blocks_and_the_last_stay(total: int, active: int, kept: set[int]) -> None:
    assert kept_blocks(total, active) == kept


@pytest.mark.parametrize(("total", "active"), [(3, 1), (3, 4), (3, 0), (1, 0)])
def test_a_stage_cannot_keep_fewer_than_two_blocks_or_more_than_it_has(
    total: int, active: int
) -> None:
    with pytest.raises(TrainingError, match="can keep"):
        kept_blocks(total, active)


# Offset: each layer adds (the centre of its first cell on its input) x (the stride before it).
@pytest.mark.parametrize(
    ("backbone", "offset"),
    [
        pytest.param("ResNet50V2", 0.0, id="ResNet50V2: symmetric padding, nothing is added"),
        pytest.param("VGG16", 15.5, id="VGG16: 2x2 pools, 0.5 + 1 + 2 + 4 + 8"),
        pytest.param("MobileNetV2", 31.0, id="MobileNetV2: padded at the end, 1 + 2 + 4 + 8 + 16"),
        pytest.param("ResNet152V2", 0.0, marks=pytest.mark.slow),
        pytest.param("EfficientNetV2B0", 31.0, marks=pytest.mark.slow),
        pytest.param("DenseNet121", 14.0, marks=pytest.mark.slow),  # 2x2 pools, 2 + 4 + 8
        # 'valid' convolutions 1 + 2, then two pools of even sizes 8 + 16 (109 and 55 are odd).
        pytest.param("Xception", 27.0, marks=pytest.mark.slow),
        # All that strides is 'valid': 1 + 2 + 2 + 4 + 4 + 8 + 16.
        pytest.param("InceptionV3", 37.0, marks=pytest.mark.slow),
    ],
)
def test_where_the_cells_of_the_backbones_lie(backbone: str, offset: float) -> None:
    network = build_network(backbone, 224)
    assert network.grid == CellGrid(side=224, offset=offset, stride=32.0)


def test_padding_at_the_end_only_depends_on_the_size() -> None:
    def grid(side: int) -> CellGrid:
        image = keras.Input((side, side, 3))
        out = keras.layers.Conv2D(2, 3, strides=2, padding="same")(image)
        return receptive_grid(keras.Model(image, out))

    assert grid(32).offset == 1.0  # one column of padding, on the right
    assert grid(33).offset == 0.0  # one on either side


def test_an_unknown_backbone_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"ResNet152V2.*Received: ResNet9000"):
        build_network("ResNet9000")


def test_an_input_that_a_backbone_cannot_take_is_refused() -> None:
    with pytest.raises(TrainingError, match="32 pixels"):
        build_network("InceptionV3", 32)


def test_weights_that_cannot_be_downloaded_are_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_network(**options: object) -> None:
        raise Exception("URL fetch failure on https://example.org: None")  # noqa: TRY002

    monkeypatch.setattr(keras.applications, "ResNet50V2", no_network)
    with pytest.raises(TrainingError, match=r"could not be downloaded.*--weights shipped"):
        build_network("ResNet50V2", 64, imagenet=True)


def test_skipped_blocks_are_the_identity_that_zero_convolutions_are() -> None:
    base = keras.applications.ResNet50V2(include_top=False, weights=None, input_shape=(64, 64, 3))
    with pytest.raises(TrainingError, match="4 stages"):
        skip_blocks(base, (2, 2))
    active = (2, 3, 2, 3)  # of 3, 4, 6, 3
    small = skip_blocks(base, active)
    image = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype(np.float32)
    skipped = np.asarray(small(image, training=False))
    assert not np.allclose(np.asarray(base(image, training=False)), skipped, rtol=1e-3)
    gone = [(2, 2), (3, 3), (4, 2), (4, 3), (4, 4), (4, 5)]
    for stage, block in gone:
        layer = base.get_layer(f"conv{stage}_block{block}_3_conv")
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    whole = np.asarray(base(image, training=False))
    assert np.abs(whole - skipped).max() <= 1e-5 * np.abs(whole).max()
    names = {layer.name for layer in small.layers}
    assert not any(f"conv{stage}_block{block}_3_conv" in names for stage, block in gone)
    assert "conv4_block6_3_conv" in names


def test_skipping_needs_a_resnet() -> None:
    image = keras.Input((8, 8, 3))
    base = keras.Model(image, keras.layers.Conv2D(2, 3)(image))
    with pytest.raises(TrainingError, match="0 stages"):
        skip_blocks(base, (2, 2, 2, 2))


@pytest.mark.parametrize(
    "backbone", ["ResNet50V2", pytest.param("ResNet152V2", marks=pytest.mark.slow)]
)
def test_a_spot_on_the_input_moves_the_cell_that_the_grid_says(backbone: str) -> None:
    """The real networks: alignment is a fact of their layers, not of their weights.

    The spots lie 10 pixels before the centre 32 i of a cell, where a plain resize, which takes
    32 i + 16 for the centre, would name cell i - 1.
    """
    side = 160
    keras.utils.set_random_seed(0)
    network = build_network(backbone, side)
    assert network.grid == CellGrid(side, offset=0.0, stride=32.0)
    cells = [(1, 2), (2, 2), (3, 1), (2, 3)]
    plain = np.full((side, side, 3), 0.1, np.float32)
    images = [plain]
    for row, column in cells:
        y, x = 32 * row - 10, 32 * column - 10
        spotted = plain.copy()
        spotted[y - 1 : y + 2, x - 1 : x + 2] = 1.0
        images.append(spotted)
    features = np.asarray(network.features(np.stack(images), training=False))
    change = np.abs(features[1:] - features[0]).sum(axis=-1)
    found = [tuple(int(v) for v in np.unravel_index(c.argmax(), c.shape)) for c in change]
    assert found == cells
