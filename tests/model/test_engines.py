"""Both engines give the answer of the same network: int8 on OpenVINO, float on Keras."""

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.errors import WeightsError
from brain_tumor.imaging.decode import decode_file
from brain_tumor.model.bundle import open_bundle
from brain_tumor.pipeline import Answer, load_classifier
from tests.conftest import ROOT

SAMPLES = [ROOT / "assets" / f"sample-{name}.jpg" for name in CLASSES]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers() -> dict[str, list[Answer]]:
    """Each engine's answers for the sample scans."""
    pytest.importorskip("keras")
    try:
        open_bundle()
    except WeightsError:
        pytest.skip("there is no bundle in models/")
    if not all(path.is_file() for path in SAMPLES):
        pytest.skip("the sample scans are not here")
    scans = [decode_file(path) for path in SAMPLES]
    return {
        engine: load_classifier(engine=engine).classify_many(scans)
        for engine in ("openvino", "keras")
    }


def test_the_same_class_with_about_the_same_probability(answers: dict[str, list[Answer]]) -> None:
    for int8, exact in zip(answers["openvino"], answers["keras"], strict=True):
        assert int8.label == exact.label
        assert np.abs(int8.probabilities - exact.probabilities).max() < 0.1
        assert int8.crop.box == exact.crop.box


def test_the_same_map(answers: dict[str, list[Answer]]) -> None:
    for int8, exact in zip(answers["openvino"], answers["keras"], strict=True):
        assert int8.maps.shape == exact.maps.shape
        label = int(exact.probabilities.argmax())
        pair = np.stack([int8.maps[..., label].ravel(), exact.maps[..., label].ravel()])
        assert np.corrcoef(pair)[0, 1] > 0.95


@pytest.mark.parametrize("engine", ["openvino", "keras"])
def test_maps_and_features_make_up_the_logits(
    answers: dict[str, list[Answer]], engine: str
) -> None:
    """Averaged over its cells a class's map is its logit, but for the bias."""
    given = answers[engine]
    biases = [answer.logits - answer.maps.mean(axis=(0, 1)) for answer in given]
    scale = max(np.abs(answer.maps).max() for answer in given)
    assert np.ptp(biases, axis=0).max() < 0.02 * scale
