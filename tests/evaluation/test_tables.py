"""An evaluation as Markdown, and in the README."""

import json
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.errors import BrainTumorError
from brain_tumor.evaluation.evaluate import run_evaluation
from brain_tumor.evaluation.readme import replace_between
from brain_tumor.evaluation.tables import (
    END,
    START,
    read_report,
    results_table,
    update_readme,
)
from tests.conftest import ROOT
from tests.evaluation.judged_folder import VALIDATION, judged_folder
from tests.fakes import QuadrantEngine, fake_classifier

EVALUATION = ROOT / "models" / "evaluation.json"
README = ROOT / "README.md"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = judged_folder(tmp_path_factory.mktemp("judged"))
    classifier = fake_classifier(validation=VALIDATION)
    return run_evaluation(folder, classifier, float32=lambda _: QuadrantEngine()).report.to_dict()


def _rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def _row(text: str, first: str) -> list[str]:
    (row,) = [row for row in _rows(text) if row[0] == first]
    return row[1:]


def test_says_how_often_it_is_right_with_and_without_copies(record: dict[str, Any]) -> None:
    text = results_table(record)
    assert _row(text, "all images") == ["8", "5", "62.5 %", "30.6–86.3 %", "62.5 %"]
    assert _row(text, "without near-duplicates of training images")[:3] == ["7", "4", "57.1 %"]
    assert _row(text, "also without mirrored, flipped or turned ones")[:3] == ["6", "4", "66.7 %"]


def test_shows_every_figure(record: dict[str, Any]) -> None:
    text = results_table(record)
    # Class tables come in the order: figures, confusion, pointing.
    metrics, confusion, pointing = [row for row in _rows(text) if row[0] == "glioma"]
    assert metrics[1:5] == ["2", "40.0 %", "100.0 %", "57.1 %"]
    assert metrics[6:] == ["100.0 % (1)", "100.0 % (1)"]
    assert confusion[1:] == ["2", "0", "0", "0"]
    assert pointing[1:3] == ["1", "100.0 %"]
    assert pointing[-3:-1] == ["0.0 %", "100.0 %"]  # not aligned, finer
    assert _row(text, "int8 names the class that float32 names") == ["100.0 % (8 of 8)"]
    assert _row(text, "accuracy on the rest") == ["71.4 % (5 of 7)"]
    assert _row(text, "set aside for review (probability under 0.500)") == ["12.5 % (1 of 8)"]
    chosen = "validation images: the lowest threshold with 99.5 % right above it is 0.972"
    assert _row(text, chosen) == ["75.0 % (3 of 4)"]
    assert _row(text, "area under the risk-coverage curve (0 is best)")
    assert _row(text, "the finer map has more of its heat in the tumour") == ["100.0 % (2 of 2)"]
    # Where a copy is mirrored or moved off its cell, the engine names another class.
    wavering = _row(text, "wavering (another on one)")
    assert wavering == ["2", "50.0 %", "9.5–90.5 %", "50.0 % (1 of 2)", "–"]
    assert _row(text, "unstable (another on two or more)")[-1] == "75.0 % (3 of 4)"
    assert _row(text, "no head found, whole image used") == ["7.7 % (1 of 13)"]
    assert _row(text, "tumour outlines that the crop cuts into") == ["1 of 4"]
    assert record["weights_hash"][:12] in text and record["data_hash"]["Testing"][:12] in text
    assert all(note in text for note in record["notes"])


def test_tables_are_aligned(record: dict[str, Any]) -> None:
    for block in results_table(record).split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            assert len({len(line) for line in lines}) == 1
            assert set(lines[1]) <= set("|-: ")


def test_what_was_not_measured_is_left_out(record: dict[str, Any]) -> None:
    names = ("stability", "validation", "rejection", "pointing", "quantisation")
    text = results_table({**record, "parts": [], **dict.fromkeys(names)})
    for word in ("int8", "accuracy", "peak", "altered", "threshold", "finer"):
        assert word not in text
    assert _row(text, "no head found, whole image used")


def test_a_record_made_before_a_figure_was_measured_has_the_others(record: dict[str, Any]) -> None:
    older = json.loads(json.dumps(record))
    del older["stability"], older["validation"]
    del older["pointing"]["finer"], older["pointing"]["finer_holds_more"]
    text = results_table(older)
    assert "finer" not in text and "altered" not in text and "validation images: the" not in text
    assert _row(text, "accuracy on the rest") == ["71.4 % (5 of 7)"]
    assert [row[-1] for row in _rows(text) if row[0] == "meningioma"][-1] == "0.0 %"


def test_a_class_without_images_has_dashes(record: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(record))
    changed["parts"][2]["classification"]["classes"][0].update(recall=None, support=0)
    assert "– (0)" in results_table(changed)


def test_writes_between_the_markers_only(tmp_path: Path, record: dict[str, Any]) -> None:
    readme, report = tmp_path / "README.md", tmp_path / "evaluation.json"
    readme.write_text(f"# Title\n\n{START}\nold\n{END}\n\nafter\n")
    report.write_text(json.dumps(record))
    assert update_readme(readme, report) is True
    text = readme.read_text(encoding="utf-8")
    assert text == f"# Title\n\n{START}\n\n{results_table(record)}\n\n{END}\n\nafter\n"
    assert update_readme(readme, report) is False
    assert readme.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["", START, END, f"{END}\n{START}"])
def test_needs_both_markers_in_order(text: str) -> None:
    with pytest.raises(BrainTumorError, match="does not have both"):
        replace_between(text, START, END, "tables")


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 99}'])
def test_refuses_what_is_no_report(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "evaluation.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BrainTumorError, match="An evaluation must be"):
        read_report(path)


def test_the_readme_shows_the_shipped_evaluation() -> None:
    if not (EVALUATION.is_file() and README.is_file()):
        pytest.skip("README.md or models/evaluation.json is not there")
    text = README.read_text(encoding="utf-8")
    assert text == replace_between(text, START, END, results_table(read_report(EVALUATION))), (
        "run: python -m brain_tumor evaluate --render README.md --json models/evaluation.json"
    )


def test_the_shipped_evaluation_is_of_the_shipped_weights() -> None:
    bundle = ROOT / "models" / "bundle.json"
    if not (EVALUATION.is_file() and bundle.is_file()):
        pytest.skip("models/evaluation.json or models/bundle.json is not there")
    weights_hash = json.loads(bundle.read_text(encoding="utf-8"))["weights_hash"]
    assert read_report(EVALUATION)["weights_hash"] == weights_hash
