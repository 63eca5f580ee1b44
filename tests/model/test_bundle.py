import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brain_tumor import CLASSES
from brain_tumor.errors import WeightsError
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import PREPROCESS_VERSION
from brain_tumor.model.bundle import (
    SIDECAR,
    BundleInfo,
    open_bundle,
    sha256_of,
    write_bundle_info,
)


@pytest.fixture
def info(tmp_path: Path) -> BundleInfo:
    """The record of a bundle that lies in ``tmp_path``."""
    for name in ("net.xml", "net-1.bin", "net-1.npz"):
        (tmp_path / name).write_bytes(name.encode() * 10)
    info = BundleInfo(
        classes=CLASSES,
        backbone="ResNet152V2",
        grid=CellGrid(224, 0.0, 32.0),
        preprocess_version=PREPROCESS_VERSION,
        temperature=1.3,
        review_threshold=0.8,
        openvino_files=("net.xml", "net-1.bin"),
        keras_files=("net-1.npz",),
        hashes={p.name: sha256_of(p) for p in tmp_path.iterdir()},
        data_hash="f" * 64,
        training={"runs": [{"epochs": 2}]},
        validation={"accuracy": 0.9},
        versions={"numpy": "2"},
        command="export",
    )
    write_bundle_info(tmp_path, info)
    return info


def edit(folder: Path, **values: Any) -> None:
    path = folder / SIDECAR
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_what_was_written_is_read(tmp_path: Path, info: BundleInfo) -> None:
    bundle = open_bundle(tmp_path)
    assert bundle.info == info
    files = bundle.files(info.openvino_files)
    assert files == [tmp_path / "net.xml", tmp_path / "net-1.bin"]


def test_the_hash_of_a_file_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")


def test_another_file_is_another_weights_hash(info: BundleInfo) -> None:
    other = replace(info, hashes={**info.hashes, "net.xml": "0" * 64})
    assert other.weights_hash != info.weights_hash
    assert replace(info, command="other").weights_hash == info.weights_hash


def test_an_empty_folder_says_how_to_get_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no weights.*brain_tumor export"):
        open_bundle(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path, info: BundleInfo) -> None:
    (tmp_path / "net-1.bin").unlink()
    with pytest.raises(WeightsError, match=r"Missing: .*net-1\.bin"):
        open_bundle(tmp_path).files(info.openvino_files)


def test_a_changed_file_is_refused(tmp_path: Path, info: BundleInfo) -> None:
    (tmp_path / "net-1.npz").write_bytes(b"other weights")
    bundle = open_bundle(tmp_path)
    assert bundle.files(info.openvino_files)  # the others are what they were
    with pytest.raises(WeightsError, match=r"net-1\.npz is not: its SHA-256"):
        bundle.files(info.keras_files)


def test_a_file_without_a_hash_is_refused(tmp_path: Path, info: BundleInfo) -> None:
    (tmp_path / "stranger.bin").write_bytes(b"")
    with pytest.raises(WeightsError, match="SHA-256"):
        open_bundle(tmp_path).files(("stranger.bin",))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"classes": ["glioma", "meningioma", "pituitary", "notumor"]}, "classes must be"),
        ({"classes": [*CLASSES, "other"]}, "classes must be"),
        ({"preprocess_version": "0"}, "preprocess_version must be"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"review_threshold": 1.5}, "threshold"),
        ({"format": 2}, "format 1"),
        ({"hashes": {}}, "do not add up"),
        ({"weights_hash": "0"}, "do not add up"),
        ({"grid": {"side": 224}}, "damaged"),
        ({"grid": None}, "damaged"),
        ({"grid": {"side": 224, "offset": 0, "stride": 0}}, "stride"),
        ({"hashes": None}, "damaged"),
        ({"hashes": {"net.xml": 1}}, "do not add up"),
        ({"temperature": "warm"}, "damaged"),
        ({"keras_files": 5}, "damaged"),
        ({"stranger": 1}, "damaged"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    tmp_path: Path, info: BundleInfo, values: dict[str, Any], message: str
) -> None:
    edit(tmp_path, **values)
    with pytest.raises(WeightsError, match=message):
        open_bundle(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "\x00\xff", "3"])
def test_a_damaged_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / SIDECAR).write_text(text, encoding="latin-1")
    with pytest.raises(WeightsError, match="damaged"):
        open_bundle(tmp_path)


def test_a_file_outside_the_folder_is_refused(tmp_path: Path, info: BundleInfo) -> None:
    secret = tmp_path.parent / "secret"
    secret.write_bytes(b"x")
    hashes = {**info.hashes, "../secret": sha256_of(secret)}
    write_bundle_info(tmp_path, replace(info, keras_files=("../secret",), hashes=hashes))
    with pytest.raises(WeightsError, match="its own folder"):
        open_bundle(tmp_path)
