from pathlib import Path

import pytest

from brain_tumor.jobs import estimate, layout
from brain_tumor.jobs.estimate import (
    GIGA_MULTIPLICATIONS,
    estimate_cpu_run,
    matrix_speed,
    training_operations,
)
from brain_tumor.jobs.run_folder import RunWriter
from brain_tumor.model.backbones import BACKBONES


def make_run(folder: Path, rate: float, side: int = 224, **changes: object) -> Path:
    config = {"backbone": "ResNet152V2", "side": side, "active_blocks": None, **changes}
    with RunWriter(folder, config=config, tensorboard=False) as writer:
        writer.log_step(1, 0, images_per_second=0.01)  # it compiled
        for step in (2, 3, 4):
            writer.log_step(step, 0, images_per_second=rate)
    layout.write_json(folder / "facts.json", {"devices": changes.get("devices", ["cpu"])})
    return folder


def test_every_network_can_be_estimated() -> None:
    assert set(GIGA_MULTIPLICATIONS) == set(BACKBONES)


def test_operations_grow_with_the_area() -> None:
    whole = training_operations("ResNet152V2", 224)
    assert whole == pytest.approx(65.43e9)
    assert training_operations("ResNet152V2", 112) == pytest.approx(whole / 4)


def test_earlier_runs_know_best(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / "a", 2.0), make_run(tmp_path / "b", 8.0, side=112)]
    found = estimate_cpu_run(1000, 4, "ResNet152V2", 224, runs)
    assert found.seconds == pytest.approx(2000)  # 8 images a second at 112 are 2 at 224
    assert "From 2 earlier run(s)" in found.basis
    small = estimate_cpu_run(1000, 4, "ResNet152V2", 112, runs)
    assert small.seconds == pytest.approx(500)


def test_unlike_runs_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "matrix_speed", lambda: 2 * 65.43e9)
    empty = tmp_path / "empty"
    empty.mkdir()
    runs = [
        empty,
        make_run(tmp_path / "gpu", 900.0, devices=["gpu:0"]),
        make_run(tmp_path / "other", 9.0, backbone="VGG16"),
        make_run(tmp_path / "shallow", 9.0, active_blocks=[1, 1, 1, 1]),
    ]
    found = estimate_cpu_run(100, 2, "ResNet152V2", 224, runs)
    assert found.seconds == pytest.approx(200 / (2 * estimate.CPU_SHARE))
    assert "multiplies matrices" in found.basis


def test_the_speed_of_this_machine_is_a_speed() -> None:
    assert 1e8 < matrix_speed() < 1e15


@pytest.mark.parametrize("change", [{"backbone": "ResNet9"}, {"images": 0}, {"epochs": 0}])
def test_what_cannot_be_estimated_is_refused(change: dict) -> None:
    given = {"images": 10, "epochs": 1, "backbone": "VGG16", "side": 224} | change
    with pytest.raises(ValueError, match="known network"):
        estimate_cpu_run(**given)
