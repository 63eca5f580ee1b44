"""The exported judge against the models it was exported from."""

import io

import numpy as np
import pytest

from brain_tumor.gate.fit import fit_models, fit_networks, projections_of
from brain_tumor.gate.judge import Judge, Network, Projection, describe
from tests.gate.known import scans_and_strangers

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def judge() -> Judge:
    evidence, truth = scans_and_strangers(30)
    projections = projections_of(evidence.take(truth))
    descriptors = describe(evidence, projections)
    judge = Judge(projections, descriptors.mean(axis=0), descriptors.std(axis=0) + 1e-6, ())
    networks = fit_networks(judge.standardise(descriptors), truth)
    return Judge(projections, judge.shift, judge.scale, networks)


def test_it_gives_the_probabilities_of_the_models_it_was_fitted_as(judge: Judge) -> None:
    evidence, truth = scans_and_strangers(30)
    inputs = judge.standardise(describe(evidence, judge.projections))
    models = fit_models(inputs, truth)
    for model, network in zip(models, judge.networks, strict=True):
        expected = model.predict_proba(inputs)[:, 1]
        assert 1 / (1 + np.exp(-network.logit(inputs))) == pytest.approx(expected, abs=1e-5)


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


def test_layers_have_a_relu_between_them() -> None:
    network = Network(
        (np.array([[1, -1]], np.float32), np.array([[2], [3]], np.float32)),
        (np.zeros(2, np.float32), np.array([0.5], np.float32)),
    )
    assert network.logit(np.array([[4.0], [-4.0]], np.float32)) == pytest.approx([8.5, 12.5])
