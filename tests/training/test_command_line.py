import shlex
from pathlib import Path

from brain_tumor.__main__ import build_parser
from brain_tumor.commands.train import read_settings
from brain_tumor.training.command_line import command_line
from brain_tumor.training.config import TrainConfig


def read_back(text: str) -> TrainConfig:
    program, *arguments = shlex.split(text)
    assert [program, *arguments[:2]] == ["python", "-m", "brain_tumor"]
    return read_settings(build_parser().parse_args(arguments[2:]))


def test_defaults_are_left_out(tmp_path: Path) -> None:
    config = TrainConfig(data=str(tmp_path), run_dir=str(tmp_path / "a run"))
    text = command_line(config)
    assert text.endswith(f"train --data {tmp_path} --run-dir '{tmp_path}/a run'")
    assert read_back(text) == config


def test_every_kind_of_setting_comes_back(tmp_path: Path) -> None:
    config = TrainConfig(
        data=str(tmp_path),
        run_dir=str(tmp_path / "run"),
        backbone="VGG16",
        weights="none",
        active_blocks=(3, 2, 3, 3),
        epochs=7,
        head_epochs=0,
        learning_rate=1e-5,
        class_weights=False,
        leave_out_leaks=True,
        precision="bfloat16",
        validation_list=str(tmp_path / "list.txt"),
    )
    assert read_back(command_line(config)) == config
