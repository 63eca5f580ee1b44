import io
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.errors import WeightsError
from brain_tumor.gate.facts import FRAME_FACTS
from brain_tumor.gate.familiarity import Familiarity
from brain_tumor.gate.gate import ARRAYS_FILE, GATE, Gate, open_gate
from brain_tumor.gate.judge import Judge, Machine
from brain_tumor.gate.wording import BLANK, IN_COLOUR, UNLIKE, detail
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.companion import write_companion
from tests.fakes import fake_classifier
from tests.gate.known import evidence, scans_and_strangers, stripes

LOW, HIGH = np.zeros(len(FRAME_FACTS), np.float32), np.ones(len(FRAME_FACTS), np.float32)


def judge_by_mirror() -> Judge:
    """Knows one frame fact alone, the symmetry of the outline, and likes it to be 1."""
    from brain_tumor.gate.fit import projections_of
    from brain_tumor.gate.judge import describe

    shown, truth = scans_and_strangers(12)
    projections = projections_of(shown.take(truth))
    count = describe(shown, projections).shape[1]
    weight = np.zeros(count, np.float32)
    weight[FRAME_FACTS.index("mirror")] = 1
    even, one = np.zeros(count, np.float32), np.ones(count, np.float32)
    machine = Machine(weight[np.newaxis], np.array([3], np.float32), -1.5, 20.0)
    return Judge(projections, even, one, weight, machine)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return judge_by_mirror()


def write(bundle: Bundle, judge: Judge, threshold: object = 0.5) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **judge.to_arrays(), **{"facts/low": LOW, "facts/high": HIGH})
    files = {ARRAYS_FILE: buffer.getvalue()}
    record = {"threshold": threshold}
    write_companion(bundle.folder, GATE, bundle.info.weights_hash, files, record)


def test_it_lets_through_what_reaches_the_threshold_and_says_why_not(judge: Judge) -> None:
    shown, truth = scans_and_strangers(3)
    verdicts = Gate(judge, 0.5, LOW, HIGH).judge(shown)
    scores = judge.score(shown)
    for verdict, score in zip(verdicts, scores, strict=True):
        assert verdict.familiarity is not None
        assert verdict.familiarity.score == pytest.approx(float(score), abs=1e-3)
        assert verdict.familiarity.threshold == 0.5
        assert (verdict.reasons == ()) == (score >= 0.5)
    assert all(not verdict.reasons for verdict in verdicts[:3])
    assert truth[:3].all()


def test_colour_is_a_reason_by_itself(judge: Judge) -> None:
    shown, _ = scans_and_strangers(1)
    shown.colourfulness[:] = 0.2
    verdict = Gate(judge, 0.0, LOW, HIGH).judge(shown)[0]
    assert verdict.familiarity is not None and verdict.familiarity.familiar
    assert verdict.reasons == (IN_COLOUR,)


def test_a_written_gate_is_read(judge: Judge, tmp_path: Path) -> None:
    bundle = fake_classifier(tmp_path).bundle
    write(bundle, judge)
    gate, note = open_gate(bundle)
    assert gate is not None and note == ""
    shown = evidence([stripes(1)])
    assert gate.judge(shown) == Gate(judge, 0.5, LOW, HIGH).judge(shown)


def test_without_a_gate_it_is_said(tmp_path: Path) -> None:
    gate, note = open_gate(fake_classifier(tmp_path).bundle)
    assert gate is None
    assert "There is no gate" in note and "brain_tumor gate" in note


@pytest.mark.parametrize("threshold", [None, "high", 1.5])
def test_a_record_without_sense_is_refused(judge: Judge, tmp_path: Path, threshold: object) -> None:
    bundle = fake_classifier(tmp_path).bundle
    write(bundle, judge, threshold)
    with pytest.raises(WeightsError, match="The gate is damaged"):
        open_gate(bundle)


def test_a_file_that_lost_an_array_is_refused(tmp_path: Path, judge: Judge) -> None:
    bundle = fake_classifier(tmp_path).bundle
    arrays = judge.to_arrays()
    del arrays["shift"]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, **{"facts/low": LOW, "facts/high": HIGH})
    files = {ARRAYS_FILE: buffer.getvalue()}
    write_companion(tmp_path, GATE, bundle.info.weights_hash, files, {"threshold": 0.5})
    with pytest.raises(WeightsError, match=r"The gate is damaged.*shift"):
        open_gate(bundle)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_lies_between_0_and_1(score: float) -> None:
    with pytest.raises(ValueError, match=r"lie in 0\.\.1"):
        Familiarity(score, 0.5)


def facts(**values: float) -> np.ndarray:
    middle = dict.fromkeys(FRAME_FACTS, 0.5) | values
    return np.array([middle[name] for name in FRAME_FACTS], np.float32)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mode": 0.99}, BLANK),
        ({}, UNLIKE),
        ({"dark": 9.0}, UNLIKE),  # no words for that one
        ({"strokes": 1.4}, "thin or straight lines"),
        ({"strokes": -9.0}, UNLIKE),
        ({"solidity": -0.1, "parts": 1.2}, "several things"),
        ({"solidity": -0.3, "parts": 1.2}, "outline"),
        ({"rim_foreground": 1.5}, "fills the frame"),
    ],
)
def test_the_strangest_fact_is_put_in_words(values: dict[str, float], said: str) -> None:
    assert said in detail(facts(**values), LOW, HIGH)
