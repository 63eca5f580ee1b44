"""The figures that the app shows of the weights in use."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.evaluation.evaluate import run_evaluation
from brain_tumor.model.bundle import DEFAULT_FOLDER, open_bundle
from brain_tumor.model.record import EVALUATION, ModelRecord, read_record
from brain_tumor.stability import WORDS
from tests.conftest import ROOT
from tests.evaluation.judged_folder import VALIDATION, judged_folder
from tests.fakes import QuadrantEngine, fake_classifier

HASH = fake_classifier().info.weights_hash


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Eight images, of which five are named rightly and one is set aside; see `judged_folder`."""
    folder = judged_folder(tmp_path_factory.mktemp("judged"))
    classifier = fake_classifier(validation=VALIDATION)
    return run_evaluation(folder, classifier, float32=lambda _: QuadrantEngine()).report.to_dict()


def written(folder: Path, report: object) -> Path:
    (folder / EVALUATION).write_text(json.dumps(report), encoding="utf-8")
    return folder


@pytest.fixture
def record(tmp_path: Path, report: dict[str, Any]) -> ModelRecord:
    found = read_record(written(tmp_path, report), HASH)
    assert found is not None
    return found


def test_figures_of_the_test_images(record: ModelRecord) -> None:
    assert (record.accuracy.successes, record.accuracy.n) == (5, 8)
    assert (round(record.accuracy.low, 3), round(record.accuracy.high, 3)) == (0.306, 0.863)
    assert (record.review.threshold, record.review.set_aside.successes) == (0.5, 1)
    assert record.review.coverage == pytest.approx(7 / 8)
    assert record.review.rest is not None
    assert (record.review.rest.successes, record.review.rest.n) == (5, 7)
    assert 0 < record.calibration_error < 1 and 0 < record.risk_coverage_area < 1
    assert (record.target_accuracy, record.validation_images) == (0.995, 4)
    assert [one.word for one in record.stability] == list(WORDS)
    assert sum(one.given.successes for one in record.stability) == 8


def test_the_curve_runs_over_rising_thresholds_and_holds_the_one_in_use(
    tmp_path: Path, report: dict[str, Any]
) -> None:
    changed = json.loads(json.dumps(report))
    changed["parts"][0]["review"]["threshold"] = 0.55
    record = read_record(written(tmp_path, changed), HASH)
    assert record is not None
    thresholds = [one.threshold for one in record.curve]
    assert thresholds == sorted(set(thresholds)) and 0.55 in thresholds
    coverage = [one.coverage for one in record.curve]
    assert coverage == sorted(coverage, reverse=True)
    assert (coverage[0], coverage[-1]) == (1, 0)
    assert record.curve[0].rest == record.accuracy
    assert record.curve[-1].rest is None


def test_sentences_hold_the_figures(record: ModelRecord) -> None:
    assert "On 8 test images" in record.accuracy_sentence
    assert "62.5 % (95 % interval 30.6 % to 86.3 %)" in record.accuracy_sentence
    said = record.review_sentence
    assert "below 50.0 %" in said and "1 of 8 (12.5 %) aside" in said and "71.4 % are right" in said
    assert "4 validation images for 99.5 %" in said
    assert "whose answer is wavering, 50.0 %" in record.stability_sentence("wavering")
    assert record.stability_sentence("strange") == ""


def test_without_validation_images_nothing_is_said_of_them(
    tmp_path: Path, report: dict[str, Any]
) -> None:
    record = read_record(written(tmp_path, {**report, "validation": None, "stability": None}), HASH)
    assert record is not None
    assert (record.target_accuracy, record.validation_images, record.stability) == (None, 0, ())
    assert record.review_sentence.endswith("are right.")


def test_figures_of_other_weights_are_not_shown(tmp_path: Path, report: dict[str, Any]) -> None:
    assert read_record(written(tmp_path, report), "0" * 64) is None


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"judged": "all"},
        {"judged": None},
        {"parts": []},
        {"parts": None},
        {"date": 0},
    ],
)
def test_what_has_no_test_images_or_is_damaged_has_no_figures(
    tmp_path: Path, report: dict[str, Any], change: dict[str, Any]
) -> None:
    damaged = {**report, **change}
    if change == {"date": 0}:
        del damaged["date"]
    assert read_record(written(tmp_path, damaged), HASH) is None


def test_without_a_readable_file_there_are_no_figures(tmp_path: Path) -> None:
    assert read_record(tmp_path, HASH) is None
    for content in (b"", b"[]", b"{", b"\xff\xfe\x00", b'"text"'):
        (tmp_path / EVALUATION).write_bytes(content)
        assert read_record(tmp_path, HASH) is None


def test_the_shipped_weights_have_figures() -> None:
    if not (DEFAULT_FOLDER / EVALUATION).is_file():
        pytest.skip("there is no evaluation of shipped weights here")
    info = open_bundle().info
    record = read_record(DEFAULT_FOLDER, info.weights_hash)
    assert record is not None
    assert record.review.threshold == info.review_threshold
    assert record.accuracy.n == record.review.set_aside.n > 1000
    assert record.validation_images in (0, len(info.training["validation_images"]))


def test_reading_them_is_light() -> None:
    program = (
        "import sys; import brain_tumor.model.record; "
        "print({'numpy', 'cv2', 'openvino', 'sklearn', 'scipy', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
