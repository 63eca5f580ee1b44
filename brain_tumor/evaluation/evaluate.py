"""Judge a bundle on a data set: how often it is right, how sure, where it looks, what int8 costs.

The public test split leaks: two of three test images have a copy in the training images, as they
are or mirrored. So accuracy is given for the whole split and for what is left without copies.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from brain_tumor.data.dataset import TESTING, TRAINING, Dataset, Item, fingerprint, read_dataset
from brain_tumor.errors import EngineError, WeightsError
from brain_tumor.evaluation.comparison import accuracy_with_interval, agreement, mcnemar
from brain_tumor.evaluation.float32 import Float32Engine
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.parts import Judged, judge_parts
from brain_tumor.evaluation.pointing import measure_pointing
from brain_tumor.evaluation.report import EvaluationReport, Pointing, Quantisation, Rejection
from brain_tumor.evaluation.stability import Held, hold, stability_report, validation_report
from brain_tumor.evaluation.survey import Survey, crop_statistics, survey
from brain_tumor.evaluation.versions import versions
from brain_tumor.model.bundle import Bundle, BundleInfo
from brain_tumor.model.engine import Engine
from brain_tumor.pipeline import BATCH, Answer, Classifier, Prepared

INDEPENDENCE_NOTE: Final = (
    "The intervals are Wilson 95 % intervals. They take the images as independent, which they are "
    "not: slices of one patient are alike, so the true intervals are wider."
)
UNSPLIT: Final = "all"
"""What a data folder without Training and Testing is called in the report."""

Notify = Callable[[str, int, int], object]
"""Progress: (stage, done, total)."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One judged image: its label's index in ``CLASSES`` and its calibrated probabilities."""

    name: str
    label: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The report, and the answers that it was reckoned from."""

    report: EvaluationReport
    predictions: tuple[Prediction, ...]


def run_evaluation(
    root: Path,
    classifier: Classifier,
    *,
    command: str = "",
    float32: Callable[[Bundle], Engine] | None = Float32Engine,
    notify: Notify | None = None,
) -> Evaluation:
    """Evaluate a classifier on a data folder.

    Judged is the ``Testing`` split, or a folder of class folders without splits. What the folder
    or the machine lacks is left out, and a note in the report says so.

    Args:
        root: the data folder.
        classifier: a bundle in an engine.
        command: recorded in the report.
        float32: makes the engine that int8 is compared with; None leaves the comparison out.
        notify: told of the progress.

    Raises:
        DatasetError: the folder holds no readable image, or an outline cannot be read.
    """
    tell = notify or (lambda stage, done, total: None)
    notes = [INDEPENDENCE_NOTE]
    info = classifier.info
    dataset = read_dataset(root)
    split = _judged_split(dataset, notes)
    seen = _survey(dataset, split, info.grid.side, notes, tell)
    judged = Judged.of(seen, _classify(classifier, list(seen.prepared.values()), "classify", tell))
    threshold = info.review_threshold
    parts, part_notes = judge_parts(judged, seen, info.temperature, threshold)
    notes += part_notes
    validation = _validation_items(info, seen.items, notes)
    pointing = _pointing(classifier, validation, notes, tell)
    quantisation = _quantisation(classifier, float32, judged, notes, tell)
    report = EvaluationReport(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        versions=versions(),
        engine=classifier.engine.name,
        weights_hash=info.weights_hash,
        data_hash={name or UNSPLIT: fingerprint(items) for name, items in _splits(dataset).items()},
        images={name or UNSPLIT: len(items) for name, items in _splits(dataset).items()},
        judged=UNSPLIT if split == "" else split,
        temperature=info.temperature,
        parts=parts,
        stability=stability_report(_hold(classifier, judged.items, "hold", tell), threshold),
        validation=validation_report(_hold(classifier, validation, "validate", tell), info),
        rejection=_rejection(judged.answers),
        crops=crop_statistics(seen),
        pointing=pointing,
        quantisation=quantisation,
        notes=tuple(notes),
    )
    predictions = zip(judged.items, judged.answers, strict=True)
    return Evaluation(report, tuple(_prediction(item, answer) for item, answer in predictions))


def _splits(dataset: Dataset) -> dict[str, tuple[Item, ...]]:
    found = {name: dataset.split(name) for name in (TESTING, TRAINING, "")}
    return {name: items for name, items in found.items() if items}


def _judged_split(dataset: Dataset, notes: list[str]) -> str | None:
    """Return the split to judge; None where there are training images only."""
    if dataset.split(TESTING):
        return TESTING
    if dataset.split(""):
        notes.append("The folder has no Training and Testing: all of its images are judged.")
        return ""
    notes.append(
        "There is no Testing folder: no accuracy is given, for the network may have "
        "learned the images of Training."
    )
    return None


def _survey(
    dataset: Dataset, split: str | None, side: int, notes: list[str], tell: Notify
) -> Survey:
    judged = {item.name for item in (() if split is None else dataset.split(split))}
    step = _counter(tell, "read", len(dataset.items))
    seen = survey(dataset.items, side, judged, step)
    if seen.damaged:
        notes.append(f"Images that cannot be read, and are left out: {len(seen.damaged)}.")
    if judged and not seen.prepared:
        notes.append("None of the images to be judged can be read: no accuracy is given.")
    return seen


def _classify(
    classifier: Classifier, prepared: Sequence[Prepared], stage: str, tell: Notify
) -> list[Answer]:
    answers: list[Answer] = []
    while len(answers) < len(prepared):
        answers += classifier.answer(prepared[len(answers) : len(answers) + BATCH])
        tell(stage, len(answers), len(prepared))
    return answers


def _rejection(answers: Sequence[Answer]) -> Rejection | None:
    if not answers:
        return None
    rejected = sum(not answer.accepted for answer in answers)
    reasons = Counter(reason for answer in answers for reason in answer.reasons)
    return Rejection(Proportion.of(rejected, len(answers)), dict(sorted(reasons.items())))


def _validation_items(info: BundleInfo, items: Sequence[Item], notes: list[str]) -> list[Item]:
    """Return the readable images that the bundle names as those that chose its weights."""
    names = set(info.training.get("validation_images", ()))
    found = [item for item in items if item.name in names and item.split != TESTING]
    if len(found) < len(names):
        notes.append(
            f"{len(names) - len(found)} of the {len(names)} validation images that the "
            "weights name are not in the data folder."
        )
    if not found:
        why = "are in the data folder" if names else "are named in the bundle"
        notes.append(
            f"How the review threshold was chosen is not shown: no validation images {why}."
        )
    return found


def _hold(classifier: Classifier, items: Sequence[Item], stage: str, tell: Notify) -> list[Held]:
    return hold(classifier, items, _counter(tell, stage, len(items)))


def _pointing(
    classifier: Classifier, validation: Sequence[Item], notes: list[str], tell: Notify
) -> Pointing | None:
    outlined = [item for item in validation if item.mask is not None]
    if not outlined:
        notes.append(
            "The heat maps are not measured: there are no validation images with outlines."
        )
        return None
    return measure_pointing(classifier, outlined, _counter(tell, "point", len(outlined)))


def _quantisation(
    classifier: Classifier,
    float32: Callable[[Bundle], Engine] | None,
    judged: Judged,
    notes: list[str],
    tell: Notify,
) -> Quantisation | None:
    if not judged.items:
        return None
    if classifier.engine.name == "keras":
        notes.append("int8 is not compared with float32: the keras engine is float32 itself.")
        return None
    if float32 is None:
        notes.append("int8 is not compared with float32: it was not asked for.")
        return None
    tell("float32", 0, len(judged.items))
    try:
        reference = Classifier(classifier.bundle, float32(classifier.bundle))
    except (EngineError, WeightsError) as error:
        notes.append(f"int8 is not compared with float32. {error}")
        return None
    answers = _classify(reference, judged.prepared, "float32", tell)
    int8 = judged.logits.argmax(axis=1)
    exact = np.array([answer.logits for answer in answers]).argmax(axis=1)
    return Quantisation(
        agreement=agreement(int8, exact),
        int8=accuracy_with_interval(int8, judged.labels),
        float32=accuracy_with_interval(exact, judged.labels),
        mcnemar=mcnemar(int8 == judged.labels, exact == judged.labels),
    )


def _prediction(item: Item, answer: Answer) -> Prediction:
    return Prediction(item.name, item.label, tuple(float(p) for p in answer.probabilities))


def _counter(tell: Notify, stage: str, total: int) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        tell(stage, done, total)

    return step
