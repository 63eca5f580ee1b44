import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.errors import EngineError
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.familiarity import Familiarity, Verdict
from brain_tumor.imaging.crop import Crop, CropBox
from brain_tumor.imaging.decode import Scan
from brain_tumor.model.engine import load_engine
from brain_tumor.pipeline import BATCH, Classifier, prepare
from tests.fakes import QuadrantEngine, fake_classifier, head, spot_mask


def scan(pixels: np.ndarray, colourfulness: float = 0.0) -> Scan:
    return Scan(pixels, colourfulness, "PNG", "L", 8)


@pytest.mark.parametrize("label", range(len(CLASSES)))
@pytest.mark.parametrize("size", [100, 256, 700])
def test_the_class_and_where_it_is_seen(label: int, size: int) -> None:
    classifier = fake_classifier()
    given = scan(head(label, size))
    answer = classifier.classify(given)
    assert answer.label == CLASSES[label]
    assert answer.accepted
    assert answer.probabilities.sum() == pytest.approx(1)
    assert answer.confidence == answer.probabilities.max()
    heat = classifier.explain(given, answer)
    assert heat.shape == (size, size)
    assert heat.max() == 1
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    rows, columns = np.nonzero(spot_mask(label, size))
    distance = np.hypot(row - rows.mean(), column - columns.mean())
    assert distance < 0.08 * size


def test_another_classes_map_can_be_asked_for() -> None:
    classifier = fake_classifier()
    given = scan(head(0))
    answer = classifier.classify(given)
    own, other = classifier.explain(given, answer), classifier.explain(given, answer, "pituitary")
    assert not np.allclose(own, other)
    assert np.array_equal(own, classifier.explain(given, answer, "glioma"))


def test_the_temperature_divides_the_logits() -> None:
    answer = fake_classifier().classify(scan(head(1)))
    expected = np.exp(answer.logits / 2.0)  # the fake bundle's temperature
    assert np.allclose(answer.probabilities, expected / expected.sum(), atol=1e-6)


def test_many_scans_of_many_sizes_go_in_batches_and_come_back_in_order() -> None:
    classifier = fake_classifier()
    labels = [i % 4 for i in range(2 * BATCH + 3)]
    scans = [scan(head(label, 120 + 20 * i)) for i, label in enumerate(labels)]
    answers = classifier.classify_many(scans)
    assert [answer.label for answer in answers] == [CLASSES[label] for label in labels]
    assert isinstance(classifier.engine, QuadrantEngine)
    assert classifier.engine.batches == [BATCH, BATCH, 3]
    alone = classifier.classify(scans[-1])
    assert np.allclose(alone.logits, answers[-1].logits, atol=1e-5)
    assert classifier.classify_many([]) == []


def test_a_given_crop_replaces_the_one_that_would_be_found() -> None:
    crop = Crop(CropBox(10, 20, 120, 90), points=None, mask=None, found=True, note="")
    given = scan(head(0))
    prepared = prepare(given, 64, crop)
    assert prepared.crop is crop
    assert prepared.square.shape == (64, 64)
    classifier = fake_classifier()
    answer = classifier.classify(given, crop)
    heat = classifier.explain(given, answer)
    outside = np.ones_like(heat, bool)
    outside[20:90, 10:120] = False
    assert not heat[outside].any()


def test_what_speaks_against_an_answer_is_said() -> None:
    answer = fake_classifier().classify(scan(np.full((64, 64), 9, np.uint8), colourfulness=0.5))
    assert not answer.accepted
    assert len(answer.reasons) == 2
    assert answer.crop.box == CropBox(0, 0, 64, 64)


class BrightGate:
    """Lets through what has a white pixel."""

    def judge(self, evidence: Evidence) -> list[Verdict]:
        scores = evidence.squares.max(axis=(1, 2)) / 255
        return [
            Verdict(Familiarity(float(score), 0.9), () if score >= 0.9 else ("Too dark.",))
            for score in scores
        ]


def test_a_gate_decides_what_is_accepted_and_says_why() -> None:
    fake = fake_classifier()
    classifier = Classifier(fake.bundle, fake.engine, BrightGate())
    dark, bright = (scan(np.full((64, 64), level, np.uint8)) for level in (51, 255))
    refused, let_through = classifier.classify_many([dark, bright])
    assert (refused.accepted, refused.reasons) == (False, ("Too dark.",))
    assert refused.familiarity == Familiarity(0.2, 0.9)
    assert (let_through.accepted, let_through.reasons) == (True, ())


def test_without_a_gate_colour_and_contrast_decide_and_no_score_is_invented() -> None:
    answer = fake_classifier().classify(scan(head(0)))
    assert answer.accepted
    assert answer.familiarity is None


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineError, match=r"auto, openvino, keras\. Received: abacus"):
        load_engine(fake_classifier().bundle, "abacus")


def test_an_objection_from_elsewhere_takes_the_acceptance_away() -> None:
    answer = fake_classifier().classify(scan(head(1)))

    assert answer.objected(()) is answer
    refused = answer.objected(("The file says so.",))
    assert not refused.accepted and refused.reasons == ("The file says so.",)
    assert refused.label == answer.label
