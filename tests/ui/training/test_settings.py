import pytest

from brain_tumor.jobs.devices import Gpu
from brain_tumor.training.config import TrainConfig
from brain_tumor.ui.training.settings import defaults_for, problems_of

GPU = Gpu("GPU-1", "H100", "580", 80 * 2**30, 2 * 2**30, 0.1)


@pytest.mark.parametrize("gpu", [None, GPU])
@pytest.mark.parametrize("quick", [False, True])
def test_the_defaults_are_settings_that_a_run_takes(gpu: Gpu | None, quick: bool) -> None:
    defaults = defaults_for(gpu, shipped=True, quick=quick)

    assert problems_of(defaults) == {}
    TrainConfig(data="d", run_dir="r", **defaults)


def test_a_gpu_with_much_memory_gets_large_batches() -> None:
    assert defaults_for(GPU, True)["batch_size"] > defaults_for(None, True)["batch_size"]


def test_each_setting_is_told_what_is_wrong_with_it() -> None:
    problems = problems_of({**defaults_for(None, True), "learning_rate": 0.0, "side": 31})

    assert set(problems) == {"learning_rate", "side"}
    assert "more than 0" in problems["learning_rate"]


def test_only_the_shipped_network_starts_from_the_shipped_weights() -> None:
    settings = {**defaults_for(None, True), "backbone": "ResNet50V2"}

    assert "ResNet152V2" in problems_of(settings)["weights"]
