"""The exported judge against the models it was exported from."""

import io

import numpy as np
import pytest

from brain_tumor.gate.descriptors import STATISTICS
from brain_tumor.gate.facts import FRAME_FACTS
from brain_tumor.gate.fit import fit_machine, fit_model, projections_of, weights_of
from brain_tumor.gate.judge import LIMIT, Judge, Machine, Projection, describe, standardise
from tests.gate.known import scans_and_strangers

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def judge() -> Judge:
    evidence, truth = scans_and_strangers(30)
    projections = projections_of(evidence.take(truth))
    descriptors = describe(evidence, projections)
    shift, scale = descriptors.mean(axis=0), descriptors.std(axis=0) + 1e-6
    weight = weights_of(projections)
    machine = fit_machine(standardise(descriptors, shift, scale, weight), truth)
    return Judge(projections, shift, scale, weight, machine)


def test_it_decides_as_the_model_it_was_fitted_as(judge: Judge) -> None:
    evidence, truth = scans_and_strangers(30)
    inputs = judge.standardise(describe(evidence, judge.projections))
    expected = fit_model(inputs, truth).decision_function(inputs)
    assert judge.machine.decide(inputs) == pytest.approx(expected, abs=1e-4)
    assert judge.score(evidence) == pytest.approx(1 / (1 + np.exp(-2 * expected)), abs=1e-4)


def test_weights_are_one_in_mean_square_and_facts_count_more(judge: Judge) -> None:
    assert (judge.weight**2).mean() == pytest.approx(1)
    facts, others = np.split(judge.weight, [len(FRAME_FACTS)])
    assert np.ptp(facts) == 0
    assert facts[0] > others[:STATISTICS].max()
    assert np.median(others) < facts[0] == others[-1]


def test_it_tells_unseen_discs_from_unseen_stripes(judge: Judge) -> None:
    evidence, truth = scans_and_strangers(45)
    scores = judge.score(evidence)
    assert scores[truth].min() > scores[~truth].max()
    assert scores[truth][30:].min() > 0.5 > scores[~truth][30:].max()


def test_a_batch_scores_as_its_pictures_do_alone(judge: Judge) -> None:
    evidence, _ = scans_and_strangers(4)
    alone = [judge.score(evidence.take(slice(at, at + 1)))[0] for at in range(8)]
    assert judge.score(evidence) == pytest.approx(alone, abs=1e-3)


def test_it_survives_a_file(judge: Judge) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **judge.to_arrays())
    buffer.seek(0)
    with np.load(buffer) as arrays:
        again = Judge.from_arrays({name: arrays[name] for name in arrays.files})
    evidence, _ = scans_and_strangers(4)
    assert np.array_equal(again.score(evidence), judge.score(evidence))


def test_arrays_that_do_not_fit_are_refused(judge: Judge) -> None:
    arrays = judge.to_arrays()
    with pytest.raises(ValueError, match="descriptors throughout"):
        Judge.from_arrays(arrays | {"scale": arrays["scale"][1:]})
    with pytest.raises(KeyError):
        Judge.from_arrays({name: value for name, value in arrays.items() if name != "shift"})


def test_a_projection_gives_whitened_components_what_is_left_and_how_far_out() -> None:
    axes = np.array([[1, 0], [0, 1], [0, 0]], np.float32)
    one = Projection(np.ones(3, np.float32), axes, np.array([2, 4], np.float32))
    found = one.describe(np.array([[3, 5, 1 + np.e]], np.float32))
    assert found[0] == pytest.approx([1, 1, 1, np.sqrt(2)], abs=1e-3)


def test_a_machine_sums_its_kernels() -> None:
    machine = Machine(
        support=np.array([[0, 0], [3, 4]], np.float32),
        dual=np.array([2, -1], np.float32),
        intercept=0.25,
        gamma=0.1,
    )
    found = machine.decide(np.array([[0, 0], [3, 4], [99, 99]], np.float32))
    near = np.exp(-2.5)
    assert found == pytest.approx([2.25 - near, 2 * near - 0.75, 0.25], abs=1e-6)


def test_a_descriptor_far_out_counts_up_to_the_limit() -> None:
    ones = np.ones(2, np.float32)
    found = standardise(np.array([[100, 2]], np.float32), ones, ones, 3 * ones)
    assert found.tolist() == [[3 * LIMIT, 3]]
