"""The ``evaluate`` subcommand: what it prints and writes."""

import json
import sys
from pathlib import Path

import pytest

from brain_tumor import pipeline
from brain_tumor.__main__ import main
from brain_tumor.commands.evaluate import portable_command
from brain_tumor.evaluation.tables import END, START
from tests.evaluation.judged_folder import VALIDATION, judged_folder
from tests.fakes import fake_classifier


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path | None, str]]:
    """Answer with the fake network; return what was asked of the loader."""
    asked: list[tuple[Path | None, str]] = []

    def load(folder: Path | None = None, engine: str = "auto") -> pipeline.Classifier:
        asked.append((folder, engine))
        return fake_classifier(validation=VALIDATION)

    monkeypatch.setattr(pipeline, "load_classifier", load)
    return asked


def test_prints_tables_and_writes_the_report(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fake: list[tuple[Path | None, str]],
) -> None:
    folder = judged_folder(tmp_path / "set")
    file, predictions = tmp_path / "evaluation.json", tmp_path / "predictions.jsonl"
    arguments = ["evaluate", "--data", str(folder), "--json", str(file), "--no-float32"]
    arguments += ["--predictions", str(predictions), "--engine", "openvino"]
    arguments += ["--models", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["brain_tumor", *arguments])

    assert main(arguments) == 0

    printed = capsys.readouterr()
    assert "| all images" in printed.out
    assert "classify" in printed.err and "8/8" in printed.err
    assert fake == [(tmp_path, "openvino")]
    record = json.loads(file.read_text())
    assert record["parts"][0]["classification"]["accuracy"]["successes"] == 5
    assert record["quantisation"] is None
    assert record["command"].startswith("python -m brain_tumor evaluate --data set --json")
    assert str(tmp_path) not in file.read_text()
    lines = [json.loads(line) for line in predictions.read_text().splitlines()]
    assert len(lines) == 8
    assert list(lines[0]) == ["name", "label", "probabilities"]
    assert sum(lines[0]["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_renders_a_report_into_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = judged_folder(tmp_path / "set")
    report, readme = tmp_path / "evaluation.json", tmp_path / "README.md"
    assert main(["evaluate", "--data", str(folder), "--json", str(report), "--no-float32"]) == 0
    readme.write_text(f"{START}\n{END}\n")
    for said in ("written", "as it was"):
        capsys.readouterr()
        assert main(["evaluate", "--render", str(readme), "--json", str(report)]) == 0
        assert said in capsys.readouterr().out
    assert "| all images" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--render", "README.md"], "--render needs the report"),
        (["--render", "none/README.md", "--json", "none/e.json"], "must be a readable JSON"),
        (["--data", ".", "--json", "none/e.json"], "--json must name a file in an existing folder"),
        (["--data", ".", "--predictions", "."], "--predictions must name a file"),
        (["--data", "none"], "The data set must be a folder"),
    ],
)
def test_mistakes_are_said(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.out == ""


def test_without_scikit_learn_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["evaluate", "--data", str(tmp_path)]) == 2
    assert "scikit-learn" in capsys.readouterr().err


def test_needs_data_or_a_text_to_render_into() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate"])
    assert stopped.value.code == 2


def test_the_recorded_command_does_not_say_where_folders_lie() -> None:
    words = ["evaluate", "--data", "/home/me/set", "--models=../models", "--json", "out/e.json"]
    assert portable_command(words) == (
        "python -m brain_tumor evaluate --data set --models=models --json out/e.json"
    )
