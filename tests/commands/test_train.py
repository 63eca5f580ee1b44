"""The options of ``train``, and whole runs of a tiny network in a process of their own."""

import importlib.util
import os
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brain_tumor.__main__ import build_parser, main
from brain_tumor.commands import train as command
from brain_tumor.errors import DatasetError, RunFolderError, TrainingError
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.jobs.layout import write_json, write_status
from brain_tumor.jobs.run_folder import Reason, RunReader, RunState, RunStatus, RunWriter
from brain_tumor.training.config import TrainConfig
from tests.conftest import ROOT


def settings(*options: str) -> TrainConfig:
    return command.read_settings(build_parser().parse_args(["train", *options]))


def test_what_is_not_given_is_the_default(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    config = settings("--data", str(tmp_path), "--run-dir", str(run_dir))
    assert config == TrainConfig(data=str(tmp_path), run_dir=str(run_dir))
    assert config.side == INPUT_SIDE
    assert not run_dir.exists()


def test_every_setting_is_an_option(tmp_path: Path) -> None:
    weights = tmp_path / "w.npz"
    weights.touch()
    given: dict[str, Any] = {
        "backbone": "VGG16",
        "weights": str(weights),
        "active_blocks": (3, 2, 3, 3),
        "side": 128,
        "epochs": 7,
        "head_epochs": 2,
        "batch_size": 8,
        "learning_rate": 1e-4,
        "head_learning_rate": 2e-4,
        "warmup_share": 0.2,
        "weight_decay": 0.01,
        "ema_momentum": 0.5,
        "label_smoothing": 0.0,
        "dropout": 0.4,
        "class_weights": False,
        "augment": 0.5,
        "mask_weight": 0.3,
        "patience": 0,
        "precision": "float32",
        "validation_fraction": 0.2,
        "validation_list": str(tmp_path / "list.txt"),
        "leave_out_leaks": True,
        "seed": 9,
        "log_every": 3,
    }
    options = []
    for name, value in given.items():
        flag = f"--{name.replace('_', '-')}"
        if value is False:
            options.append(flag.replace("--", "--no-"))
        elif value is True:
            options.append(flag)
        else:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            options += [flag, text]
    config = settings("--data", str(tmp_path), "--run-dir", "run", *options)
    assert given.keys() | {"data", "run_dir"} == {field.name for field in fields(TrainConfig)}
    assert {name: getattr(config, name) for name in given} == given


def test_relative_folders_hold_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    config = settings("--data", "data", "--run-dir", "run", "--validation-list", "list.txt")
    assert config.data == str(tmp_path / "data")
    assert config.run_dir == str(tmp_path / "run")
    assert config.validation_list == str(tmp_path / "list.txt")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ([], TrainingError, "--data"),
        (["--data", "nowhere"], DatasetError, "must exist"),
        (["--data", ".", "--weights", "nowhere.npz"], TrainingError, "imagenet, shipped, none"),
        (["--data", ".", "--epochs", "0"], TrainingError, "epochs"),
        (["--resume"], RunFolderError, "config.json"),
        (
            ["--resume", "--epochs", "5", "--no-class-weights"],
            TrainingError,
            "--class-weights, --e",
        ),
    ],
)
def test_a_mistake_is_refused_before_anything_begins(
    tmp_path: Path, options: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        settings("--run-dir", str(tmp_path / "run"), *options)
    assert main(["train", "--run-dir", str(tmp_path / "run"), *options]) == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "options", [["--backbone", "ResNet9"], ["--active-blocks", "3,x"], ["--precision", "int4"]]
)
def test_unknown_words_are_usage_errors(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["train", "--data", ".", "--run-dir", str(tmp_path / "run"), *options])
    assert exit_.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_a_folder_with_a_run_is_refused(tmp_path: Path) -> None:
    config = TrainConfig(data=str(tmp_path), run_dir=str(tmp_path / "run"))
    config.checkpoint("latest").parent.mkdir(parents=True)
    config.checkpoint("latest").touch()
    with pytest.raises(TrainingError, match="--resume"):
        settings("--data", str(tmp_path), "--run-dir", config.run_dir)


def test_a_resumed_run_has_its_own_settings(tmp_path: Path) -> None:
    run = tmp_path / "run"
    kept = TrainConfig(data="gone", run_dir="elsewhere", epochs=3, active_blocks=(2, 2, 2, 2))
    with RunWriter(run, config=kept.to_dict(), tensorboard=False):
        pass
    config = settings("--resume", "--run-dir", str(run), "--data", str(tmp_path))
    assert (config.epochs, config.active_blocks) == (3, (2, 2, 2, 2))
    assert (config.data, config.run_dir) == (str(tmp_path), str(run))
    with pytest.raises(DatasetError, match="Received: gone"):
        settings("--resume", "--run-dir", str(run))


@pytest.mark.parametrize(
    ("lacking", "reason", "words"),
    [("data", Reason.DATA_UNREADABLE, "data folder"), ("backend", Reason.ERROR, "pip install jax")],
)
def test_a_run_that_cannot_begin_tells_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str, reason: Reason, words: str
) -> None:
    """Nobody sees what a process that was started for its watchers prints."""
    run = tmp_path / "run"
    run.mkdir()
    data = tmp_path / "gone" if lacking == "data" else tmp_path
    config = TrainConfig(data=str(data), run_dir=str(run))
    write_json(run / "config.json", config.to_dict())
    write_status(run, RunStatus(RunState.STARTING, pid=os.getpid()))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    arguments = ["train", "--run-dir", str(run), "--resume", "--quiet", "--backend", "jax"]
    assert main(arguments) == 2
    status = RunReader(run).status()
    assert (status.state, status.reason) == (RunState.FAILED, reason)
    assert words in status.message
    assert main(arguments) == 2  # and what is written stays
    assert RunReader(run).status() == status


def test_a_backend_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "as it was")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TrainingError, match="pip install jax"):
        command.use_backend("jax")
    assert os.environ["KERAS_BACKEND"] == "as it was"


def test_the_backend_is_chosen_by_keras_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    command.use_backend("torch")
    assert os.environ["KERAS_BACKEND"] == "torch"
    command.use_backend(None)
    assert os.environ["KERAS_BACKEND"] == "torch"


# Whole runs. A process of its own has its own Keras backend and its own signals.

SCRIPT = """
import sys
from brain_tumor.__main__ import main
from brain_tumor.commands import train
train.use_backend(sys.argv[1])
from brain_tumor.model import network
from tests.training.tiny import tiny_backbone
network._backbone = tiny_backbone
sys.exit(main(["train", "--backend", *sys.argv[1:]]))
"""
SMALL = ["--weights", "none", "--side", "32", "--epochs", "2", "--batch-size", "4"]
SMALL += ["--validation-fraction", "0.25", "--head-epochs", "1", "--precision", "float32"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("keras")
    from tests.training.tiny import write_data

    return write_data(tmp_path_factory.mktemp("data"))


def start(*options: object, backend: str = "tensorflow") -> "subprocess.Popen[str]":
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    arguments = [sys.executable, "-c", SCRIPT, backend, *map(str, options)]
    return subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "more"),
    [
        ("tensorflow", []),
        ("jax", []),
        # Keras' dropout on PyTorch draws from PyTorch's own generator, which no checkpoint holds.
        ("torch", ["--dropout", "0"]),
    ],
)
def test_sigterm_then_resume_equals_an_unbroken_run(
    data: Path, tmp_path: Path, backend: str, more: list[str]
) -> None:
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    unbroken = start("--data", data, "--run-dir", whole, *SMALL, *more, backend=backend)
    out, err = unbroken.communicate(timeout=300)
    assert unbroken.returncode == 0, err
    assert out == f"finished; the best weights: {whole}/checkpoints/best.npz\n"
    assert "Epoch 2: val_accuracy" in err
    assert "12/12" in err  # the bar

    process = start("--data", data, "--run-dir", broken, *SMALL, *more, backend=backend)
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "Epoch 1 of 2" in line:  # signals are caught by now; the first step compiles
            process.send_signal(signal.SIGTERM)
            break
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, "".join(lines) + err
    assert out.startswith("stopped; go on with: python -m brain_tumor train --run-dir")
    status = RunReader(broken).status()
    assert status.state is RunState.STOPPED
    assert status.step == 1

    resumed = start("--run-dir", broken, "--resume", backend=backend)
    out, err = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, err
    assert out.startswith("finished")
    assert RunReader(broken).status().step == 12
    with (
        np.load(whole / "checkpoints/latest.npz") as a,
        np.load(broken / "checkpoints/latest.npz") as b,
    ):
        assert a.files == b.files
        assert [key for key in a.files if not np.array_equal(a[key], b[key])] == []


@pytest.mark.slow
def test_a_failed_run_says_why_and_exits_with_1(data: Path, tmp_path: Path) -> None:
    process = start(
        *("--data", data, "--run-dir", tmp_path / "run", *SMALL),
        *("--head-learning-rate", "1e38", "--warmup-share", "0", "--log-every", "1"),
    )
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "failed (not a number): The loss became nan" in err
    assert "Traceback" not in err
    assert RunReader(tmp_path / "run").status().reason == Reason.NOT_A_NUMBER
