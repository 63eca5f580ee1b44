import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.errors import RunFolderError, TrainingError
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.training.config import TrainConfig
from brain_tumor.training.stages import Stage, patience_is_over, plan_stages


def config(**settings: Any) -> TrainConfig:
    return TrainConfig(**{"data": "d", "run_dir": "r", **settings})


def test_the_default_side_is_the_networks() -> None:
    assert config().side == INPUT_SIDE


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0},
        {"batch_size": -1},
        {"learning_rate": 0.0},
        {"side": 31},
        {"side": 1025},
        {"dropout": 1.0},
        {"ema_momentum": -0.1},
        {"mask_weight": -1.0},
        {"validation_fraction": 0.5},
        {"validation_fraction": 0.0},
        {"precision": "float8"},
        {"head_epochs": 21},
        {"patience": -1},
        {"learning_rate": float("nan")},
        {"dropout": float("nan")},
        {"seed": -1},
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match=next(iter(settings))):
        config(**settings)


def test_json_and_back(tmp_path: Path) -> None:
    given = config(active_blocks=(3, 2, 3, 3), run_dir=str(tmp_path), validation_list="v.txt")
    (tmp_path / "config.json").write_text(json.dumps(given.to_dict()))
    assert TrainConfig.of_run(tmp_path) == given
    assert {field.name for field in fields(TrainConfig)} == given.to_dict().keys()


def test_a_run_that_has_moved_is_found_with_its_data(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config(epochs=3).to_dict()))
    moved = TrainConfig.of_run(tmp_path, data="elsewhere")
    assert (moved.run_dir, moved.data, moved.epochs) == (str(tmp_path), "elsewhere", 3)


@pytest.mark.parametrize("values", [{"epocs": 3}, {"data": "d", "epochs": "many"}, {"epochs": 0}])
def test_settings_of_another_version_are_refused(tmp_path: Path, values: dict[str, Any]) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"data": "d", **values}))
    with pytest.raises(TrainingError):
        TrainConfig.of_run(tmp_path)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"config\.json"):
        TrainConfig.of_run(tmp_path)


@pytest.mark.parametrize(
    ("settings", "stages"),
    [
        ({"weights": "none", "epochs": 5}, [("all", 0, 5)]),
        ({"weights": "imagenet", "epochs": 20}, [("head", 0, 2), ("all", 2, 20)]),
        ({"weights": "imagenet", "epochs": 3}, [("head", 0, 1), ("all", 1, 3)]),
        ({"weights": "imagenet", "epochs": 3, "head_epochs": 0}, [("all", 0, 3)]),
        ({"weights": "none", "epochs": 3, "head_epochs": 3}, [("head", 0, 3)]),
        ({"weights": "shipped", "epochs": 4, "head_epochs": 1}, [("head", 0, 1), ("all", 1, 4)]),
    ],
)
def test_stages(settings: dict[str, Any], stages: list[tuple[str, int, int]]) -> None:
    planned = plan_stages(config(**settings))
    assert [(stage.name, stage.first, stage.last) for stage in planned] == stages
    assert all(stage.head_only == (stage.name == "head") for stage in planned)


@pytest.mark.parametrize(
    ("epoch", "best", "over"),
    [(6, 4, False), (7, 4, True), (8, None, True), (4, 1, False), (5, 1, True), (2, None, False)],
)
def test_patience_counts_from_the_best_epoch_of_the_stage(
    epoch: int, best: int | None, over: bool
) -> None:
    stage = Stage("all", 2, 20, 1e-3, head_only=False)
    assert patience_is_over(stage, epoch, best, patience=3) is over


def test_no_patience_and_the_head_never_end_early() -> None:
    head = Stage("head", 0, 20, 1e-3, head_only=True)
    assert not patience_is_over(head, 19, 1, patience=3)
    assert not patience_is_over(Stage("all", 0, 99, 1e-3, head_only=False), 99, 1, patience=0)


def test_every_problem_is_told_beside_its_setting() -> None:
    values = {"epochs": 0, "side": 8, "precision": "int4", "head_epochs": 5, "dropout": 0.5}
    problems = TrainConfig.problems_of(values)
    assert set(problems) == {"epochs", "side", "precision", "head_epochs"}
    assert problems["side"] == "must be 32 to 1024 pixels. Received: 8"
    assert TrainConfig.problems_of({}) == {}
    assert set(TrainConfig.problems_of({"epochs": None, "augment": "much"})) == {
        "epochs",
        "augment",
    }
