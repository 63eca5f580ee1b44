"""Whole runs of a tiny network: what a stopped run resumes to, and how runs fail."""

import errno
import json
import math
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

keras = pytest.importorskip("keras")

from brain_tumor.errors import TrainingError  # noqa: E402
from brain_tumor.jobs.run_folder import Reason, RunReader, RunState, request_stop  # noqa: E402
from brain_tumor.model import network  # noqa: E402
from brain_tumor.training import trainer, watcher  # noqa: E402
from brain_tumor.training.checkpoint import Progress, read_progress  # noqa: E402
from brain_tumor.training.config import TrainConfig  # noqa: E402
from brain_tumor.training.failures import RunFailedError  # noqa: E402
from brain_tumor.training.observer import Observer  # noqa: E402
from brain_tumor.training.trainer import train  # noqa: E402
from brain_tumor.training.validation import Validation  # noqa: E402
from tests.training.tiny import tiny_backbone, tiny_config, write_data  # noqa: E402

pytestmark = pytest.mark.slow  # a minute together, which the quick layer has not

STEPS = 6  # an epoch: 24 images to learn from, in batches of 4


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "_backbone", tiny_backbone)
        patch.setattr(watcher, "LOG_SECONDS", math.inf)  # whatever else the machine is doing
        yield


@pytest.fixture(scope="module")
def unbroken(data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """A run of one epoch for the head and one for all, from its start to its end."""
    config = two_stages(data, tmp_path_factory.mktemp("unbroken"))
    assert train(config) is RunState.FINISHED
    return config


def two_stages(data: Path, run_dir: Path) -> TrainConfig:
    return tiny_config(data, run_dir, weights="imagenet", epochs=2, head_epochs=1)


class At(Observer):
    """Does something after a step."""

    def __init__(self, step: int, action: Callable[[], object]) -> None:
        self.at = step
        self.action = action
        self.steps: list[int] = []
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def step(self, progress: Progress, total: int, values: Mapping[str, float]) -> None:
        self.steps.append(progress.step)
        assert total == 2 * STEPS
        assert values["images_per_second"] > 0
        if progress.step == self.at:
            self.action()


def assert_equal_checkpoints(first: TrainConfig, second: TrainConfig) -> None:
    for name in ("latest", "best"):
        with np.load(first.checkpoint(name)) as a, np.load(second.checkpoint(name)) as b:
            assert a.files == b.files
            different = [key for key in a.files if not np.array_equal(a[key], b[key])]
            assert not different


def test_a_run_leaves_all_that_a_watcher_needs(unbroken: TrainConfig) -> None:
    reader = RunReader(Path(unbroken.run_dir))
    status = reader.status()
    assert status.state is RunState.FINISHED
    assert (status.step, status.total_steps, status.epoch) == (2 * STEPS, 2 * STEPS, 2)
    assert status.best_epoch in (1, 2)
    assert reader.config() == json.loads(json.dumps(unbroken.to_dict()))
    records = reader.metrics()
    epochs = [record for record in records if record["kind"] == "epoch"]
    assert [record["step"] for record in epochs] == [STEPS, 2 * STEPS]
    best = epochs[status.best_epoch - 1]
    assert best["val_score"] == status.best_score == max(r["val_score"] for r in epochs)
    steps = [record for record in records if record["kind"] == "step"]
    assert [record["step"] for record in steps] == [1, 3, 5, 6, 7, 9, 11, 12]
    assert all(record["localisation"] > 0 for record in steps)
    facts = json.loads((Path(unbroken.run_dir) / "facts.json").read_text())
    assert facts["training_images"] == 24
    assert len(facts["validation_images"]) == 8
    mistakes = json.loads((Path(unbroken.run_dir) / "validation.json").read_text())
    assert np.sum(mistakes["confusion"]) == 8
    assert len(mistakes["mistakes"]) == 8 - np.trace(mistakes["confusion"])
    assert_pictured(Path(unbroken.run_dir), mistakes)
    for record in epochs:
        assert np.sum(record["confusion"]) == 8
        assert record["loss"] > 0
        assert 0 <= record["accuracy"] <= 1
    assert epochs[-1]["confusion"] == mistakes["confusion"]
    assert any("Epoch 2 of 2 (all)." in line for line in reader.tail_log())


def assert_pictured(run: Path, details: dict[str, Any]) -> None:
    """Each of the worst mistakes has its picture, and no other picture is kept."""
    worst = details["worst"]
    assert {one["name"] for one in worst} == set(details["mistakes"])  # there are few of them
    assert [one["probability"] for one in worst] == sorted(
        (one["probability"] for one in worst), reverse=True
    )
    pictures = [run / one["picture"] for one in worst]
    assert sorted(pictures) == sorted((run / "mistakes").iterdir())
    for one, picture in zip(worst, pictures, strict=True):
        assert one["label"] in one["name"]
        assert one["predicted"] != one["label"]
        with Image.open(picture) as image:
            assert (image.size, image.mode) == ((32, 32), "RGB")


def test_slow_steps_are_logged_one_by_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "LOG_SECONDS", 0.0)
    assert train(tiny_config(data, tmp_path, epochs=1, log_every=100)) is RunState.FINISHED
    steps = [r["step"] for r in RunReader(tmp_path).metrics() if r["kind"] == "step"]
    assert steps == list(range(1, STEPS + 1))


@pytest.mark.parametrize(
    "step", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (STEPS - 1, STEPS, STEPS + 2))]
)
def test_a_stopped_run_resumes_to_the_last_digit(
    data: Path, tmp_path: Path, unbroken: TrainConfig, step: int
) -> None:
    config = two_stages(data, tmp_path)
    first = At(step, lambda: request_stop(tmp_path))
    assert train(config, observer=first) is RunState.STOPPED
    # The request falls behind the step's own look; at an epoch's last step, the next epoch begins.
    expected = step + 1 if (step + 1) % STEPS else step + 2
    assert first.steps[-1] == expected
    progress = read_progress(config.checkpoint("latest"))
    assert progress.step == expected
    assert progress.stage == ("head" if expected < STEPS else "all")
    assert RunReader(tmp_path).status().state is RunState.STOPPED
    assert not (tmp_path / "stop").exists()
    second = At(-1, lambda: None)
    assert train(TrainConfig.of_run(tmp_path), resume=True, observer=second) is RunState.FINISHED
    assert second.steps == list(range(expected + 1, 2 * STEPS + 1))
    assert_equal_checkpoints(unbroken, config)
    epochs = [r for r in RunReader(tmp_path).metrics() if r["kind"] == "epoch"]
    assert [record["epoch"] for record in epochs] == [1, 2]


def test_a_run_killed_between_the_stages_goes_on_with_the_next(
    data: Path, tmp_path: Path, unbroken: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = two_stages(data, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(trainer.Trainer, "_run_epoch", dying_in_epoch(1))
        with pytest.raises(SystemExit):
            train(config)
    assert read_progress(config.checkpoint("latest")).stage == "head"
    assert_only_the_head_has_learnt(config)
    assert train(config, resume=True) is RunState.FINISHED
    assert_equal_checkpoints(unbroken, config)


def assert_only_the_head_has_learnt(config: TrainConfig) -> None:
    keras.utils.set_random_seed(config.seed)
    first = network.build_network(config.backbone, config.side, dropout=config.dropout).model
    with np.load(config.checkpoint("latest")) as archive:
        for name in ("conv1_conv", "conv2_conv", "predictions"):
            same = np.array_equal(
                archive[f"weights/{name}/kernel"], first.get_layer(name).get_weights()[0]
            )
            assert same == (name != "predictions")


def dying_in_epoch(number: int) -> Callable[..., bool]:
    run_epoch = trainer.Trainer._run_epoch

    def run(self: Any, model: Any, stage: Any, batches: Any, epoch: int) -> bool:
        if epoch == number:
            raise SystemExit
        return run_epoch(self, model, stage, batches, epoch)

    return run


def test_sigterm_stops_after_the_step_with_a_checkpoint(data: Path, tmp_path: Path) -> None:
    config = two_stages(data, tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    observer = At(2, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert train(config, observer=observer) is RunState.STOPPED
    assert read_progress(config.checkpoint("latest")).step == 3
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_interrupt_ends_the_run_at_once(data: Path, tmp_path: Path) -> None:
    def interrupt_twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(two_stages(data, tmp_path), observer=At(2, interrupt_twice))
    assert RunReader(tmp_path).status().state is RunState.STOPPED


def test_a_folder_with_a_run_is_not_trained_over(unbroken: TrainConfig) -> None:
    before = Path(unbroken.checkpoint("latest")).read_bytes()
    with pytest.raises(TrainingError, match="--resume"):
        train(unbroken)
    assert Path(unbroken.checkpoint("latest")).read_bytes() == before
    assert RunReader(Path(unbroken.run_dir)).status().state is RunState.FINISHED


def test_resuming_a_finished_run_does_nothing(unbroken: TrainConfig) -> None:
    before = Path(unbroken.checkpoint("latest")).read_bytes()
    observer = At(-1, lambda: None)
    assert train(unbroken, resume=True, observer=observer) is RunState.FINISHED
    assert observer.steps == []
    assert Path(unbroken.checkpoint("latest")).read_bytes() == before


def test_what_a_run_without_a_checkpoint_left_behind_is_forgotten(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer.Trainer, "_run_epoch", lambda *_: True)
    with pytest.raises(RunFailedError):
        train(tiny_config(tmp_path / "nowhere", tmp_path / "run", epochs=9))
    facts = {"data_hash": "other", "validation_images": []}
    (tmp_path / "run" / "facts.json").write_text(json.dumps(facts))
    config = tiny_config(data, tmp_path / "run", epochs=1)
    assert train(config) is RunState.FINISHED
    assert RunReader(tmp_path / "run").config()["epochs"] == 1


def test_a_run_does_not_go_on_with_other_images(data: Path, tmp_path: Path) -> None:
    mine = write_data(tmp_path / "data")
    config = tiny_config(mine, tmp_path / "run", epochs=2)
    observer = At(2, lambda: request_stop(tmp_path / "run"))
    assert train(config, observer=observer) is RunState.STOPPED
    (mine / "Training/glioma/glioma0.png").unlink()
    with pytest.raises(RunFailedError, match="images that it began with") as failure:
        train(config, resume=True)
    assert failure.value.reason is Reason.DATA_UNREADABLE
    assert read_progress(config.checkpoint("latest")).step == 3


def fail(config: TrainConfig, reason: Reason, words: str | None, **options: Any) -> None:
    with pytest.raises(RunFailedError, match=words) as failure:
        train(config, **options)
    assert failure.value.reason is reason
    status = RunReader(Path(config.run_dir)).status()
    assert status.state is RunState.FAILED
    assert status.reason == reason
    assert status.message == str(failure.value)


def test_a_loss_that_is_not_a_number_ends_the_run(data: Path, tmp_path: Path) -> None:
    config = tiny_config(data, tmp_path, learning_rate=1e38, warmup_share=0.0, log_every=1)
    fail(config, Reason.NOT_A_NUMBER, "learning rate")
    assert not config.checkpoint("best").exists()


def test_a_validation_that_is_not_a_number_keeps_no_weights(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan = float("nan")
    judged = Validation(nan, nan, None, None, (), ())
    monkeypatch.setattr(trainer, "validate", lambda *_: (judged, ()))
    monkeypatch.setattr(trainer.Trainer, "_run_epoch", lambda *_: True)
    config = tiny_config(data, tmp_path, epochs=1)
    fail(config, Reason.NOT_A_NUMBER, "validation loss")
    assert not config.checkpoint("best").exists()
    assert not config.checkpoint("latest").exists()


def test_a_full_disk_ends_the_run_and_leaves_the_last_checkpoint(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer.Trainer, "_run_epoch", lambda *_: True)
    config = tiny_config(data, tmp_path, epochs=2)
    real, written = np.savez, []

    def savez(file: Any, **arrays: Any) -> None:
        if len(written) >= 2:  # the first epoch's best and latest went well
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(file.name)
        real(file, **arrays)

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", savez)
        fail(config, Reason.DISK_FULL, "Free some space")
    assert read_progress(config.checkpoint("latest")).epoch == 1
    assert train(config, resume=True) is RunState.FINISHED
    assert read_progress(config.checkpoint("latest")).epoch == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), Reason.OUT_OF_MEMORY),
        (ZeroDivisionError("by zero"), Reason.ERROR),
    ],
)
def test_an_error_in_an_epoch_has_its_reason(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    reason: Reason,
) -> None:
    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(trainer.Trainer, "_run_epoch", broken)
    fail(tiny_config(data, tmp_path), reason, None)
    traced = any("Traceback" in line for line in RunReader(tmp_path).tail_log())
    assert traced == (reason is Reason.ERROR)


def test_missing_data_are_the_reason(tmp_path: Path) -> None:
    config = tiny_config(tmp_path / "nowhere", tmp_path / "run")
    fail(config, Reason.DATA_UNREADABLE, "Received")


def test_patience_ends_a_run_and_a_resumed_one_stays_ended(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = iter([0.5, 0.7, 0.6, 0.6, 0.6])

    def judged(*_: Any) -> Any:
        return Validation(next(results), 1.0, None, None, ((8,),), ()), ()

    monkeypatch.setattr(trainer, "validate", judged)
    monkeypatch.setattr(trainer.Trainer, "_run_epoch", lambda *_: True)
    config = tiny_config(data, tmp_path, epochs=9, patience=2)
    assert train(config) is RunState.FINISHED
    status = RunReader(tmp_path).status()
    assert (status.epoch, status.best_epoch) == (4, 2)
    assert status.message == "Finished before the last epoch: no better epoch for 2 epochs."
    assert status.best_score == pytest.approx(0.69)
    assert train(config, resume=True) is RunState.FINISHED
    assert RunReader(tmp_path).status().epoch == 4
