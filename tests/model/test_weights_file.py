from pathlib import Path

import numpy as np
import pytest

from brain_tumor.errors import WeightsError

keras = pytest.importorskip("keras")

from brain_tumor.model import weights_file  # noqa: E402
from brain_tumor.model.network import Network, build_network  # noqa: E402
from brain_tumor.model.weights_file import (  # noqa: E402
    load_parts,
    save_parts,
    set_weights,
    tensors_of,
    to_half,
)


@pytest.fixture(scope="module")
def small() -> Network:
    """A ResNet50V2 with as few blocks as can be, its batch norm away from the identity."""
    keras.utils.set_random_seed(3)
    network = build_network("ResNet50V2", 32, active_blocks=(2, 2, 2, 2))
    rng = np.random.default_rng(0)
    for layer in network.model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return network


@pytest.fixture(scope="module")
def grown(small: Network) -> Network:
    """A whole ResNet50V2 with the small one's weights."""
    network = build_network("ResNet50V2", 32)
    set_weights(network.model, tensors_of(small.model))
    return network


def outputs(network: Network) -> np.ndarray:
    images = np.random.default_rng(1).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    return np.asarray(network.model(images, training=False))


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tensors = {f"layer{i}/kernel": rng.normal(size=(3, i + 1)) for i in range(5)}
    paths = save_parts(tensors, tmp_path, "weights")
    assert [path.name for path in paths] == ["weights-1.npz"]
    loaded = load_parts(paths)
    assert loaded.keys() == tensors.keys()
    assert all(np.array_equal(loaded[key], tensors[key]) for key in tensors)


def test_parts_stay_under_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "PART_BYTES", 1000)
    tensors = {f"{name}/kernel": np.zeros(60, np.float64) for name in "abcde"}  # 480 bytes each
    tensors["huge/kernel"] = np.ones(500)  # more than a part may have: it gets one of its own
    paths = save_parts(tensors, tmp_path, "w")
    sizes = []
    for path in paths:
        with np.load(path) as archive:
            sizes.append(sorted(archive.files))
    assert sizes == [
        ["a/kernel", "b/kernel"],
        ["c/kernel", "d/kernel"],
        ["e/kernel"],
        ["huge/kernel"],
    ]
    assert load_parts(paths).keys() == tensors.keys()


def test_half_floats_spare_the_variances() -> None:
    tensors = {
        "bn/moving_variance": np.array([1e6], np.float32),
        "conv/kernel": np.array([0.1], np.float32),
    }
    half = to_half(tensors)
    assert half["bn/moving_variance"].dtype == np.float32
    assert half["bn/moving_variance"][0] == 1e6  # float16 ends at 65,504
    assert half["conv/kernel"].dtype == np.float16


def test_a_network_grows_without_changing_its_output(small: Network, grown: Network) -> None:
    before = outputs(small)
    assert np.ptp(before) > 0.01
    assert np.abs(outputs(grown) - before).max() <= 1e-5 * np.abs(before).max()
    assert len(grown.model.layers) > len(small.model.layers)
    last, first = (grown.model.get_layer(f"conv4_block2_{n}_conv") for n in (3, 1))
    assert not any(weight.any() for weight in last.get_weights())  # the identity,
    assert first.get_weights()[0].any()  # which can learn


def test_blocks_that_the_network_skips_are_ignored(small: Network, grown: Network) -> None:
    before = outputs(small)
    tensors = tensors_of(grown.model)
    set_weights(small.model, {key: value * 0 for key, value in tensors.items()})
    assert not np.allclose(outputs(small), before)
    set_weights(small.model, tensors)
    assert np.array_equal(outputs(small), before)


def test_a_wrong_shape_is_refused(small: Network) -> None:
    tensors = {**tensors_of(small.model), "conv1_conv/kernel": np.zeros((7, 7, 1, 64))}
    with pytest.raises(WeightsError, match=r"conv1_conv/kernel needs shape \(7, 7, 3, 64\)"):
        set_weights(small.model, tensors)


def test_a_missing_weight_is_refused(small: Network) -> None:
    tensors = tensors_of(small.model)
    del tensors["conv2_block1_1_conv/kernel"]
    with pytest.raises(WeightsError, match="Received: nothing"):
        set_weights(small.model, tensors)


def test_another_backbones_weights_are_refused(small: Network) -> None:
    with pytest.raises(WeightsError, match="backbone"):
        set_weights(small.model, {"block1_conv1/kernel": np.zeros((3, 3, 3, 64))})


def test_only_a_new_head_may_differ(small: Network) -> None:
    tensors = {**tensors_of(small.model), "predictions/kernel": np.zeros((2048, 2), np.float32)}
    with pytest.raises(WeightsError, match="predictions/kernel"):
        set_weights(small.model, tensors)
    kernel, _ = small.dense.get_weights()
    set_weights(small.model, tensors, new_head=True)
    assert np.array_equal(small.dense.get_weights()[0], kernel)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 torn", b"not an archive"])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "weights.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"weights\.npz cannot be read"):
        load_parts([path])


def test_an_archive_cannot_run_code(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, **{"layer/kernel": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(WeightsError, match="cannot be read"):
        load_parts([path])
