import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from brain_tumor.errors import ArchiveError, BrainTumorError, WeightsError
from brain_tumor.model import bundle_zip
from brain_tumor.model.bundle import open_bundle
from brain_tumor.model.bundle_zip import pack_bundle, unpack_bundle
from tests.model.small_bundle import write_small_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write_small_bundle(folder)
    (folder / "evaluation.json").write_text("{}")
    (folder / "notes.txt").write_text("stays at home")
    return folder


@pytest.fixture(scope="module")
def packed(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("zip") / "bundle.zip"
    pack_bundle(bundle, file)
    assert [path.name for path in file.parent.iterdir()] == ["bundle.zip"]
    return file.read_bytes()


def repack(packed: bytes, drop: str = "", prefix: str = "", **more: bytes) -> bytes:
    """Change an archive: leave a file out, put others in or in their place."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if name != drop and name not in more:
                new.writestr(prefix + name, old.read(name))
        for name, data in more.items():
            new.writestr(prefix + name, data)
    return buffer.getvalue()


def test_there_and_back(bundle: Path, packed: bytes, tmp_path: Path) -> None:
    opened = unpack_bundle(packed, tmp_path / "new" / "bundle")
    assert opened.info == open_bundle(bundle).info
    assert opened.folder == tmp_path / "new" / "bundle"
    names = {path.name for path in opened.folder.iterdir()}
    assert names == {path.name for path in bundle.iterdir()} - {"notes.txt"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["bundle"]


def test_a_bundle_to_serve_leaves_the_keras_weights_and_keeps_its_name(
    bundle: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.zip"
    pack_bundle(bundle, file, to_train=False)
    opened = unpack_bundle(file.read_bytes(), tmp_path / "bundle")
    whole = open_bundle(bundle).info
    assert opened.info == replace(whole, keras_files=())
    assert opened.info.weights_hash == whole.weights_hash
    assert not list(opened.folder.glob("*keras*"))
    pack_bundle(opened.folder, tmp_path / "again.zip")


def test_an_outer_folder_is_stepped_through(packed: bytes, tmp_path: Path) -> None:
    assert unpack_bundle(repack(packed, prefix="mine/"), tmp_path / "b").info.weights_hash


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drop": "bundle.json"}, "no weights"),
        ({"drop": "net-1.bin"}, r"Missing: .*net-1\.bin"),
        ({"net-1.npz": b"other"}, "SHA-256 differs"),
        ({"net.xml": b"<net/>"}, "SHA-256 differs"),
        ({"bundle.json": b"{}"}, "damaged"),
        ({"run.sh": b"rm -rf /"}, "side by side"),
        ({"deep/er/x.json": b"{}"}, "side by side"),
        ({"../outside.json": b"{}"}, "leads out"),
        ({"/outside.json": b"{}"}, "leads out"),
    ],
)
def test_what_is_not_one_whole_bundle_is_refused(
    packed: bytes, tmp_path: Path, changes: dict, message: str
) -> None:
    with pytest.raises(WeightsError, match=message):
        unpack_bundle(repack(packed, **changes), tmp_path / "deep" / "er" / "bundle")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\0" * 100])
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BrainTumorError):
        unpack_bundle(data, tmp_path / "bundle")


def test_a_bundle_without_a_network_to_serve_is_refused(packed: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        record = json.loads(archive.read("bundle.json"))
    bare = repack(packed, **{"bundle.json": json.dumps(record | {"openvino_files": []}).encode()})
    with pytest.raises(WeightsError, match="OpenVINO network"):
        unpack_bundle(bare, tmp_path / "bundle")


def test_limits(packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for change in ({"files": 4}, {"total_bytes": 1000}):
        with monkeypatch.context() as patch:
            patch.setattr(bundle_zip, "BUNDLES", replace(bundle_zip.BUNDLES, **change))
            with pytest.raises(ArchiveError, match="and nothing else"):
                unpack_bundle(packed, tmp_path / "bundle")


def test_a_damaged_bundle_is_not_packed(tmp_path: Path) -> None:
    write_small_bundle(tmp_path / "bundle")
    (tmp_path / "bundle" / "net-1.bin").write_bytes(b"other")
    with pytest.raises(WeightsError, match="SHA-256"):
        pack_bundle(tmp_path / "bundle", tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()


def test_an_existing_folder_is_left_alone(packed: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="exists"):
        unpack_bundle(packed, tmp_path)
