"""What this machine offers a run, told without any training framework.

GPUs by NVML, the library of NVIDIA's driver: where there is no driver there is no GPU. Processor
and memory by psutil.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import pynvml

_MEMORY_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU as its driver sees it.

    Attributes:
        uuid: what names it for good, also for CUDA_VISIBLE_DEVICES.
        name: the product's.
        driver: version of the driver.
        memory_total: bytes; None where the driver does not tell.
        memory_used: bytes that any process uses; None as above.
        use: share of the last moments in which it was working, 0..1; None as above.
    """

    uuid: str
    name: str
    driver: str
    memory_total: int | None
    memory_used: int | None
    use: float | None

    @property
    def memory_free(self) -> int | None:
        """Bytes that no process uses."""
        if self.memory_total is None or self.memory_used is None:
            return None
        return self.memory_total - self.memory_used


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run could use.

    Attributes:
        gpus: in the driver's order.
        no_gpu: why there is none, a sentence; empty where there is one.
        cores: processor cores that this process may use.
        memory_total: bytes of memory, or the container's limit if that is lower.
        memory_available: bytes that a new process could use.
    """

    gpus: tuple[Gpu, ...]
    no_gpu: str
    cores: int
    memory_total: int
    memory_available: int


def look_at_machine() -> Machine:
    """Look at GPUs, processor and memory; takes milliseconds."""
    gpus, no_gpu = look_at_gpus()
    memory = psutil.virtual_memory()
    total = min(memory.total, _container_memory())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Machine(gpus, no_gpu, cores or 1, total, min(memory.available, total))


def look_at_gpus() -> tuple[tuple[Gpu, ...], str]:
    """Return the GPUs, and where there are none a sentence that says why."""
    try:
        with _nvml():
            driver = _text(pynvml.nvmlSystemGetDriverVersion())
            handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
            gpus = tuple(_gpu(handle, driver) for handle in handles)
    except pynvml.NVMLError_LibraryNotFound:
        return (), "This machine has no NVIDIA driver, so no GPU to train on."
    except pynvml.NVMLError as error:
        return (), f"The NVIDIA driver does not answer ({error}): look at it with `nvidia-smi`."
    return gpus, "" if gpus else "The NVIDIA driver finds no GPU in this machine."


class GpuGauge:
    """Reads what the GPUs of this process are doing, for a run's metrics.

    They are those that CUDA_VISIBLE_DEVICES names by UUID or number, or all.
    """

    def __init__(self) -> None:
        gpus, _ = look_at_gpus()
        named = os.environ.get("CUDA_VISIBLE_DEVICES")
        self._uuids = tuple(
            gpu.uuid for at, gpu in enumerate(gpus) if named is None or _is_named(named, at, gpu)
        )

    def read(self) -> dict[str, float]:
        """Return ``gpu_use`` (mean, 0..1) and ``gpu_memory`` (bytes, the sum) as far as known."""
        if not self._uuids:
            return {}
        mine = [gpu for gpu in look_at_gpus()[0] if gpu.uuid in self._uuids]
        uses = [gpu.use for gpu in mine if gpu.use is not None]
        memory = [gpu.memory_used for gpu in mine if gpu.memory_used is not None]
        values: dict[str, float] = {}
        if uses:
            values["gpu_use"] = sum(uses) / len(uses)
        if memory:
            values["gpu_memory"] = float(sum(memory))
        return values


def _is_named(names: str, number: int, gpu: Gpu) -> bool:
    words = [word.strip() for word in names.split(",")]
    return any(word == str(number) or (word and gpu.uuid.startswith(word)) for word in words)


@contextmanager
def _nvml() -> Iterator[None]:
    pynvml.nvmlInit()
    try:
        yield
    finally:
        pynvml.nvmlShutdown()


def _gpu(handle: Any, driver: str) -> Gpu:
    # A part of a GPU tells no use, a GPU that shares the processor's memory no memory.
    memory = use = None
    with suppress(pynvml.NVMLError_NotSupported):
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    with suppress(pynvml.NVMLError_NotSupported):
        use = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
    return Gpu(
        uuid=_text(pynvml.nvmlDeviceGetUUID(handle)),
        name=_text(pynvml.nvmlDeviceGetName(handle)),
        driver=driver,
        memory_total=None if memory is None else int(memory.total),
        memory_used=None if memory is None else int(memory.used),
        use=use,
    )


def _text(value: str | bytes) -> str:
    """Older versions of the bindings give bytes."""
    return value.decode() if isinstance(value, bytes) else value


def _container_memory() -> int:
    """Return the container's memory limit in bytes; a very large number where there is none."""
    try:
        text = _MEMORY_LIMIT.read_text().strip()
    except OSError:
        return 2**63
    return int(text) if text.isdigit() else 2**63
