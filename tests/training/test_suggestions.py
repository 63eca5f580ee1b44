from pathlib import Path

import pytest

from brain_tumor.training.config import TrainConfig
from brain_tumor.training.suggestions import suggested_settings

GIB = 2**30


@pytest.mark.parametrize(
    ("free", "batch"), [(80, 128), (40, 128), (39, 64), (12, 32), (8, 16), (None, 16)]
)
def test_the_batch_follows_from_the_memory(free: int | None, batch: int) -> None:
    memory = None if free is None else free * GIB
    settings = suggested_settings(memory, gpu=True, shipped=True)
    assert settings == {"weights": "shipped", "batch_size": batch}


def test_a_cpu_gets_little_to_do() -> None:
    settings = suggested_settings(None, gpu=False, shipped=False)
    assert settings["weights"] == "imagenet"
    assert settings["epochs"] < TrainConfig("", "").epochs
    quick = suggested_settings(None, gpu=False, shipped=True, quick=True)
    assert quick["side"] < 224


@pytest.mark.parametrize("gpu", [True, False])
@pytest.mark.parametrize("quick", [True, False])
def test_what_is_suggested_can_be_started(gpu: bool, quick: bool, tmp_path: Path) -> None:
    settings = suggested_settings(16 * GIB, gpu=gpu, shipped=True, quick=quick)
    assert TrainConfig.problems_of(settings) == {}
    TrainConfig(data=str(tmp_path), run_dir=str(tmp_path), **settings)
