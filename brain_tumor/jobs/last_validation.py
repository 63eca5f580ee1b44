"""What a run's last validation found: the confusion matrix and the worst mistakes."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brain_tumor import CLASSES
from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout


@dataclass(frozen=True, slots=True)
class WorstMistake:
    """A validation image that the network named wrongly and surely.

    Attributes:
        name: of the image in the data set.
        label: its class.
        predicted: the class that the network named.
        probability: of that class, 0..1, uncalibrated.
        picture: PNG of the crop under its heat map; None where the file is gone.
    """

    name: str
    label: str
    predicted: str
    probability: float
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class LastValidation:
    """The last validation of a run.

    Attributes:
        epoch: counted from 1.
        confusion: 4 rows (true class) of 4 counts (predicted class), in the order of ``CLASSES``.
        worst: the surest mistakes first.
    """

    epoch: int
    confusion: tuple[tuple[int, ...], ...]
    worst: tuple[WorstMistake, ...]


def last_validation(folder: Path) -> LastValidation | None:
    """Read a run folder's last validation; None before the first one.

    Raises:
        RunFolderError: what stands there is damaged.
    """
    path = folder / layout.VALIDATION
    if not path.is_file():
        return None
    record = layout.read_json(path)
    try:
        confusion = tuple(tuple(int(count) for count in row) for row in record["confusion"])
        if [len(row) for row in confusion] != [len(CLASSES)] * len(CLASSES):
            raise ValueError(f"a confusion matrix of {len(confusion)} rows")
        worst = tuple(_mistake(folder, one) for one in record.get("worst", ()))
        return LastValidation(int(record["epoch"]), confusion, worst)
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(
            f"{path.name} must hold a validation as the trainer writes it. Received: {path} "
            f"({error}). It is written anew after the next epoch."
        ) from error


def _mistake(folder: Path, record: dict[str, Any]) -> WorstMistake:
    label, predicted = record["label"], record["predicted"]
    if not {label, predicted} <= set(CLASSES):
        raise ValueError(f"unknown classes {label}, {predicted}")
    picture = None
    with suppress(OSError):  # the next validation may just have replaced it
        picture = (folder / layout.MISTAKES / Path(record["picture"]).name).read_bytes()
    return WorstMistake(record["name"], label, predicted, float(record["probability"]), picture)
