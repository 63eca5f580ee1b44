"""What one training run is asked to do."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from brain_tumor.errors import TrainingError
from brain_tumor.jobs.layout import CONFIG, read_json
from brain_tumor.model.backbones import SHIPPED_BACKBONE

WEIGHTS_CHOICES: Final = ("imagenet", "shipped", "none")
PRECISIONS: Final = ("auto", "float32", "bfloat16", "float16")


def _between(low: float, high: float) -> Callable[[float], bool]:
    return lambda value: low <= value <= high


def _from_under(low: float, high: float) -> Callable[[float], bool]:
    return lambda value: low <= value < high


def _above_under(low: float, high: float) -> Callable[[float], bool]:
    return lambda value: low < value < high


def _obeys(rule: Callable[[Any], bool], value: Any) -> bool:
    """Whether a value obeys a rule; a value of another kind obeys none."""
    try:
        return rule(value)
    except TypeError:
        return False


_POSITIVE: Final = ("epochs", "batch_size", "learning_rate", "head_learning_rate", "log_every")
_SHARES: Final = ("warmup_share", "label_smoothing", "dropout", "ema_momentum")
_AMOUNTS: Final = ("weight_decay", "augment", "mask_weight", "patience")
_RULES: Final[tuple[tuple[str, Callable[[Any], bool], str], ...]] = (
    *((name, _above_under(0, math.inf), "more than 0 and finite") for name in _POSITIVE),
    ("side", _between(32, 1024), "32 to 1024 pixels"),
    *((name, _from_under(0, 1), "at least 0 and under 1") for name in _SHARES),
    *((name, _from_under(0, math.inf), "at least 0 and finite") for name in _AMOUNTS),
    ("seed", _between(0, 2**32 - 1), "0 to 4294967295"),
    ("validation_fraction", _above_under(0, 0.5), "between 0 and 0.5"),
    ("precision", PRECISIONS.__contains__, f"one of {', '.join(PRECISIONS)}"),
)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a run; checked on creation, written to the run folder as JSON.

    ``weights`` is one of ``WEIGHTS_CHOICES`` or the path of a weights file. ``active_blocks``, for
    ResNets, names how many residual blocks of each stage take part (None: all). ``mask_weight``
    scales the loss that draws the class activation map into the tumour's outline; 0 ignores the
    outlines. ``validation_list`` names a file of validation images that overrides the seeded split.
    ``leave_out_leaks`` leaves out the images that have a near-duplicate in ``Testing``.
    """

    data: str
    run_dir: str
    backbone: str = SHIPPED_BACKBONE
    weights: str = "imagenet"
    active_blocks: tuple[int, ...] | None = None
    side: int = 224  # as imaging.preprocess.INPUT_SIDE, which would import OpenCV for --help
    epochs: int = 20
    head_epochs: int | None = None
    batch_size: int = 32
    learning_rate: float = 3e-4
    head_learning_rate: float = 1e-3
    warmup_share: float = 0.1
    weight_decay: float = 0.05
    ema_momentum: float = 0.99
    label_smoothing: float = 0.05
    dropout: float = 0.2
    class_weights: bool = True
    augment: float = 1.0
    mask_weight: float = 0.5
    patience: int = 6
    precision: str = "auto"
    validation_fraction: float = 0.1
    validation_list: str | None = None
    leave_out_leaks: bool = False
    seed: int = 0
    log_every: int = 10

    def __post_init__(self) -> None:
        for name, reason in self._problems():
            raise TrainingError(f"{name} {reason}")

    def _problems(self) -> Iterator[tuple[str, str]]:
        """Yield the settings that break a rule: name, and the rule with what was received."""
        for name, holds, rule in _RULES:
            if not _obeys(holds, getattr(self, name)):
                yield name, f"must be {rule}. Received: {getattr(self, name)}"
        if self.head_epochs is not None and not 0 <= self.head_epochs <= self.epochs:
            yield "head_epochs", f"must be 0 to epochs. Received: {self.head_epochs}"

    @classmethod
    def problems_of(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Return every setting that breaks a rule with the reason, to be shown beside its field.

        Args:
            values: settings by name; those that are left out have their defaults.
        """
        unchecked = object.__new__(cls)
        for field in fields(cls):
            default = "" if field.default is MISSING else field.default
            object.__setattr__(unchecked, field.name, values.get(field.name, default))
        return dict(unchecked._problems())

    @property
    def first_stage_epochs(self) -> int:
        """Epochs that train the dense layer alone: some for ImageNet weights, else none."""
        if self.head_epochs is not None:
            return self.head_epochs
        return max(1, self.epochs // 10) if self.weights == "imagenet" else 0

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready mapping."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrainConfig":
        """Rebuild from ``to_dict``; unknown keys are refused by name."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise TrainingError(
                f"This version does not know the setting(s) {', '.join(unknown)} "
                "of the run's config.json. Train with the version that wrote it."
            )
        blocks = values.get("active_blocks")
        return cls(**{**values, "active_blocks": tuple(blocks) if blocks else None})

    @classmethod
    def of_run(cls, run_dir: Path, data: str | None = None) -> "TrainConfig":
        """Read the settings of a run that is to be resumed, wherever its folder lies now.

        Args:
            run_dir: the run folder.
            data: the data folder, where it is no longer the run's own.

        Raises:
            RunFolderError: the folder holds no readable settings.
            TrainingError: the settings are not this version's.
        """
        values = {**read_json(run_dir / CONFIG), "run_dir": str(run_dir)}
        try:
            return cls.from_dict(values if data is None else {**values, "data": data})
        except TypeError as error:
            raise TrainingError(
                f"The run's {CONFIG} must hold the settings as they were written. {run_dir} has "
                f"others ({error}). Start a new run."
            ) from error

    def checkpoint(self, name: str) -> Path:
        """Return the path of a checkpoint file in the run folder."""
        return Path(self.run_dir) / "checkpoints" / f"{name}.npz"

    def refuse_used_folder(self) -> None:
        """Refuse to train over the checkpoints of another run.

        Raises:
            TrainingError: the run folder holds checkpoints.
        """
        if self.checkpoint("latest").exists():
            raise TrainingError(
                f"A new run needs a folder of its own. {self.run_dir} holds a run already: "
                "add --resume to go on with it, or name another folder."
            )
