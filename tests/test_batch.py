"""The scans of an upload, each to a row."""

from collections.abc import Sequence
from hashlib import sha256

import cv2
import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.batch import THUMBNAIL_SIDE, Batch, BatchRow, BatchStability, thumbnail
from brain_tumor.errors import BusyError
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Intake
from brain_tumor.pipeline import Classifier
from brain_tumor.verdict import Verdict
from tests.fakes import fake_classifier, head
from tests.imaging.image_files import encode
from tests.intake.files import make_dicom, make_nifti, phantom

HEADS = [encode(head(label), "PNG") for label in range(4)]
BLANK = encode(np.zeros((64, 64), np.uint8), "PNG")


def upload(*files: bytes) -> Intake:
    return read_uploads([(f"in/{number}.png", data) for number, data in enumerate(files)])


def finished(intake: Intake, classifier: Classifier | None = None) -> list[BatchRow]:
    batch = Batch(intake)
    while not batch.finished:
        batch.step(classifier or fake_classifier())
    return batch.rows


def test_every_scan_gets_its_answer_in_order() -> None:
    rows = finished(upload(*HEADS, *reversed(HEADS), HEADS[1]))
    labels = [CLASSES.index(row.label) for row in rows if row.label is not None]
    assert labels == [0, 1, 2, 3, 3, 2, 1, 0, 1]
    assert [row.number for row in rows] == list(range(9))
    assert [row.name for row in rows] == [f"{i}.png" for i in range(9)]
    assert {row.folder for row in rows} == {"in"}


def test_a_row_says_what_the_classifier_says_of_the_scan_alone() -> None:
    (row,) = finished(upload(HEADS[2]))
    answer = fake_classifier().classify(Scan(head(2), 0.0, "PNG", "L", 8))
    assert row.label == answer.label and row.confidence == answer.confidence
    assert row.probabilities == dict(zip(CLASSES, map(float, answer.probabilities), strict=True))
    assert row.answer is not None and row.answer.crop.mask is None
    assert row.size == (256, 256) and row.digest == sha256(HEADS[2]).hexdigest()
    assert row.date is not None and row.date.utcoffset() is not None
    assert row.seconds > 0


def test_verdicts_follow_gate_and_threshold() -> None:
    sure, unsure = (fake_classifier(review_threshold=threshold) for threshold in (0.2, 0.9999))
    assert [row.verdict for row in finished(upload(HEADS[0], BLANK), sure)] == [
        Verdict.CLEAR,
        Verdict.REFUSED,
    ]
    assert finished(upload(HEADS[0]), unsure)[0].verdict == Verdict.UNSURE


def test_a_file_damaged_beyond_its_header_is_a_row() -> None:
    rows = finished(upload(HEADS[0], HEADS[1][:-600], HEADS[2]))
    assert [row.label for row in rows] == ["glioma", None, "notumor"]
    assert "ends before its image is complete" in rows[1].error
    assert (rows[1].number, rows[1].thumbnail, rows[1].probabilities) == (1, b"", {})


def test_files_that_were_not_read_are_rows_at_the_end_and_notes_are_none() -> None:
    rows = finished(upload(b"", HEADS[0], b"a note\n"))
    assert [(row.name, row.number, bool(row.error)) for row in rows] == [
        ("1.png", 0, False),
        ("0.png", None, True),
    ]


def test_a_series_is_a_row_without_answer() -> None:
    intake = read_uploads([("brain.nii", make_nifti(phantom())), ("a", make_dicom(phantom()[20]))])
    series, single = finished(intake)
    assert (series.slices, series.label, series.error) == (48, None, "")
    assert series.thumbnail and single.answer is not None


def test_rows_so_far_are_there_after_each_step() -> None:
    batch = Batch(upload(*HEADS * 3, b""))
    assert [bool(row.error) for row in batch.rows] == [True]
    batch.step(fake_classifier())
    assert (batch.done, batch.total, len(batch.rows)) == (8, 12, 9)


def test_a_busy_network_loses_no_row_and_doubles_none() -> None:
    class Busy:
        name = "busy"

        def infer(self, inputs: object) -> None:
            raise BusyError("Try again.")

    batch, classifier = Batch(upload(*HEADS)), fake_classifier()
    with pytest.raises(BusyError):
        batch.step(Classifier(classifier.bundle, Busy()))
    assert batch.rows == []
    batch.step(classifier)
    assert [row.number for row in batch.rows] == [0, 1, 2, 3]


# Stability


def check(batch: Batch, steps: int | None = None) -> BatchStability:
    stability, classifier = BatchStability(batch), fake_classifier()
    for _ in range(stability.total if steps is None else steps):
        stability.step(classifier)
    return stability


def batch_of(files: Sequence[bytes]) -> Batch:
    batch = Batch(upload(*files))
    while not batch.finished:
        batch.step(fake_classifier())
    return batch


def test_stability_comes_to_the_answers_that_are_not_refused() -> None:
    batch = batch_of([HEADS[0], BLANK, HEADS[1][:-600], HEADS[1], b""])
    assert check(batch).finished
    with_word = [row.stability is not None for row in batch.rows]
    assert with_word == [True, False, False, True, False]
    stability = batch.rows[0].stability
    assert stability is not None and stability.label == "glioma"
    assert "mirrored" in dict(stability.flips)["meningioma"]  # the quadrants swap


def test_stability_goes_on_where_it_was_stopped() -> None:
    batch = batch_of(HEADS)
    check(batch, steps=3)
    assert [row.stability is not None for row in batch.rows] == [True, True, True, False]
    rest = check(batch)
    assert (rest.total, rest.finished) == (1, True)
    assert all(row.stability is not None for row in batch.rows)


# Thumbnails


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((512, 512), (96, 96)), ((32, 64), (48, 96)), ((4000, 40), (96, 1))],
    ids=["square", "wide", "strip"],
)
def test_thumbnails_keep_the_shape(shape: tuple[int, int], shown: tuple[int, int]) -> None:
    data = thumbnail(Scan(np.full(shape, 90, np.uint8), 0.0, "PNG", "L", 8))
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None and picture.shape == shown
    assert abs(int(picture.mean()) - 90) < 4
    assert max(shown) == THUMBNAIL_SIDE


# Rows


def test_a_row_holds_one_thing() -> None:
    with pytest.raises(ValueError, match="one of"):
        BatchRow("a")
    with pytest.raises(ValueError, match="one of"):
        BatchRow("a", slices=3, error="damaged")
    with pytest.raises(ValueError, match="verdict"):
        BatchRow("a", error="damaged", verdict=Verdict.CLEAR)
