"""Every slice of a volume through the network, and what the slices say together.

The network knows single slices. That neighbours speak together for a finding is a rule of this
module, stated in ``RULE``, and no measure of the network's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from brain_tumor import CLASSES
from brain_tumor.intake.volume import Plane, Volume, slice_count, slice_of, usable_planes
from brain_tumor.pipeline import Classifier, Prepared, prepare
from brain_tumor.stepwise import Stepwise
from brain_tumor.wording import CLASS_NAMES, percent

NO_TUMOR: Final = CLASSES.index("notumor")

THRESHOLD: Final = 0.5
"""Tumor probability from which a slice speaks for a tumor: it is then likelier than none."""

MIN_RUN: Final = 2
"""Neighbouring slices that carry a finding together; a single one may be chance."""

WIDESPREAD: Final = 0.8
"""Share of the accepted slices that no tumor fills: where so many speak for one, something else
does."""

RULE: Final = (
    f"A finding is carried by {MIN_RUN} or more neighbouring slices that are accepted as brain MRI "
    f"and have a tumor probability (1 - no tumor) of at least {percent(THRESHOLD)}. "
    "A slice that is not accepted carries nothing and parts its neighbours."
)

CAUTION: Final = (
    "The network was trained on single slices well inside heads and sees no neighbours: high "
    "values near the top or the bottom of a head often mean nothing. This says where to look "
    "first; it neither finds every tumor nor outlines one."
)


@dataclass(frozen=True, slots=True)
class SliceResult:
    """What the network says of one slice.

    Attributes:
        index: the slice's place in its plane, from 0.
        probabilities: 4, in the order of ``CLASSES``, calibrated, adding up to 1.
        accepted: whether the slice is what the network knows; see ``Answer``.
        reasons: why it is not, as sentences.
    """

    index: int
    probabilities: tuple[float, ...]
    accepted: bool
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.probabilities) != len(CLASSES):
            raise ValueError(
                f"A slice has {len(CLASSES)} probabilities. Received: {self.probabilities}"
            )

    @property
    def tumor_probability(self) -> float:
        """The probability of any of the tumor classes, 0..1."""
        return 1.0 - self.probabilities[NO_TUMOR]

    @property
    def tumor_label(self) -> str:
        """The likeliest of the tumor classes."""
        return _likeliest_tumor(self.probabilities)

    @property
    def speaks_for_tumor(self) -> bool:
        """Whether it is accepted and its tumor probability reaches ``THRESHOLD``."""
        return self.accepted and self.tumor_probability >= THRESHOLD


class SeriesScan(Stepwise[Prepared]):
    """The scan of one plane of a volume, a step at a time; results are in ``results``, in order.

    Args:
        volume: the slices.
        plane: how it is cut.
        objections: what its files say against all of them, see ``intake.study.objections_of``.

    Raises:
        ValueError: the volume has no such plane, or its slices are too small to be read.
    """

    def __init__(self, volume: Volume, plane: Plane, objections: Sequence[str] = ()) -> None:
        if plane not in usable_planes(volume):
            raise ValueError(f"The plane {plane!r} of this volume cannot be read.")
        super().__init__(slice_count(volume, plane))
        self.volume = volume
        self.plane = plane
        self.objections = objections
        self.results: list[SliceResult] = []

    def _prepare(self, index: int, side: int) -> Prepared:
        return prepare(slice_of(self.volume, self.plane, index), side).without_mask()

    def _finish(self, ready: Sequence[Prepared], classifier: Classifier) -> None:
        for answer in classifier.answer(ready):
            answer = answer.objected(self.objections)
            # str gives the shortest digits that stand for the float32: 0.93, not 0.9300000071.
            probabilities = tuple(float(str(value)) for value in answer.probabilities)
            self.results.append(
                SliceResult(len(self.results), probabilities, answer.accepted, answer.reasons)
            )


@dataclass(frozen=True, slots=True)
class SliceRun:
    """Neighbouring slices that carry a finding together.

    Attributes:
        first: index of the first slice.
        last: index of the last one, included.
        peak: index of the one with the highest tumor probability, to the nearest per cent; of
            several the one nearest to the middle of the run.
        peak_probability: that probability, 0..1.
        label: the tumor class that is likeliest over the run.
    """

    first: int
    last: int
    peak: int
    peak_probability: float
    label: str


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """What the slices of a plane say together.

    Attributes:
        total: slices that were classified.
        accepted: how many of them were accepted.
        runs: what carries a finding by ``RULE``, the one with most tumor probability in all first.
        alone: indices of slices that speak for a tumor without a neighbour that does.
        highest: the accepted slice of the highest tumor probability; None where none is accepted.
        widespread: whether at least ``WIDESPREAD`` of the accepted slices speak for a tumor.
    """

    total: int
    accepted: int
    runs: tuple[SliceRun, ...]
    alone: tuple[int, ...]
    highest: SliceResult | None
    widespread: bool

    @property
    def sentence(self) -> str:
        """The same in plain words; slices are numbered from 1."""
        if self.highest is None:
            return (
                f"None of the {self.total} slices was accepted as a slice of a brain MRI that the "
                "network knows, so the series says nothing."
            )
        accepted = f"{self.accepted} of {self.total} slices were accepted."
        if not self.runs:
            said = (
                f"No {MIN_RUN} neighbours of them speak for a tumor; the highest tumor "
                f"probability is {percent(self.highest.tumor_probability)} "
                f"(slice {self.highest.index + 1})."
            )
            return " ".join((accepted, said, *self._alone()))
        first, *others = self.runs
        said = (
            f"Slices {first.first + 1} to {first.last + 1} speak for a tumor, most of all slice "
            f"{first.peak + 1} with {percent(first.peak_probability)}; of the tumor classes "
            f"{CLASS_NAMES[first.label].lower()} is the likeliest."
        )
        more = [f"Less so: slices {_listed(others)}."] if others else []
        if self.widespread:
            more.append(
                "No tumor fills so much of a head: that nearly every slice speaks for one tells "
                "more of the scanner or the sequence than of the patient."
            )
        return " ".join((accepted, said, *more, *self._alone()))

    def _alone(self) -> Iterator[str]:
        if len(self.alone) == 1:
            yield f"Slice {self.alone[0] + 1} does so alone, which does not count."
        elif self.alone:
            yield f"{len(self.alone)} slices do so alone, which does not count."


def summarise(results: Sequence[SliceResult]) -> SeriesSummary:
    """Say what slices, in order and without gaps, say together by ``RULE``."""
    runs, alone = [], []
    for speaks, group in groupby(results, key=lambda one: one.speaks_for_tumor):
        slices = list(group)
        if speaks and len(slices) >= MIN_RUN:
            runs.append(slices)
        elif speaks:
            alone += [one.index for one in slices]
    runs.sort(key=lambda slices: -sum(one.tumor_probability for one in slices))
    accepted = [one for one in results if one.accepted]
    speaking = sum(one.speaks_for_tumor for one in accepted)
    return SeriesSummary(
        total=len(results),
        accepted=len(accepted),
        runs=tuple(_run(slices) for slices in runs),
        alone=tuple(alone),
        highest=max(accepted, key=lambda one: one.tumor_probability, default=None),
        widespread=0 < WIDESPREAD * len(accepted) <= speaking,
    )


def _run(slices: Sequence[SliceResult]) -> SliceRun:
    middle = (slices[0].index + slices[-1].index) / 2
    # Probabilities that differ in the third digit say nothing; the middle of a lesion is larger.
    peak = max(slices, key=lambda one: (round(one.tumor_probability, 2), -abs(one.index - middle)))
    totals = [sum(column) for column in zip(*(one.probabilities for one in slices), strict=True)]
    return SliceRun(
        first=slices[0].index,
        last=slices[-1].index,
        peak=peak.index,
        peak_probability=peak.tumor_probability,
        label=_likeliest_tumor(totals),
    )


def _likeliest_tumor(values: Sequence[float]) -> str:
    best = max((i for i in range(len(CLASSES)) if i != NO_TUMOR), key=lambda i: values[i])
    return CLASSES[best]


def _listed(runs: Sequence[SliceRun]) -> str:
    return ", ".join(f"{run.first + 1} to {run.last + 1}" for run in runs)
