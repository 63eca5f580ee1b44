"""Putting bundles into service: real networks, a real switch, and nobody without an answer."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.errors import WeightsError
from brain_tumor.model.bundle import DEFAULT_FOLDER, open_bundle
from brain_tumor.model.bundle_store import SHIPPED, BundleStore, service_store
from brain_tumor.pipeline import load_classifier
from brain_tumor.service import put_into_service, try_bundle
from tests.conftest import ROOT
from tests.model.small_bundle import write_small_bundle


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    write_small_bundle(tmp_path / "shipped", seed=100)
    return BundleStore(tmp_path / "service", tmp_path / "shipped")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    write_small_bundle(tmp_path / "new", seed=1)
    (tmp_path / "new" / "evaluation.json").write_text("{}")
    return tmp_path / "new"


def weights(store: BundleStore) -> str:
    return open_bundle(store.in_service().folder).info.weights_hash


def test_what_ships_serves_until_something_else_does(store: BundleStore, tmp_path: Path) -> None:
    serving = store.in_service()
    assert (serving.name, serving.folder, serving.problem) == (SHIPPED, tmp_path / "shipped", "")
    assert (store.history(), store.versions()) == ((SHIPPED,), ())
    with pytest.raises(WeightsError, match="nothing can be taken back"):
        store.take_back()


def test_put_into_service_and_taken_back(store: BundleStore, new: Path) -> None:
    wanted = open_bundle(new).info.weights_hash
    done = put_into_service(new, store)
    assert store.in_service() == done.service
    assert done.service.name == f"0001-{wanted[:12]}"
    assert weights(store) == wanted
    assert (done.service.folder / "evaluation.json").is_file()
    assert [answer.label for answer in done.answers] == list(CLASSES)
    assert all(answer.predicted in CLASSES for answer in done.answers)
    assert all(0.25 <= answer.probability <= 1 for answer in done.answers)
    assert load_classifier(done.service.folder).info.weights_hash == wanted

    again = put_into_service(new, store)  # the same weights are another version
    assert again.service.name.startswith("0002-")
    assert store.take_back() == done.service
    assert store.take_back().name == SHIPPED
    assert store.in_service().name == SHIPPED
    assert store.versions() == (done.service.name, again.service.name)  # kept


def test_the_source_may_go(store: BundleStore, new: Path) -> None:
    done = put_into_service(new, store)
    for path in new.iterdir():
        path.unlink()
    assert try_bundle(done.service.folder)


def damage_weights(new: Path) -> None:
    (new / "net-1.bin").write_bytes(b"other")


def answer_the_same(new: Path) -> None:
    write_small_bundle(new, scale=0.0)


def answer_no_numbers(new: Path) -> None:
    write_small_bundle(new, scale=np.inf)


def break_the_network(new: Path) -> None:
    info = write_small_bundle(new)
    (new / "net.xml").write_text("<net/>")
    from dataclasses import replace

    from brain_tumor.model.bundle import sha256_of, write_bundle_info

    hashes = {**info.hashes, "net.xml": sha256_of(new / "net.xml")}
    write_bundle_info(new, replace(info, hashes=hashes))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (damage_weights, "SHA-256"),
        (answer_the_same, "answers the same"),
        (answer_no_numbers, "logits must be finite"),
        (break_the_network, "must answer for the sample scans"),
    ],
)
def test_a_bundle_that_cannot_answer_never_serves(
    store: BundleStore, new: Path, harm, message: str
) -> None:
    before = store.in_service()
    harm(new)
    with pytest.raises(WeightsError, match=message):
        put_into_service(new, store)
    assert store.in_service() == before
    assert store.versions() == ()
    assert list((store.root / "bundles").iterdir()) == []


def test_a_version_that_was_damaged_later_gives_way_to_the_one_before(
    store: BundleStore, new: Path, tmp_path: Path
) -> None:
    first = put_into_service(new, store).service
    write_small_bundle(tmp_path / "newer", seed=2)
    second = put_into_service(tmp_path / "newer", store).service
    (second.folder / "bundle.json").write_text("{")
    serving = store.in_service()
    assert (serving.name, serving.folder) == (first.name, first.folder)
    assert "cannot be used" in serving.problem and "damaged" in serving.problem


@pytest.mark.parametrize("text", ["", "{", "[]", '{"history": []}', '{"history": ["../x"]}', "{}"])
def test_a_damaged_pointer_leaves_what_ships_in_service(
    store: BundleStore, new: Path, text: str
) -> None:
    put_into_service(new, store)
    (store.root / "service.json").write_text(text)
    serving = store.in_service()
    assert serving.name == SHIPPED
    assert "damaged" in serving.problem
    put_into_service(new, store)  # mends it
    assert store.in_service().problem == ""


def test_only_a_version_that_does_not_serve_is_removed(
    store: BundleStore, new: Path, tmp_path: Path
) -> None:
    first = put_into_service(new, store).service
    second = put_into_service(new, store).service
    for name in (second.name, SHIPPED, "../shipped", "none"):
        with pytest.raises(WeightsError, match="serves or is none"):
            store.remove(name)
    store.remove(first.name)
    assert store.versions() == (second.name,)
    assert store.take_back().name == SHIPPED
    assert (tmp_path / "shipped" / "bundle.json").is_file()


def test_taking_back_what_is_broken_is_refused(store: BundleStore, new: Path) -> None:
    first = put_into_service(new, store).service
    second = put_into_service(new, store).service
    (first.folder / "net-1.bin").write_bytes(b"other")
    with pytest.raises(WeightsError, match="SHA-256"):
        store.take_back()
    assert store.in_service() == second


def test_a_full_disk_leaves_the_old_one_in_service(
    store: BundleStore, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("brain_tumor.model.bundle_store.shutil.copyfile", full)
    with pytest.raises(WeightsError, match="Free some space"):
        put_into_service(new, store)
    assert store.in_service().name == SHIPPED
    assert list((store.root / "bundles").iterdir()) == []


SWITCH = """
import sys
from pathlib import Path
from brain_tumor.model.bundle_store import BundleStore
store = BundleStore(Path(sys.argv[1]), Path(sys.argv[2]))
print("ready", flush=True)
for _ in range(60):
    with store.staged(Path(sys.argv[3])) as staged:
        store.put(staged)
    store.take_back()
"""


def test_there_is_no_moment_without_a_bundle(store: BundleStore, new: Path, tmp_path: Path) -> None:
    """One process switches there and back; this one asks all the while, and opens all files."""
    arguments = [sys.executable, "-c", SWITCH, store.root, tmp_path / "shipped", new]
    known = {open_bundle(folder).info.weights_hash for folder in (new, tmp_path / "shipped")}
    seen = set()
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            serving = store.in_service()
            assert serving.problem == ""
            bundle = open_bundle(serving.folder)
            assert bundle.files(bundle.info.openvino_files)
            seen.add(bundle.info.weights_hash)
    assert process.returncode == 0
    assert seen == known
    assert json.loads((store.root / "service.json").read_text()) == {"history": [SHIPPED]}


def test_the_folders_of_this_installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("BRAIN_TUMOR_SERVICE", "BRAIN_TUMOR_MODELS"):
        monkeypatch.delenv(variable, raising=False)
    assert service_store().root == ROOT / "service"
    assert service_store().folder_of(SHIPPED) == DEFAULT_FOLDER
    monkeypatch.setenv("BRAIN_TUMOR_SERVICE", str(tmp_path / "s"))
    monkeypatch.setenv("BRAIN_TUMOR_MODELS", str(tmp_path / "m"))
    assert service_store().root == tmp_path / "s"
    assert service_store().in_service().folder == tmp_path / "m"


def test_samples_that_are_gone_are_named(new: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="There are none"):
        try_bundle(new, tmp_path)


@pytest.mark.slow
def test_the_shipped_bundle_names_all_samples_rightly() -> None:
    answers = try_bundle(DEFAULT_FOLDER)
    assert [answer.predicted for answer in answers] == [answer.label for answer in answers]
