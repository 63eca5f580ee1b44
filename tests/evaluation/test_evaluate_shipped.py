"""The evaluation with the shipped weights on a few real scans, whatever they say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.data.dataset import read_dataset
from brain_tumor.evaluation.evaluate import run_evaluation
from brain_tumor.evaluation.float32 import Float32Engine
from brain_tumor.evaluation.tables import results_table
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.preprocess import to_network_input
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR, open_bundle
from brain_tumor.pipeline import load_classifier, prepare
from tests.fakes import fake_classifier, head

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="no weights here"),
]


def _few(dataset: Path, root: Path, step: int) -> Path:
    """Link every ``step``-th image of the data set, and its outlines, into ``root``."""
    for item in read_dataset(dataset).items[::step]:
        link = root / item.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(item.path)
    if (dataset / "masks").is_dir():
        (root / "masks").symlink_to(dataset / "masks")
    return root


@pytest.mark.data
def test_evaluates_real_scans(dataset: Path, tmp_path: Path) -> None:
    folder = _few(dataset, tmp_path, 150)
    classifier = load_classifier(engine="openvino")

    evaluation = run_evaluation(folder, classifier, float32=None)

    report = evaluation.report
    assert report.judged == "Testing"
    assert report.parts[0].classification.images == report.images["Testing"] > 5
    assert report.crops.images == sum(report.images.values())
    assert report.crops.outlines_cut == 0  # the crop keeps every tumour whole
    assert report.weights_hash == open_bundle().info.weights_hash
    right = sum(int(np.argmax(one.probabilities) == one.label) for one in evaluation.predictions)
    assert report.parts[0].classification.accuracy.successes == right
    assert results_table(report.to_dict()).startswith("| test images")


@pytest.mark.data
def test_the_whole_set_leaves_825_and_319_test_images(dataset: Path) -> None:
    report = run_evaluation(dataset, fake_classifier(), float32=None).report
    if report.images != {"Testing": 1311, "Training": 5708}:
        pytest.skip("another copy of the set")
    assert [part.classification.images for part in report.parts] == [1311, 825, 319]


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("keras", "tensorflow")),
    reason="needs the train extra",
)
def test_float32_is_the_keras_network() -> None:
    from brain_tumor.model.engine_keras import KerasEngine

    bundle = open_bundle()
    if not bundle.info.keras_files:
        pytest.skip("the bundle has no Keras weights")
    scans = [head(0, seed=1), head(3, seed=2)]
    squares = np.stack([_square(pixels, bundle.info.grid.side) for pixels in scans])
    inputs = to_network_input(squares)
    converted, keras = Float32Engine(bundle).infer(inputs), KerasEngine(bundle).infer(inputs)
    for name in ("logits", "maps", "features"):
        left, right = getattr(converted, name), getattr(keras, name)
        assert left.shape == right.shape
        assert np.abs(left - right).max() < 1e-3 * max(1.0, np.abs(right).max())


def _square(pixels: np.ndarray, side: int) -> np.ndarray:
    return prepare(Scan(pixels, 0.0, "PNG", "L", 8), side).square
