"""The stages of a run: which layers learn, for which epochs, how fast."""

from dataclasses import dataclass

from brain_tumor.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class Stage:
    """Consecutive epochs with one optimizer: ``first`` to ``last``, the end excluded."""

    name: str
    first: int
    last: int
    learning_rate: float
    head_only: bool


def plan_stages(config: TrainConfig) -> list[Stage]:
    """Return one stage from scratch, two (dense layer, then everything) for ImageNet weights."""
    head = config.first_stage_epochs
    stages = [
        Stage("head", 0, head, config.head_learning_rate, head_only=True),
        Stage("all", head, config.epochs, config.learning_rate, head_only=False),
    ]
    return [stage for stage in stages if stage.last > stage.first]


def patience_is_over(stage: Stage, epoch: int, best_epoch: int | None, patience: int) -> bool:
    """Whether a stage has gone ``patience`` epochs without a better one; never for the head.

    Args:
        stage: the stage.
        epoch: epochs of the run that are done.
        best_epoch: the best of them, counted from 1.
        patience: epochs to wait, 0 for ever.
    """
    if stage.head_only or not patience:
        return False
    return epoch - max(best_epoch or 0, stage.first) >= patience
