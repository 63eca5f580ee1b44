import json
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.__main__ import main
from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.compare import compare_runs, comparison_table
from brain_tumor.jobs.run_folder import RunWriter


def make_run(folder: Path, settings: dict[str, Any], scores: list[float]) -> Path:
    with RunWriter(folder, config=settings, tensorboard=False) as writer:
        for epoch, score in enumerate(scores, 1):
            writer.log_epoch(epoch, step=epoch * 10, val_score=score, val_accuracy=score / 2)
    (folder / "checkpoints" / "best.npz").write_bytes(b"weights")
    facts = {"data_hash": "d" * 64, "validation_images": ["a", "b", "c"]}
    (folder / "facts.json").write_text(json.dumps(facts))
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    base = {"data": "/somewhere", "epochs": 3, "weights": "/a/b/best.npz"}
    return [
        make_run(tmp_path / "without", {**base, "mask_weight": 0.0}, [0.5, 0.8, 0.7]),
        make_run(tmp_path / "with", {**base, "mask_weight": 0.3, "run_dir": "x"}, [0.9]),
    ]


def test_a_run_whose_facts_are_gone_is_compared_all_the_same(runs: list[Path]) -> None:
    (runs[0] / "facts.json").unlink()
    (runs[1] / "facts.json").write_text("{")
    comparison = compare_runs(runs, hashes=False)
    assert [run.name for run in comparison.runs] == ["with", "without"]
    assert {(r.data_hash, r.validation_images, r.weights_hash) for r in comparison.runs} == {
        ("", 0, "")
    }


def test_best_first_at_its_best_epoch_with_what_differs(runs: list[Path]) -> None:
    comparison = compare_runs(runs)
    first, second = comparison.runs
    assert (first.name, first.epoch, first.settings) == ("with", 1, {"mask_weight": 0.3})
    assert (second.name, second.epoch, second.settings) == ("without", 2, {"mask_weight": 0.0})
    assert second.results == {"val_score": 0.8, "val_accuracy": 0.4}
    assert first.validation_images == 3
    assert first.weights_hash == second.weights_hash != ""
    assert comparison.shared == {"epochs": 3, "weights": "best.npz"}


def test_the_same_epoch_of_each(runs: list[Path]) -> None:
    comparison = compare_runs(runs, epoch=1)
    assert [(run.epoch, run.results["val_score"]) for run in comparison.runs] == [
        (1, 0.9),
        (1, 0.5),
    ]
    with pytest.raises(RunFolderError, match="finished epoch 2"):
        compare_runs(runs, epoch=2)


def test_needs_two_runs_with_an_epoch(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="two runs"):
        compare_runs(runs[:1])
    empty = make_run(tmp_path / "empty", {}, [])
    with pytest.raises(RunFolderError, match="finished an epoch"):
        compare_runs([*runs, empty])


def test_the_command_writes_json_and_renders_it(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, text = tmp_path / "c.json", tmp_path / "README.md"
    text.write_text("a\n<!-- comparison:start -->\nold\n<!-- comparison:end -->\nb\n")
    assert main(["compare", *map(str, runs), "--json", str(out)]) == 0
    table = comparison_table(json.loads(out.read_text()))
    assert table in capsys.readouterr().out
    assert str(tmp_path) not in out.read_text()
    assert main(["compare", "--json", str(out), "--render", str(text)]) == 0
    assert table in text.read_text()
    assert "old" not in text.read_text()
    assert "| 0.3 | 1 | 0.4500 | 0.9000 |" in table
