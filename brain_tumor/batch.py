"""The scans of one upload, one after the other, each to a row of a table."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import cv2

from brain_tumor import CLASSES
from brain_tumor.drawing.scaling import resize, scaled_size
from brain_tumor.errors import DecodeError
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.large import one_large_at_a_time
from brain_tumor.intake.encoded import EncodedImage
from brain_tumor.intake.study import Intake, Study, objections_of, scan_of
from brain_tumor.intake.volume import Volume, slice_count, usable_planes
from brain_tumor.pipeline import Answer, Classifier, Prepared, prepare
from brain_tumor.stability import Stability, altered_copies, stability_of
from brain_tumor.stepwise import Stepwise
from brain_tumor.verdict import Verdict, verdict

THUMBNAIL_SIDE: Final = 96
"""Longest side of a row's picture in pixels: sharp at half that size."""

_THUMBNAIL_QUALITY: Final = 75


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What came of one study, or of one file that was not read. No pixels but the thumbnail.

    Attributes:
        name: of the study or the file, plain text.
        folder: where it came from, as in ``Study``.
        number: the study's place in the upload, from 0; None for a file that was not read.
        thumbnail: a WebP picture of at most ``THUMBNAIL_SIDE`` pixels; empty where none could be
            made.
        slices: of a series, which is opened to be scanned and has no answer here; else 0.
        answer: the network's, its crop without the mask; None for a series or where there is an
            error.
        verdict: how far the answer can be taken at its word; None where there is none.
        stability: what became of the answer on altered copies, once that is known.
        size: (width, height) of the decoded scan in pixels; (0, 0) where there is none.
        digest: SHA-256 of the image file in hexadecimal digits; "" where the file is not kept.
        date: when the row was made.
        seconds: what decoding and cropping took, and its share of the forward pass.
        error: why there is no answer: the rule, what was received and the remedy; else "".
    """

    name: str
    folder: str = ""
    number: int | None = None
    thumbnail: bytes = field(default=b"", repr=False)
    slices: int = 0
    answer: Answer | None = field(default=None, repr=False)
    verdict: Verdict | None = None
    stability: Stability | None = None
    size: tuple[int, int] = (0, 0)
    digest: str = ""
    date: datetime | None = None
    seconds: float = 0.0
    error: str = ""

    def __post_init__(self) -> None:
        if (self.answer is None) != (self.verdict is None):
            raise ValueError("An answer comes with its verdict, and only it.")
        if sum((bool(self.error), bool(self.slices), self.answer is not None)) != 1:
            raise ValueError("A row holds one of: an answer, a series, an error.")

    @property
    def label(self) -> str | None:
        """The most probable class; None where there is no answer."""
        return None if self.answer is None else self.answer.label

    @property
    def confidence(self) -> float | None:
        """The probability of ``label``, 0..1."""
        return None if self.answer is None else self.answer.confidence

    @property
    def probabilities(self) -> dict[str, float]:
        """The probability of each class by its name; empty where there is no answer."""
        if self.answer is None:
            return {}
        return dict(zip(CLASSES, map(float, self.answer.probabilities), strict=True))


@dataclass(frozen=True, slots=True)
class _Ready:
    """A study before its answer: what its row will hold, and what the network is to see."""

    prepared: Prepared | None = None
    thumbnail: bytes = b""
    slices: int = 0
    size: tuple[int, int] = (0, 0)
    digest: str = ""
    seconds: float = 0.0
    error: str = ""


class Batch(Stepwise[_Ready]):
    """The studies of an upload through the network, a step at a time.

    Images are decoded one after the other and dropped again: the memory does not grow with their
    number. Series are not classified: each has a page of its own.
    """

    def __init__(self, intake: Intake) -> None:
        super().__init__(len(intake.studies))
        self.studies = intake.studies
        self._rows: list[BatchRow] = []
        self._not_read = [
            BatchRow(one.name, one.folder, error=one.message)
            for one in intake.problems
            if not one.incidental
        ]

    @property
    def rows(self) -> list[BatchRow]:
        """The rows so far: of the studies in order, then of the files that were not read."""
        return [*self._rows, *self._not_read]

    def note_stability(self, number: int, stability: Stability) -> None:
        """Put what became of an answer on altered copies into its row."""
        self._rows[number] = replace(self._rows[number], stability=stability)

    def _prepare(self, index: int, side: int) -> _Ready:
        began = time.perf_counter()
        try:
            ready = _ready(self.studies[index], side)
        except DecodeError as error:
            ready = _Ready(error=str(error))
        return replace(ready, seconds=time.perf_counter() - began)

    def _finish(self, ready: Sequence[_Ready], classifier: Classifier) -> None:
        began = time.perf_counter()
        prepared = [one.prepared for one in ready if one.prepared is not None]
        answers = iter(classifier.answer(prepared))
        share = (time.perf_counter() - began) / max(1, len(prepared))
        threshold = classifier.info.review_threshold
        for one in ready:
            answer = None if one.prepared is None else next(answers)
            row = self._row(one, answer, threshold)
            self._rows.append(row if answer is None else replace(row, seconds=row.seconds + share))

    def _row(self, one: _Ready, answer: Answer | None, threshold: float) -> BatchRow:
        number = len(self._rows)
        if answer is not None:
            answer = answer.objected(objections_of(self.studies[number]))
        return BatchRow(
            name=self.studies[number].name,
            folder=self.studies[number].folder,
            number=number,
            thumbnail=one.thumbnail,
            slices=one.slices,
            answer=answer,
            verdict=_verdict(answer, threshold),
            size=one.size,
            digest=one.digest,
            date=datetime.now(UTC),
            seconds=one.seconds,
            error=one.error,
        )


class BatchStability(Stepwise[list[Prepared]]):
    """The stability of a batch's answers so far, a scan a step.

    A pass of its own, since it takes about ten times as long as the answers: those are there first,
    and whoever does not need the rest stops. Answers that are refused have none to keep stable.
    """

    batch_size = 1

    def __init__(self, batch: Batch) -> None:
        self._of = batch
        self._open = [
            (number, row.answer)
            for number, row in enumerate(batch.rows)
            if row.answer is not None and row.answer.accepted and row.stability is None
        ]
        super().__init__(len(self._open))

    def _prepare(self, index: int, side: int) -> list[Prepared]:
        number, answer = self._open[index]
        study = self._of.studies[number]
        try:
            with one_large_at_a_time(_pixels(study)):
                scan = scan_of(study)
                return altered_copies(scan, prepare(scan, side, answer.crop))
        except DecodeError:  # it could be decoded before: the memory is short now
            return []

    def _finish(self, ready: Sequence[list[Prepared]], classifier: Classifier) -> None:
        for (number, answer), copies in zip(self._open[self.done :], ready, strict=False):
            if copies:
                found = stability_of(answer, classifier.answer(copies))
                self._of.note_stability(number, found)


def _verdict(answer: Answer | None, threshold: float) -> Verdict | None:
    return None if answer is None else verdict(answer.accepted, answer.confidence, threshold)


def _ready(study: Study, side: int) -> _Ready:
    # Held until only the square is left; decoding by itself lets go while the pixels are there.
    with one_large_at_a_time(_pixels(study)):
        scan = scan_of(study)
        small, size, content = thumbnail(scan), (scan.width, scan.height), study.content
        if isinstance(content, Volume):
            slices = slice_count(content, usable_planes(content)[0])
            return _Ready(thumbnail=small, slices=slices, size=size)
        prepared = prepare(scan, side).without_mask()
    file = content.data if isinstance(content, EncodedImage) else None
    digest = "" if file is None else hashlib.sha256(file).hexdigest()
    return _Ready(prepared, small, size=size, digest=digest)


def _pixels(study: Study) -> int:
    return study.content.pixels if isinstance(study.content, EncodedImage) else 0


def thumbnail(scan: Scan) -> bytes:
    """Return a scan as a WebP picture whose longest side is ``THUMBNAIL_SIDE`` pixels."""
    small = resize(scan.pixels, *scaled_size(scan.width, scan.height, THUMBNAIL_SIDE))
    done, data = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, _THUMBNAIL_QUALITY])
    assert done  # a grey picture of a known size
    return data.tobytes()
