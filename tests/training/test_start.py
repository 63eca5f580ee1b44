import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from brain_tumor.errors import WeightsError  # noqa: E402
from brain_tumor.model import bundle, network  # noqa: E402
from brain_tumor.model.bundle import sha256_of, write_bundle_info  # noqa: E402
from brain_tumor.model.network import build_network  # noqa: E402
from brain_tumor.model.weights_file import save_parts, tensors_of, to_half  # noqa: E402
from brain_tumor.training.config import TrainConfig  # noqa: E402
from brain_tumor.training.start import build_start, validation_names  # noqa: E402
from tests.fakes import fake_classifier  # noqa: E402
from tests.training.tiny import SIDE, tiny_backbone  # noqa: E402


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_backbone", tiny_backbone)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """A bundle with the tiny network's weights in the place of the shipped one."""
    folder = tmp_path / "models"
    folder.mkdir()
    tensors = to_half(tensors_of(build_network("ResNet152V2", SIDE).model))
    paths = save_parts(tensors, folder, "classifier-keras")
    info = replace(
        fake_classifier(validation=["Training/glioma/a.png"]).info,
        keras_files=tuple(path.name for path in paths),
        hashes={path.name: sha256_of(path) for path in paths},
    )
    write_bundle_info(folder, info)
    monkeypatch.setattr(bundle, "DEFAULT_FOLDER", folder)
    return tensors


def config(**settings: Any) -> TrainConfig:
    return TrainConfig(**{"data": "d", "run_dir": "r", "side": SIDE, **settings})


def kernel(model: Any) -> np.ndarray:
    return np.asarray(model.get_layer("conv1_conv").get_weights()[0])


def test_the_shipped_weights_are_the_start(shipped: dict[str, np.ndarray]) -> None:
    started = build_start(config(weights="shipped"), resuming=False)
    assert np.array_equal(kernel(started.model), shipped["conv1_conv/kernel"])
    resumed = build_start(config(weights="shipped"), resuming=True)
    assert not np.array_equal(kernel(resumed.model), shipped["conv1_conv/kernel"])


def test_another_backbone_cannot_start_from_them(shipped: dict[str, np.ndarray]) -> None:
    with pytest.raises(WeightsError, match=r"ResNet152V2's. Received: backbone VGG16"):
        build_start(config(weights="shipped", backbone="VGG16"), resuming=False)


def test_a_changed_file_of_the_bundle_is_refused(shipped: dict[str, np.ndarray]) -> None:
    (bundle.DEFAULT_FOLDER / "classifier-keras-1.npz").write_bytes(b"")
    with pytest.raises(WeightsError, match="SHA-256"):
        build_start(config(weights="shipped"), resuming=False)


def test_a_bundle_without_keras_weights_is_no_start(shipped: dict[str, np.ndarray]) -> None:
    write_bundle_info(bundle.DEFAULT_FOLDER, replace(fake_classifier().info, keras_files=()))
    with pytest.raises(WeightsError, match="--no-keras"):
        build_start(config(weights="shipped"), resuming=False)


def test_a_file_and_a_folder_of_parts_are_starts(tmp_path: Path) -> None:
    tensors = tensors_of(build_network("VGG16", SIDE).model)
    (path,) = save_parts(tensors, tmp_path, "weights")
    for given in (path, tmp_path):
        started = build_start(config(weights=str(given)), resuming=False)
        assert np.array_equal(kernel(started.model), tensors["conv1_conv/kernel"])


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"which has none"):
        build_start(config(weights=str(tmp_path)), resuming=False)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **{"conv1_conv/kernel": np.zeros((7, 7, 3, 8))})
    with pytest.raises(WeightsError, match="backbone"):
        build_start(config(weights=str(tmp_path / "w.npz")), resuming=False)


def run_folder(folder: Path, names: list[str]) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "facts.json").write_text(json.dumps({"validation_images": names}))
    return folder


def test_a_resumed_run_keeps_its_validation_images(tmp_path: Path) -> None:
    own = run_folder(tmp_path / "own", ["a"])
    assert validation_names(config(run_dir=str(own), validation_list="list")) == ("a",)


def test_the_images_that_the_starting_weights_have_not_seen(
    tmp_path: Path, shipped: dict[str, np.ndarray]
) -> None:
    parent = run_folder(tmp_path / "parent", ["b", "c"])
    best = str(parent / "checkpoints" / "best.npz")
    assert validation_names(config(weights=best)) == ("b", "c")
    assert validation_names(config(weights=best, validation_list="list")) == ()
    assert validation_names(config(weights="shipped")) == ("Training/glioma/a.png",)
    assert validation_names(config(weights="none")) == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"validation_images": 3}'])
def test_facts_that_are_no_runs_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "facts.json").write_text(text)
    assert validation_names(config(weights=str(tmp_path / "checkpoints" / "best.npz"))) == ()
