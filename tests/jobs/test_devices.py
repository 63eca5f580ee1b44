import os
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from brain_tumor.jobs import devices
from brain_tumor.jobs.devices import GpuGauge, look_at_gpus, look_at_machine

GIB = 2**30


class Driver:
    """A driver with two GPUs, of which the second tells neither its use nor its memory."""

    def __init__(self) -> None:
        self.open = 0
        self.use = 87

    def install(self, patch: pytest.MonkeyPatch) -> None:
        def end() -> None:
            self.open -= 1

        def begin() -> None:
            self.open += 1

        answers: dict[str, Any] = {
            "nvmlInit": begin,
            "nvmlShutdown": end,
            "nvmlSystemGetDriverVersion": lambda: "570.1",
            "nvmlDeviceGetCount": lambda: 2,
            "nvmlDeviceGetHandleByIndex": lambda number: number,
            "nvmlDeviceGetUUID": lambda number: ("GPU-aaaa-1", "GPU-bbbb-2")[number],
            "nvmlDeviceGetName": lambda number: (b"NVIDIA H100", "NVIDIA GB10")[number],
            "nvmlDeviceGetMemoryInfo": self.memory,
            "nvmlDeviceGetUtilizationRates": self.utilisation,
        }
        for name, answer in answers.items():
            patch.setattr(pynvml, name, answer)

    def memory(self, number: int) -> Any:
        if number:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return SimpleNamespace(total=80 * GIB, used=20 * GIB, free=60 * GIB)

    def utilisation(self, number: int) -> Any:
        if number:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return SimpleNamespace(gpu=self.use, memory=3)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()
    driver.install(monkeypatch)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return driver


def test_this_machine() -> None:
    machine = look_at_machine()
    assert 1 <= machine.cores <= (os.cpu_count() or 1)
    assert 0 < machine.memory_available <= machine.memory_total
    assert bool(machine.gpus) != bool(machine.no_gpu)


def test_a_container_has_no_more_memory_than_its_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(devices, "_MEMORY_LIMIT", limit)
    whole = look_at_machine().memory_total
    limit.write_text("max\n")
    assert look_at_machine().memory_total == whole
    limit.write_text(f"{690 * 2**20}\n")
    machine = look_at_machine()
    assert machine.memory_total == 690 * 2**20
    assert machine.memory_available <= machine.memory_total


def test_gpus_as_their_driver_tells(driver: Driver) -> None:
    (first, second), why = look_at_gpus()
    assert (first.name, first.driver, first.use, why) == ("NVIDIA H100", "570.1", 0.87, "")
    assert first.memory_free == 60 * GIB
    assert (second.name, second.use, second.memory_free) == ("NVIDIA GB10", None, None)
    assert driver.open == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, "no NVIDIA driver"),
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "does not answer"),
        (pynvml.NVML_ERROR_GPU_IS_LOST, "nvidia-smi"),
    ],
)
def test_without_a_driver_there_is_no_gpu_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def refuse() -> None:
        raise pynvml.NVMLError(code)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)
    gpus, why = look_at_gpus()
    assert gpus == ()
    assert words in why
    assert GpuGauge().read() == {}


def test_a_driver_without_a_gpu(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 0)
    assert look_at_gpus() == ((), "The NVIDIA driver finds no GPU in this machine.")


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, {"gpu_use": 0.87, "gpu_memory": 20.0 * GIB}),
        ("0", {"gpu_use": 0.87, "gpu_memory": 20.0 * GIB}),
        ("GPU-aaaa-1", {"gpu_use": 0.87, "gpu_memory": 20.0 * GIB}),
        ("GPU-aaaa", {"gpu_use": 0.87, "gpu_memory": 20.0 * GIB}),
        ("1", {}),
        ("-1", {}),
        ("", {}),
    ],
)
def test_the_gauge_reads_the_gpus_of_this_process(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, visible: str | None, expected: Any
) -> None:
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    gauge = GpuGauge()
    assert gauge.read() == expected
    driver.use = 12
    assert gauge.read().get("gpu_use") == (0.12 if expected else None)
