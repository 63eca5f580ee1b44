"""The shipped model is the one that the committed figures are about, and is no worse."""

import json
from pathlib import Path
from typing import Any

import pytest

from brain_tumor import CLASSES
from brain_tumor.data.dataset import TESTING, fingerprint, read_dataset
from brain_tumor.evaluation.benchmark_text import END, START, table
from brain_tumor.evaluation.readme import replace_between
from brain_tumor.model.bundle import DEFAULT_FOLDER, open_bundle
from brain_tumor.pipeline import load_classifier
from brain_tumor.prediction import predict_files
from tests.conftest import ROOT

TOLERANCE = 2
"""Images: int8 sums differ in their last digit between processors, which may tip a close call."""


def committed(name: str) -> dict[str, Any]:
    path = DEFAULT_FOLDER / name
    if not path.is_file():
        pytest.skip(f"there is no {path.name} of the shipped model yet")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


@pytest.mark.parametrize("name", ["evaluation.json", "benchmark.json"])
def test_figures_are_about_the_shipped_weights(name: str) -> None:
    assert committed(name)["weights_hash"] == open_bundle().info.weights_hash


def test_the_readme_shows_the_committed_benchmark() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = table(committed("benchmark.json"))
    assert replace_between(readme, START, END, text) == readme, (
        "run: python -m brain_tumor benchmark --render README.md --json models/benchmark.json"
    )


def test_the_review_threshold_is_the_one_that_the_validation_images_give() -> None:
    info, validation = open_bundle().info, committed("evaluation.json").get("validation")
    if validation is None:
        pytest.skip("the committed evaluation was made without the validation images")
    choice = validation["choice"]
    assert validation["images"] == len(info.training["validation_images"])
    assert choice["chosen_again"] == pytest.approx(info.review_threshold, abs=1e-3)
    assert choice["review"]["accuracy_on_rest"]["value"] >= choice["target_accuracy"]


def test_every_file_of_the_bundle_is_the_one_recorded() -> None:
    info = open_bundle().info
    names = (*info.openvino_files, *info.keras_files)
    assert len(open_bundle().files(names)) == len(names) > 0


@pytest.mark.slow
@pytest.mark.data
def test_is_right_on_as_many_test_images_as_the_committed_evaluation_says(dataset: Path) -> None:
    evaluation = committed("evaluation.json")
    items = read_dataset(dataset).split(TESTING)
    if fingerprint(items) != evaluation["data_hash"][TESTING]:
        pytest.skip("these are other test images than those of the committed evaluation")
    whole = next(part for part in evaluation["parts"] if part["name"] == "all")
    expected = whole["classification"]["accuracy"]

    classifier = load_classifier(engine="openvino")
    answers = predict_files(classifier, [str(item.path) for item in items])
    labels = [one.answer.label if one.answer else one.error for one in answers]

    right = sum(label == CLASSES[item.label] for label, item in zip(labels, items, strict=True))
    assert len(labels) == expected["n"]
    assert right >= expected["successes"] - TOLERANCE
