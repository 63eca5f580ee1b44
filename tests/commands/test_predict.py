"""The ``predict`` subcommand: what other programs rely on, and what people read."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from brain_tumor import CLASSES, pipeline
from brain_tumor.__main__ import build_parser, main
from brain_tumor.model.engine import ENGINES
from tests.conftest import ROOT
from tests.data.pictures import write
from tests.fakes import fake_classifier, head


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path | None, str]]:
    """Answer with the fake network; return what was asked of the loader."""
    asked: list[tuple[Path | None, str]] = []

    def load(folder: Path | None = None, engine: str = "auto") -> pipeline.Classifier:
        asked.append((folder, engine))
        return fake_classifier()

    monkeypatch.setattr(pipeline, "load_classifier", load)
    return asked


def _records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_in_order_and_status_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for i in range(4):
        write(Path(f"{i}.png"), head(i))
    assert main(["predict", "3.png", "./1.png", "0.png", "2.png", "--format", "json"]) == 0
    printed = capsys.readouterr()
    records = _records(printed.out)
    assert [record["file"] for record in records] == ["3.png", "./1.png", "0.png", "2.png"]
    assert [record["label"] for record in records] == [CLASSES[i] for i in (3, 1, 0, 2)]
    assert all("heatmap" not in record for record in records)
    assert "4/4" in printed.err


def test_a_bad_file_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(write(tmp_path / "a.png", head(0)))
    none = str(tmp_path / "none.png")
    assert main(["predict", none, good, str(tmp_path), "--format", "json"]) == 1
    first, second, third = _records(capsys.readouterr().out)
    assert list(first) == list(third) == ["file", "error"]
    assert first["file"] == none and "no file" in str(first["error"])
    assert second["label"] == "glioma"
    assert "a folder" in str(third["error"])


def test_names_come_from_a_list_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(write(tmp_path / f"{i}.png", head(i))) for i in range(3)]
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"\xef\xbb\xbf" + f"{paths[2]}\r\n\n  \n{paths[0]}".encode())
    assert main(["predict", "--from-file", str(listed), paths[1], "--format", "json"]) == 0
    files = [record["file"] for record in _records(capsys.readouterr().out)]
    assert files == [paths[1], paths[2], paths[0]]


def test_names_come_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(write(tmp_path / "with space.png", head(1)))
    stdin = io.TextIOWrapper(io.BytesIO(f"{path}\n\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["predict", "--from-file", "-", "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert _records(printed.out)[0]["file"] == path
    assert printed.err == ""  # no bar for one file


def test_an_empty_list_is_no_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("\n\n")
    assert main(["predict", "--from-file", str(listed), "--format", "json"]) == 0
    assert capsys.readouterr().out == ""


def test_a_name_in_bytes_that_are_no_text_comes_back_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"caf\xe9\x1b[31m.png\n")
    for chosen in ("json", "table"):
        assert main(["predict", "--from-file", str(listed), "--format", chosen]) == 1
        out = capsys.readouterr().out
        assert out.isascii()
        assert "\x1b" not in out
        if chosen == "json":
            name = str(_records(out)[0]["file"])
            assert name.encode("utf-8", "surrogateescape") == b"caf\xe9\x1b[31m.png"


def test_heat_maps_of_files_of_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(write(tmp_path / folder / "scan.png", head(i))) for i, folder in enumerate("ab")]
    maps = tmp_path / "new" / "maps"
    assert main(["predict", *paths, "--heatmaps", str(maps), "--format", "json"]) == 0
    found = [Path(str(record["heatmap"])) for record in _records(capsys.readouterr().out)]
    assert found == [maps / "00001-scan.npy", maps / "00002-scan.npy"]
    left, right = (np.load(path) for path in found)
    assert left.shape == right.shape == (256, 256)
    assert left.argmax() % 256 < 128 < right.argmax() % 256


def test_the_table_says_file_class_probability_and_objections(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = str(write(tmp_path / "a.png", head(3)))
    flat = str(write(tmp_path / "flat.png", np.full((64, 64), 9, np.uint8)))
    none = str(tmp_path / "none.png")
    assert main(["predict", good, flat, none]) == 1
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["file", "label", "probability", "accepted", "notes"]
    probability = fake_classifier().classify_many([_decoded(good)])[0].confidence
    assert rows[0].split() == [good, "pituitary", f"{probability:.3f}", "yes"]
    assert rows[1].split()[3] == "no" and rows[1].endswith("The whole image was used.")
    assert rows[2].split()[:2] == [none, "error"] and "no file" in rows[2]


def _decoded(path: str) -> pipeline.Scan:
    from brain_tumor.imaging.decode import decode_file

    return decode_file(Path(path))


def test_the_table_names_the_heat_maps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = str(write(tmp_path / "a.png", head(3)))
    assert main(["predict", good, "--heatmaps", str(tmp_path)]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert "heat map" in header
    assert row.split()[-1] == str(tmp_path / "00001-a.npy")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "at least one image file"),
        (["--from-file", "nowhere/list.txt"], "--from-file must name a readable text file"),
        (["a.png", "--heatmaps", __file__], "--heatmaps must name a folder"),
    ],
)
def test_mistakes_are_said_before_any_work(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    fake: list[tuple[Path | None, str]],
) -> None:
    assert main(["predict", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.out == ""
    assert fake == []


def test_passes_engine_and_models_on(
    tmp_path: Path, fake: list[tuple[Path | None, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["predict", "none.png"])
    main(["predict", "none.png", "--engine", "keras", "--models", str(tmp_path)])
    assert fake == [(None, "auto"), (tmp_path, "keras")]
    for engine in ENGINES:
        assert build_parser().parse_args(["predict", "a", "--engine", engine]).engine == engine


def test_without_weights_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real loader
    assert main(["predict", "a.png", "--models", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "There are no weights" in printed.err and "export" in printed.err


_FAKE_MAIN = """
import sys
from brain_tumor import pipeline
from brain_tumor.__main__ import main
from tests.fakes import fake_classifier
pipeline.load_classifier = lambda folder, engine: fake_classifier()
sys.exit(main(sys.argv[1:]))
"""


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.png", head(0)))
    (tmp_path / "list.txt").write_text(f"{path}\n" * 3000)
    process = subprocess.Popen(
        [sys.executable, "-c", _FAKE_MAIN, "predict", "--from-file", str(tmp_path / "list.txt")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline().startswith(b"file")  # flushed long before the end
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(60) == 1
    assert b"Traceback" not in errors and b"BrokenPipe" not in errors
    assert b"3000/3000" not in errors


def test_lines_are_flushed_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = fake_classifier()
    monkeypatch.setattr(pipeline, "load_classifier", lambda folder, engine: classifier)
    flushed: dict[int, int] = {}

    class Watched(io.StringIO):
        def flush(self) -> None:
            lines = self.getvalue().count("\n")
            flushed.setdefault(lines, len(classifier.engine.batches))

    monkeypatch.setattr(sys, "stdout", Watched())
    path = str(write(tmp_path / "a.png", head(0)))
    assert main(["predict", *[path] * 17, "--format", "json"]) == 0
    # Line i goes out at once, when no more than its own batch of eight has been through.
    assert flushed == {0: 0} | {i + 1: i // 8 + 1 for i in range(17)}


def test_says_that_there_is_no_gate_beside_the_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = fake_classifier()
    without = pipeline.Classifier(fake.bundle, fake.engine, None, "There is no gate here.")
    monkeypatch.setattr(pipeline, "load_classifier", lambda *_: without)
    assert main(["predict", str(write(tmp_path / "a.png", head(0))), "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert "note: There is no gate here." in printed.err
    assert "note" not in printed.out
