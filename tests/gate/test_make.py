"""From pictures to the files beside the weights, in a small world that is easy to tell apart."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.data.dataset import TRAINING
from brain_tumor.errors import BrainTumorError
from brain_tumor.gate import make
from brain_tumor.gate.collect import Collection
from brain_tumor.gate.families import REWORKED, TEST, TRAIN, VALIDATION, VARIANTS
from brain_tumor.gate.gate import open_gate
from brain_tumor.gate.make import EVALUATION_FILE, make_gate
from brain_tumor.gate.measure import roc
from brain_tumor.gate.tables import END, START, gate_tables, read_gate_evaluation, update_readme
from brain_tumor.model.companion import Companion, open_companion
from brain_tumor.pipeline import Classifier
from brain_tumor.similar import INDEX, open_similar_cases
from tests.data.pictures import write
from tests.fakes import fake_classifier, head
from tests.gate.known import scans_and_strangers

pytest.importorskip("sklearn")

FAMILIES = (
    (TRAIN, 24),
    (VARIANTS, 3),
    (REWORKED, 3),
    (VALIDATION, 6),
    (TEST, 4),
    ("photographs", 10),
    ("photographs-b", 10),
    ("stripes", 20),
)


def collection(names: list[str]) -> Collection:
    evidence, _ = scans_and_strangers(40)
    evidence.colourfulness[40:45] = 0.5
    family = np.concatenate([[name] * count for name, count in FAMILIES])
    group = np.arange(80)
    group[:2] = 1  # the first two scans are near-duplicates
    return Collection(
        evidence=evidence,
        family=family,
        group=group,
        name=np.array(names + [f"picture {at}" for at in range(len(names), 80)]),
        label=np.where(np.arange(80) < 40, np.arange(80) % 4, -1),
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder with 24 scans, and a bundle with its gate and index."""
    data, bundle = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("bundle")
    classes = ("glioma", "meningioma", "notumor", "pituitary")
    names = [f"{TRAINING}/{classes[at % 4]}/{at:02d}.png" for at in range(24)]
    for at, name in enumerate(names):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        write(data / name, head(at % 4, 64, seed=at))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "collect", lambda *_: collection(names))
        make_gate(
            fake_classifier(bundle), data, None, work=bundle / "work.npz", command="made",
            notify=lambda *_: None,
        )  # fmt: skip
    return data, bundle


def record(bundle: Path) -> dict:
    return read_gate_evaluation(bundle / EVALUATION_FILE)


def test_the_evaluation_counts_every_kind(folders: tuple[Path, Path]) -> None:
    found = record(folders[1])
    assert {name: share["n"] for name, share in found["scans"].items()} == {
        TRAIN: 24, VARIANTS: 3, REWORKED: 3, VALIDATION: 6, TEST: 4,
    }  # fmt: skip
    assert {name: one["in_grey"]["n"] for name, one in found["families"].items()} == {
        "photographs": 10, "photographs-b": 10, "stripes": 20,
    }  # fmt: skip
    assert found["totals"]["photographs"]["in_grey"]["n"] == 20
    assert found["totals"]["others"]["in_grey"]["value"] >= 0.9
    assert found["roc"]["photographs"]["auc"] == 1
    assert found["weights_hash"] == fake_classifier().info.weights_hash
    assert found["command"] == "made"


def test_the_written_gate_is_the_bundles_and_judges(folders: tuple[Path, Path]) -> None:
    fake = fake_classifier(folders[1])
    gate, _ = open_gate(fake.bundle)
    assert gate is not None
    assert gate.threshold == record(folders[1])["threshold"]
    evidence, truth = scans_and_strangers(40)
    let_through = np.array([not verdict.reasons for verdict in gate.judge(evidence)])
    assert (let_through == truth).mean() > 0.97
    assert Classifier(fake.bundle, fake.engine, gate).gate is gate


def test_the_index_has_one_case_of_each_group_and_its_picture(folders: tuple[Path, Path]) -> None:
    index = open_similar_cases(fake_classifier(folders[1]).bundle)
    assert index is not None and len(index) == 23
    found = index.nearest(collection([]).evidence.features[5])
    assert len(found) == 5
    assert found[0].name == "Training/meningioma/05.png"
    assert found[0].label == "meningioma"
    assert found[0].similarity == pytest.approx(1, abs=1e-3)
    assert all(one.thumbnail[:4] == b"RIFF" for one in found)


def test_both_say_what_they_were_made_of(folders: tuple[Path, Path]) -> None:
    companion = open_companion(fake_classifier(folders[1]).bundle, INDEX)
    assert isinstance(companion, Companion)
    assert companion.record["command"] == "made"
    assert companion.record["data_hash"].keys() == {"Training", "Testing"}
    gate = json.loads((folders[1] / "gate.json").read_text())
    assert gate["preprocess_version"] and gate["threshold"] == record(folders[1])["threshold"]


def test_what_the_network_said_is_kept_and_not_asked_again(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "collect", lambda *_: pytest.fail("asked again"))
    monkeypatch.setattr(make, "Fitting", lambda found: pytest.fail(f"{len(found.name)} pictures"))
    work = folders[1] / "work.npz"
    with pytest.raises(pytest.fail.Exception, match="80 pictures"):
        make_gate(fake_classifier(folders[1]), folders[0], None, work=work, notify=lambda *_: None)


def test_what_another_network_said_is_refused(folders: tuple[Path, Path]) -> None:
    other = fake_classifier(folders[1])
    info = replace(other.info, hashes={"none.xml": "2" * 64})
    classifier = Classifier(replace(other.bundle, info=info), other.engine)
    with pytest.raises(BrainTumorError, match="--work must name a new file"):
        make_gate(
            classifier, folders[0], None, work=folders[1] / "work.npz", notify=lambda *_: None
        )


def test_the_tables_go_into_a_text(folders: tuple[Path, Path], tmp_path: Path) -> None:
    text = tmp_path / "README.md"
    text.write_text(f"Before\n{START}\n{END}\nAfter\n")
    assert update_readme(text, folders[1] / EVALUATION_FILE)
    assert not update_readme(text, folders[1] / EVALUATION_FILE)
    assert re.search(r"\| photographs +\| +10 \| +100\.0 %", text.read_text())
    assert gate_tables(record(folders[1])) in text.read_text()


def test_an_evaluation_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text('{"format": 99}')
    with pytest.raises(BrainTumorError, match="must be of format"):
        read_gate_evaluation(path)


def test_the_area_under_the_curve_counts_the_pairs_in_order() -> None:
    found = roc(np.array([0.9, 0.4], np.float32), np.array([0.5, 0.1, 0.2], np.float32))
    assert found["auc"] == pytest.approx(5 / 6)
    assert found["points"][0] == [0, 0] and found["points"][-1] == [1, 1]
