"""The shipped gate beside weights that have none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.gate.lent import LentGate, lend_gate
from brain_tumor.imaging.decode import Scan, decode_file
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR, open_bundle
from brain_tumor.pipeline import Classifier, load_classifier
from tests.conftest import ROOT
from tests.fakes import fake_classifier

needs_weights = pytest.mark.skipif(
    not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="there are no weights: see the README"
)


@pytest.fixture(scope="module")
def ungated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped bundle without its gate: stands for one that was put into service."""
    folder = tmp_path_factory.mktemp("bundle")
    for file in DEFAULT_FOLDER.iterdir():
        if not file.name.startswith("gate"):
            (folder / file.name).symlink_to(file)
    return folder


@pytest.fixture(scope="module")
def lent(ungated: Path) -> Classifier:
    assert load_classifier(ungated, lend=False).gate is None
    return load_classifier(ungated)


@needs_weights
@pytest.mark.slow
def test_scans_and_others_are_judged_as_by_the_model_that_ships(lent: Classifier) -> None:
    shipped = load_classifier()
    noise = np.random.default_rng(0).integers(0, 255, (224, 224), np.uint8)
    stripes = np.tile(np.arange(224, dtype=np.uint8) % 32 * 8, (224, 1))
    scans = [decode_file(path) for path in sorted((ROOT / "assets").rglob("sample-*.jpg"))]
    scans += [Scan(pixels, 0.0, "PNG", "L", 8) for pixels in (noise, stripes)]

    assert isinstance(lent.gate, LentGate)
    assert "no gate of their own" in lent.gate_note
    for own, other in zip(shipped.classify_many(scans), lent.classify_many(scans), strict=True):
        assert (own.accepted, own.reasons) == (other.accepted, other.reasons)
        assert own.familiarity is not None and other.familiarity is not None
        assert own.familiarity.score == pytest.approx(other.familiarity.score, abs=1e-4)
    assert [answer.accepted for answer in lent.classify_many(scans)] == [True] * 4 + [False] * 2


@needs_weights
@pytest.mark.slow
def test_its_engine_can_be_put_in_a_queue(lent: Classifier) -> None:
    assert isinstance(lent.gate, LentGate)
    calls: list[int] = []
    engine = lent.gate.engine

    class Counted:
        name = engine.name

        def infer(self, inputs: np.ndarray) -> object:
            calls.append(len(inputs))
            return engine.infer(inputs)

    gate = lent.gate.run_by(lambda _: Counted())  # type: ignore[arg-type,return-value]
    scan = decode_file(next((ROOT / "assets").rglob("sample-glioma.jpg")))
    Classifier(lent.bundle, lent.engine, gate).classify(scan)
    assert calls == [1]


@needs_weights
def test_weights_that_see_pictures_otherwise_get_none(tmp_path: Path) -> None:
    bundle = fake_classifier(tmp_path).bundle
    assert lend_gate(bundle, "openvino") is not None
    small = replace(bundle.info, grid=replace(bundle.info.grid, side=96))
    older = replace(bundle.info, preprocess_version="0")
    for info in (small, older):
        assert lend_gate(replace(bundle, info=info), "openvino") is None


@needs_weights
def test_the_shipped_weights_do_not_borrow_from_themselves() -> None:
    assert lend_gate(open_bundle(), "openvino") is None


def test_where_nothing_ships_there_is_nothing_to_lend(tmp_path: Path) -> None:
    bundle = fake_classifier(tmp_path / "one").bundle
    assert lend_gate(bundle, "openvino", tmp_path / "nowhere") is None
