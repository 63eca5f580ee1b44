"""Two evaluations beside each other: a bundle that might serve, and the one that does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from brain_tumor import CLASSES
from brain_tumor.evaluation.parts import ALL
from brain_tumor.wording import CLASS_NAMES

Report = Mapping[str, Any]
"""An evaluation as JSON holds it (``EvaluationReport.to_dict``)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both.

    Attributes:
        name: what it is.
        candidate: of the bundle that might serve; None where it was not measured.
        serving: of the one that serves; None as above.
        higher_is_better: whether more is better; None where neither is.
        candidate_interval: the 95 % interval where it is a share of images.
        serving_interval: the same.
        percent: whether it is a share, 0..1, to be shown as per cent.
    """

    name: str
    candidate: float | None
    serving: float | None
    higher_is_better: bool | None = True
    candidate_interval: tuple[float, float] | None = None
    serving_interval: tuple[float, float] | None = None
    percent: bool = True

    @property
    def difference(self) -> float | None:
        """What the candidate has more; None where either is missing."""
        if self.candidate is None or self.serving is None:
            return None
        return self.candidate - self.serving


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The figures, and what stands against reading them against each other.

    Attributes:
        figures: of both.
        notes: what a reader must know.
        same_images: whether both were judged on the same images; a difference says nothing
            otherwise.
    """

    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    same_images: bool = True


_OTHER_IMAGES: Final = (
    "The two were not judged on the same images, so the figures cannot be set against each other."
)
_OTHER_TRAINING: Final = (
    "The two were not compared with the same training images, so what counts as a copy differs."
)
_NOT_EVALUATED: Final = "The model in service has no evaluation beside its weights."
_ONE_SET: Final = (
    "A difference within the intervals may be chance; whoever chooses by the test images must not "
    "report them as unseen afterwards."
)


def side_by_side(candidate: Report, serving: Report | None) -> SideBySide:
    """Set the figures of two evaluations beside each other.

    Args:
        candidate: of the bundle that might serve.
        serving: of the one that serves; None where it has none.
    """
    other: Report = serving or {}
    figures: list[Figure] = []
    for part in candidate["parts"]:
        values = _both(candidate, other, _accuracy_of(part["name"]))
        figures.append(_share(f"accuracy, {part['description']}", *values))
        if part["name"] == ALL:
            figures += _whole(candidate, other)
    figures += _classes(candidate, other)
    figures += _heat(candidate, other)
    same = serving is not None and judged_alike(candidate, serving)
    return SideBySide(tuple(figures), _notes(candidate, serving), same)


def judged_alike(one: Report, other: Report) -> bool:
    """Whether two evaluations are of the same images."""
    judged = one["judged"]
    mine, theirs = one["data_hash"].get(judged), other["data_hash"].get(judged)
    return bool(judged == other["judged"] and mine == theirs)


def _whole(candidate: Report, serving: Report) -> list[Figure]:
    """Return the calibration and the review of all images."""

    def calibration(report: Report) -> Any:
        return _part(report, ALL)["classification"]["expected_calibration_error"]

    errors = _both(candidate, serving, calibration)
    error = Figure("expected calibration error", *errors, higher_is_better=False, percent=False)
    review = _share(
        "set aside for review",
        *_both(candidate, serving, lambda r: _part(r, ALL)["review"]["set_aside"]),
        higher_is_better=None,
    )
    rest = _share(
        "accuracy on the rest",
        *_both(candidate, serving, lambda r: _part(r, ALL)["review"]["accuracy_on_rest"]),
    )
    return [error, review, rest]


def _classes(candidate: Report, serving: Report) -> list[Figure]:
    return [
        _share(f"recall, {CLASS_NAMES[label].lower()}", *_both(candidate, serving, _recall_of(at)))
        for at, label in enumerate(CLASSES)
    ]


def _accuracy_of(part: str) -> Callable[[Report], Any]:
    return lambda report: _part(report, part)["classification"]["accuracy"]


def _recall_of(label: int) -> Callable[[Report], Any]:
    return lambda report: _part(report, ALL)["classification"]["classes"][label]["recall"]


def _heat(candidate: Report, serving: Report) -> list[Figure]:
    """Return where the heat maps point, on each bundle's own validation images."""

    def overall(report: Report) -> Any:
        return report["pointing"]["aligned"]["overall"]

    peak = _share(
        "heat map's peak in the tumor", *_both(candidate, serving, lambda r: overall(r)["pointing"])
    )
    inside = Figure("heat in the tumor", *_both(candidate, serving, lambda r: overall(r)["inside"]))
    return [peak, inside]


def _notes(candidate: Report, serving: Report | None) -> tuple[str, ...]:
    if serving is None:
        return (_NOT_EVALUATED,)
    notes = []
    if not judged_alike(candidate, serving):
        notes.append(_OTHER_IMAGES)
    elif candidate["data_hash"] != serving["data_hash"]:
        notes.append(_OTHER_TRAINING)
    return (*notes, _ONE_SET)


def _both(
    candidate: Report, serving: Report, of: Callable[[Report], Any]
) -> tuple[Any | None, Any | None]:
    return _maybe(candidate, of), _maybe(serving, of)


def _maybe(report: Report, of: Callable[[Report], Any]) -> Any | None:
    """Return a figure of a report; None where it, or what it is a part of, was not measured."""
    try:
        return of(report)
    except (KeyError, IndexError, TypeError):
        return None


def _share(
    name: str, candidate: Any | None, serving: Any | None, higher_is_better: bool | None = True
) -> Figure:
    """Make a figure of two ``Proportion`` records."""

    def interval(share: Any | None) -> tuple[float, float] | None:
        return None if share is None else (share["low"], share["high"])

    return Figure(
        name,
        None if candidate is None else candidate["value"],
        None if serving is None else serving["value"],
        higher_is_better,
        interval(candidate),
        interval(serving),
    )


def _part(report: Report, name: str) -> Any:
    return {part["name"]: part for part in report["parts"]}[name]
