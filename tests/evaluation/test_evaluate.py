"""The whole evaluation on a small set of which every figure is known."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from brain_tumor import CLASSES
from brain_tumor.data.dataset import fingerprint, read_dataset
from brain_tumor.errors import DatasetError, EngineError
from brain_tumor.evaluation.evaluate import INDEPENDENCE_NOTE, Evaluation, run_evaluation
from brain_tumor.evaluation.parts import MIX_NOTE, THRESHOLDS, review
from brain_tumor.evaluation.pointing import plain_resize
from brain_tumor.evaluation.report import EvaluationReport
from brain_tumor.imaging.crop import CropBox
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.calibration import REVIEW_ACCURACY, softmax
from brain_tumor.model.engine import Engine, RawOutput
from brain_tumor.pipeline import Classifier
from tests.data.pictures import write
from tests.evaluation.judged_folder import VALIDATION, judged_folder
from tests.fakes import QuadrantEngine, fake_classifier, head


class _OtherEngine(QuadrantEngine):
    """Calls pituitary glioma, and is otherwise of one mind with its parent."""

    name = "other"

    def infer(self, inputs: npt.NDArray[np.float32]) -> RawOutput:
        raw = super().infer(inputs)
        logits = raw.logits.copy()
        swapped = logits.argmax(axis=1) == 3
        logits[swapped] = np.roll(logits[swapped], 1, axis=1)
        return replace(raw, logits=logits)


def _evaluate(
    root: Path,
    classifier: Classifier | None = None,
    float32: Callable[[Bundle], Engine] | None = lambda bundle: _OtherEngine(),
) -> Evaluation:
    return run_evaluation(
        root, classifier or fake_classifier(validation=VALIDATION), command="c", float32=float32
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged_folder(tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="module")
def evaluation(folder: Path) -> Evaluation:
    return _evaluate(folder)


@pytest.fixture
def report(evaluation: Evaluation) -> EvaluationReport:
    return evaluation.report


def test_accuracy_with_and_without_copies(report: EvaluationReport) -> None:
    found = [
        (part.name, part.classification.accuracy.successes, part.classification.accuracy.n)
        for part in report.parts
    ]
    assert found == [("all", 5, 8), ("no_copies", 4, 7), ("no_mirrored_copies", 4, 6)]
    low, high = (
        report.parts[0].classification.accuracy.low,
        report.parts[0].classification.accuracy.high,
    )
    assert (round(low, 3), round(high, 3)) == (0.306, 0.863)  # Wilson's for 5 of 8
    assert INDEPENDENCE_NOTE in report.notes
    assert MIX_NOTE in report.notes


def test_confusion_and_classes(report: EvaluationReport) -> None:
    whole = report.parts[0].classification
    assert whole.confusion == ((2, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1))
    assert [one.name for one in whole.classes] == list(CLASSES)
    glioma = whole.classes[0]
    assert glioma.precision == pytest.approx(2 / 5)
    assert glioma.recall is not None and glioma.recall.value == 1
    assert glioma.f1 == pytest.approx(4 / 7)
    assert all(one.roc_auc is not None for one in whole.classes)


def test_calibration_is_of_before_and_after_the_temperature(
    evaluation: Evaluation, report: EvaluationReport
) -> None:
    whole = report.parts[0]
    assert report.temperature == whole.classification.temperature == 2
    top = np.array([max(one.probabilities) for one in evaluation.predictions])
    right = np.array([np.argmax(p.probabilities) == p.label for p in evaluation.predictions])
    # Seven answers of about 0.97, five of them right, and the flat image's 0.25, which is wrong.
    sure = top > 0.9
    assert sure.sum() == 7
    after = (7 * abs(right[sure].mean() - top[sure].mean()) + 0.25) / 8
    assert whole.classification.expected_calibration_error == pytest.approx(after, abs=1e-6)
    # At temperature 1 the seven are yet surer: odds squared.
    odds = (top[sure] / ((1 - top[sure]) / 3)) ** 2
    before = (7 * abs(right[sure].mean() - (odds / (odds + 3)).mean()) + 0.25) / 8
    assert whole.uncalibrated_calibration_error == pytest.approx(before, abs=2e-3)
    assert whole.uncalibrated_calibration_error > after


def test_the_threshold_sets_aside_and_the_rest_is_judged(report: EvaluationReport) -> None:
    found = report.parts[0].review
    assert (found.threshold, found.set_aside.successes, found.set_aside.n) == (0.5, 1, 8)
    assert found.accuracy_on_rest is not None
    assert (found.accuracy_on_rest.successes, found.accuracy_on_rest.n) == (5, 7)


def test_the_risk_coverage_curve_is_recorded_by_threshold(report: EvaluationReport) -> None:
    points = report.parts[0].thresholds
    assert [one.threshold for one in points] == list(THRESHOLDS)
    aside = [one.set_aside.successes for one in points]
    assert aside == sorted(aside) and aside[0] == 0
    # Nothing set aside: the accuracy; the flat image's 0.25 goes first, then the seven sure ones.
    first, last = points[0], points[-1]
    assert first.accuracy_on_rest is not None
    assert (first.accuracy_on_rest.successes, first.accuracy_on_rest.n) == (5, 8)
    assert (aside[1], last.set_aside.successes, last.accuracy_on_rest) == (1, 8, None)


def test_says_how_the_threshold_came_about_on_validation(report: EvaluationReport) -> None:
    found = report.validation
    assert found is not None
    assert (found.images, found.accuracy.successes) == (4, 3)
    choice = found.choice
    assert choice.target_accuracy == REVIEW_ACCURACY == 0.995
    assert (choice.review.threshold, choice.review.set_aside.successes) == (0.5, 0)
    assert 0.9 < choice.chosen_again < 1  # the surest of the four is right, the next is not


def test_stability_is_measured_on_the_judged_and_on_the_validation_images(
    report: EvaluationReport,
) -> None:
    assert report.stability is not None and report.validation is not None
    assert (report.stability.images, report.validation.stability.images) == (8, 4)
    # All but the flat image flip when they are mirrored: the engine names the side of the spot.
    assert report.stability.tipped["mirrored"] == 7
    assert [one.given.successes for one in report.stability.words] == [1, 2, 5]


def test_what_the_quality_checks_do_not_accept(report: EvaluationReport) -> None:
    assert report.rejection is not None
    assert (report.rejection.rejected.successes, report.rejection.rejected.n) == (1, 8)
    ((reason, count),) = report.rejection.reasons.items()
    assert "contrast" in reason and count == 1


def test_crops_of_all_images(report: EvaluationReport) -> None:
    crops = report.crops
    assert (crops.images, crops.not_found.successes, crops.whole_image) == (13, 1, 1)
    assert list(crops.area_percentiles) == ["0", "5", "25", "50", "75", "95", "100"]
    # A disc of radius 0.4: its box has 0.8 squared of the image, give or take a pixel.
    assert crops.area_percentiles["50"] == pytest.approx(0.64, abs=0.01)
    assert (crops.outlined, crops.outlines_cut) == (4, 1)
    # The upper half of the image is outlined, and the box has about 0.4 x 0.8 of its 0.5.
    assert crops.largest_cut == pytest.approx(1 - 0.32 / 0.5, abs=0.01)


def test_heat_maps_are_held_to_outlines_of_validation_images(report: EvaluationReport) -> None:
    pointing = report.pointing
    assert pointing is not None and pointing.aligned and pointing.plain_resize
    assert (pointing.outlined, pointing.right) == (3, 2)
    assert pointing.aligned.overall.pointing.successes == 2
    assert list(pointing.aligned.classes) == ["glioma", "meningioma"]
    # Cells that are not drawn where they lie are 22 pixels off, further than spot and tolerance.
    assert pointing.plain_resize.overall.pointing.successes == 0
    assert pointing.finer is not None and pointing.finer_holds_more is not None
    assert pointing.finer.overall.pointing.successes == 2
    assert pointing.finer.overall.inside > 1.5 * pointing.aligned.overall.inside
    assert (pointing.finer_holds_more.successes, pointing.finer_holds_more.n) == (2, 2)
    assert pointing.aligned.overall.inside > 2 * pointing.plain_resize.overall.inside
    assert "1 of the 5 validation images" in " ".join(report.notes)


def test_int8_is_compared_with_float32(report: EvaluationReport) -> None:
    found = report.quantisation
    assert found is not None
    assert (found.agreement.successes, found.agreement.n) == (7, 8)
    assert (found.int8.successes, found.float32.successes) == (5, 4)
    assert (found.mcnemar.only_a, found.mcnemar.only_b) == (1, 0)


def test_says_what_it_was_made_from(folder: Path, report: EvaluationReport) -> None:
    dataset = read_dataset(folder)
    assert report.weights_hash == fake_classifier().info.weights_hash
    assert report.data_hash == {
        split: fingerprint(dataset.split(split)) for split in ("Testing", "Training")
    }
    assert report.images == {"Testing": 9, "Training": 5}
    assert (report.engine, report.command, report.judged) == ("quadrants", "c", "Testing")
    assert {"brain_tumor", "python", "numpy", "openvino"} <= report.versions.keys()
    assert "Images that cannot be read, and are left out: 1." in report.notes


def test_the_record_is_plain_json(report: EvaluationReport) -> None:
    record = report.to_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["format"] == 1
    assert record["parts"][0]["classification"]["accuracy"]["successes"] == 5


def test_predictions_are_of_the_judged_images(evaluation: Evaluation) -> None:
    names = [one.name for one in evaluation.predictions]
    assert names == sorted(names) and len(names) == 8
    assert all(name.startswith("Testing/") for name in names)
    by_name = {one.name: one for one in evaluation.predictions}
    wrong = by_name["Testing/pituitary/wrong.png"]
    assert wrong.label == 3 and np.argmax(wrong.probabilities) == 0


def test_tells_of_its_progress(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run_evaluation(
        folder,
        fake_classifier(validation=VALIDATION),
        float32=lambda bundle: _OtherEngine(),
        notify=lambda *step: told.append(step),
    )
    for stage, total in (
        ("read", 14),
        ("classify", 8),
        ("hold", 8),
        ("validate", 4),
        ("point", 3),
        ("float32", 8),
    ):
        steps = [(done, all_) for name, done, all_ in told if name == stage]
        assert steps[-1] == (total, total)
        assert steps == sorted(steps)


def test_without_keras_the_comparison_is_left_out_and_the_note_says_so(folder: Path) -> None:
    def missing(bundle: Bundle) -> Engine:
        raise EngineError("It needs keras.")

    report = _evaluate(folder, float32=missing).report
    assert report.quantisation is None
    assert any("It needs keras." in note for note in report.notes)
    assert _evaluate(folder, float32=None).report.quantisation is None


def test_a_bundle_without_validation_names_has_no_pointing(folder: Path) -> None:
    report = _evaluate(folder, fake_classifier()).report
    assert report.pointing is None
    assert report.validation is None
    assert any("no validation images are named in the bundle" in note for note in report.notes)
    assert any("no validation images with outlines" in note for note in report.notes)


def test_class_folders_alone_are_judged_and_copies_are_unknown(tmp_path: Path) -> None:
    for label, name in enumerate(CLASSES):
        write(tmp_path / name / "a.png", head(label, seed=label))
    report = _evaluate(tmp_path).report
    assert report.judged == "all"
    assert report.images == {"all": 4} and list(report.data_hash) == ["all"]
    (part,) = report.parts
    assert (part.name, part.classification.accuracy.successes) == ("all", 4)
    notes = " ".join(report.notes)
    assert (
        "no Training and Testing" in notes and "copies of training images cannot be told" in notes
    )


def test_training_images_alone_give_no_accuracy(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "Training").symlink_to(folder / "Training")
    (tmp_path / "masks").symlink_to(folder / "masks")
    evaluation = _evaluate(tmp_path)
    report = evaluation.report
    assert (report.parts, report.rejection, report.quantisation) == ((), None, None)
    assert report.stability is None and report.validation is not None
    assert (report.judged, evaluation.predictions) == (None, ())
    assert report.crops.images == 5
    assert report.pointing is not None and report.pointing.right == 2
    assert any("There is no Testing folder" in note for note in report.notes)


def test_a_part_without_images_is_left_out(tmp_path: Path) -> None:
    for split in ("Training", "Testing"):
        write(tmp_path / split / "glioma" / "a.png", head(0, seed=1))
    report = _evaluate(tmp_path).report
    assert [part.name for part in report.parts] == ["all"]
    assert "No image is left without near-duplicates of training images." in report.notes


def test_a_folder_without_a_readable_image_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "Testing/glioma").mkdir(parents=True)
    (tmp_path / "Testing/glioma/a.png").write_bytes(b"no image")
    with pytest.raises(DatasetError, match="none of them readable"):
        _evaluate(tmp_path)


def test_review_keeps_what_is_at_the_threshold() -> None:
    logits = np.log([[0.7, 0.1, 0.1, 0.1], [0.4, 0.2, 0.2, 0.2], [0.1, 0.1, 0.1, 0.7]])
    labels = np.array([0, 0, 0])
    threshold = float(softmax(logits.astype(np.float32))[0, 0])
    found = review(logits, labels, 1.0, threshold)
    assert found.set_aside.successes == 1
    assert found.accuracy_on_rest is not None
    assert (found.accuracy_on_rest.successes, found.accuracy_on_rest.n) == (1, 2)
    assert review(logits, labels, 1.0, 1.0).accuracy_on_rest is None


def test_a_plain_resize_puts_cell_beside_cell() -> None:
    cells = np.full((7, 7), -1, np.float32)
    cells[2, 5] = 3
    heat = plain_resize(cells, CropBox(10, 20, 10 + 140, 20 + 70), 100, 200)
    assert (heat.dtype, heat.shape, heat.min()) == (np.float32, (100, 200), 0)
    # Cell (2, 5) covers rows 20..30 and columns 100..120 of the crop of 70 x 140.
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert 20 + 20 <= row < 20 + 30 and 10 + 100 <= column < 10 + 120
    outside = heat.copy()
    outside[20:90, 10:150] = 0
    assert not outside.any()
