"""What an audit says, as frozen records: for the text, for JSON, and for a page."""

from dataclasses import dataclass

from brain_tumor.data.dataset import Problem


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
