"""What an audit says, as frozen records: for the text, for JSON, and for a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from brain_tumor.data.dataset import Problem
from brain_tumor.errors import DatasetError


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many images one class has in one split."""

    split: str
    label: str
    images: int
    masks: int


@dataclass(frozen=True, slots=True)
class SizeCount:
    """How many images have this size in pixels."""

    width: int
    height: int
    images: int


@dataclass(frozen=True, slots=True)
class FormatCount:
    """How many files have this format and colour mode (Pillow's names)."""

    format: str
    mode: str
    images: int


@dataclass(frozen=True, slots=True)
class Group:
    """Images that are copies of one another: names sorted, with the splits and classes met."""

    names: tuple[str, ...]
    splits: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """Groups of two images or more, counted by where their members stand.

    ``within`` has (split, groups, images) for the groups that stay in one split.
    """

    groups: int
    images: int
    within: tuple[tuple[str, int, int], ...]
    across_splits: int
    across_labels: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two near-duplicates with different labels."""

    first: str
    second: str
    cosine: float
    orientation: str


@dataclass(frozen=True, slots=True)
class Leak:
    """Test images of one class ("all" for every class) with a near-duplicate in training.

    ``unflipped`` counts copies that lie as they are in training, ``any_orientation`` those that
    are mirrored, flipped or turned as well.
    """

    label: str
    cosine: float
    images: int
    unflipped: int
    any_orientation: int


@dataclass(frozen=True)
class AuditReport:
    """All findings; ``dataclasses.asdict`` makes it JSON."""

    root: str
    package_version: str
    command: str
    data_sha256: str
    threshold: float
    images: int
    counts: tuple[ClassCount, ...]
    sizes: tuple[SizeCount, ...]
    formats: tuple[FormatCount, ...]
    misplaced: tuple[Problem, ...]
    damaged: tuple[Problem, ...]
    exact: GroupSummary
    near: GroupSummary
    pairs_by_orientation: tuple[tuple[str, int], ...]
    disagreements: tuple[Disagreement, ...]
    leaks: tuple[Leak, ...]
    leaked: tuple[str, ...]
    """Images to learn from that have a near-duplicate in ``Testing``: ``leave_out_leaks`` in
    ``training.config`` leaves them out."""
    exact_groups: tuple[Group, ...]
    near_groups: tuple[Group, ...]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "AuditReport":
        """Rebuild a report from what ``dataclasses.asdict`` and JSON made of it.

        Raises:
            DatasetError: it is no report of this version.
        """
        try:
            return cls(**{name: _REBUILD.get(name, _same)(value) for name, value in values.items()})
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise DatasetError(
                f"An audit's report must be one of this version. Received: another ({error}). "
                "Audit the data folder again."
            ) from error


def _same(value: Any) -> Any:
    return value


def _each(kind: Callable[..., Any]) -> Callable[[list[dict[str, Any]]], tuple[Any, ...]]:
    return lambda found: tuple(kind(**one) for one in found)


def _group(names: list[str], splits: list[str], labels: list[str]) -> Group:
    return Group(tuple(names), tuple(splits), tuple(labels))


def _summary(values: dict[str, Any]) -> GroupSummary:
    within = tuple((split, groups, images) for split, groups, images in values["within"])
    return GroupSummary(**{**values, "within": within})


_REBUILD: Final[dict[str, Callable[[Any], Any]]] = {
    "counts": _each(ClassCount),
    "sizes": _each(SizeCount),
    "formats": _each(FormatCount),
    "misplaced": _each(Problem),
    "damaged": _each(Problem),
    "exact": _summary,
    "near": _summary,
    "pairs_by_orientation": lambda pairs: tuple((name, count) for name, count in pairs),
    "disagreements": _each(Disagreement),
    "leaks": _each(Leak),
    "leaked": tuple,
    "exact_groups": _each(_group),
    "near_groups": _each(_group),
}
