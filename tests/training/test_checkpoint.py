import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from brain_tumor.errors import TrainingError  # noqa: E402
from brain_tumor.training.checkpoint import (  # noqa: E402
    Progress,
    load_checkpoint,
    read_progress,
    save_checkpoint,
    write_archive,
)

PROGRESS = Progress(epoch=2, step_in_epoch=3, step=17, best_epoch=1, best_score=0.5, stage="all")


def model(units: int = 3, value: float = 1.0) -> Any:
    """What a checkpoint needs of a training model, with every variable at ``value``."""
    image = keras.Input((4,))
    x = keras.layers.Dropout(0.5, name="dropout", seed=1)(image)
    x = keras.layers.Dense(units, name="first")(x)
    network = keras.Model(image, keras.layers.BatchNormalization(name="norm")(x))
    optimizer = keras.optimizers.AdamW(use_ema=True)
    optimizer.build(network.trainable_variables)
    fake = SimpleNamespace(network_model=network, variables=network.variables, optimizer=optimizer)
    for variable in variables_of(fake):
        variable.assign(np.full(variable.shape, value).astype(variable.dtype))
    return fake


def variables_of(fake: Any) -> list[Any]:
    return [*fake.variables, *fake.optimizer.variables]


def values(fake: Any) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables_of(fake)]


def test_every_variable_comes_back(tmp_path: Path) -> None:
    saved, other = model(value=7.0), model(value=1.0)
    assert len(values(saved)) > 10  # weights, statistics, seed, step, moments, averages
    save_checkpoint(tmp_path / "sub" / "c.npz", saved, PROGRESS)
    load_checkpoint(tmp_path / "sub" / "c.npz", other)
    assert all((value == 7).all() for value in values(other))
    assert read_progress(tmp_path / "sub" / "c.npz") == PROGRESS


def test_the_next_stage_takes_weights_and_seeds_only(tmp_path: Path) -> None:
    saved, other = model(value=7.0), model(value=1.0)
    saved.network_model.trainable = False  # reorders Keras' list of variables
    save_checkpoint(tmp_path / "c.npz", saved, PROGRESS)
    load_checkpoint(tmp_path / "c.npz", other, with_optimizer=False)
    of_model = [keras.ops.convert_to_numpy(v) for v in other.variables]
    of_optimizer = [keras.ops.convert_to_numpy(v) for v in other.optimizer.variables]
    assert all((value == 7).all() for value in of_model)
    assert all((value == 1).all() for value in of_optimizer)


def test_another_networks_checkpoint_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.npz", model(units=5), PROGRESS)
    with pytest.raises(TrainingError, match="own network"):
        load_checkpoint(tmp_path / "c.npz", model())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn", b"text"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.npz"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="complete file"):
        read_progress(path)
    with pytest.raises(TrainingError, match="complete file"):
        load_checkpoint(path, model())


def test_a_torn_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    save_checkpoint(path, model(), PROGRESS)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(TrainingError, match="complete file"):
        load_checkpoint(path, model())


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.npz"
    write_archive(path, {"a": np.ones(3)})

    def full(file: Any, **arrays: Any) -> None:
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        write_archive(path, {"a": np.zeros(3)})
    with np.load(path) as archive:
        assert archive["a"].tolist() == [1, 1, 1]
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]
