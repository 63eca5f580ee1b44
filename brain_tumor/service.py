"""Putting a bundle into service: copied, checked, tried on the sample scans, then switched to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from brain_tumor import CLASSES
from brain_tumor.errors import WeightsError
from brain_tumor.imaging.decode import decode_file
from brain_tumor.model.bundle_store import BundleStore, InService
from brain_tumor.pipeline import Answer, load_classifier

SAMPLES: Final = Path(__file__).resolve().parents[1] / "assets"

_SUM_TOLERANCE: Final = 1e-3
_SAME_TOLERANCE: Final = 1e-5


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """What a bundle says of one sample scan: its class in the data set, and the one predicted.

    ``probability`` is the calibrated one of ``predicted``, 0..1.
    """

    label: str
    predicted: str
    probability: float


@dataclass(frozen=True, slots=True)
class PutIntoService:
    """What serves now, and what it said of the sample scans before it did."""

    service: InService
    answers: tuple[SampleAnswer, ...]


def put_into_service(source: Path, store: BundleStore) -> PutIntoService:
    """Let a bundle answer from now on, once it has shown that it can.

    Until the last step the old one answers, and every step before it may fail without harm.

    Args:
        source: the bundle's folder; it is copied and may go afterwards.
        store: where it is put.

    Raises:
        WeightsError: the bundle is damaged, does not fit this code, or gives no usable answers.
    """
    with store.staged(source) as staged:
        answers = try_bundle(staged.folder)
        return PutIntoService(store.put(staged), answers)


def try_bundle(folder: Path, samples: Path = SAMPLES) -> tuple[SampleAnswer, ...]:
    """Load a bundle and let it answer for the sample scans, one of each class.

    A class that is wrong is no reason to refuse: that is for the evaluation to judge, and for
    whoever reads the answers.

    Raises:
        WeightsError: it cannot be loaded, its answers are no probabilities, or it says the same
            whatever it is shown.
    """
    paths = {label: samples / f"sample-{label}.jpg" for label in CLASSES}
    scans = {label: decode_file(path) for label, path in paths.items() if path.is_file()}
    if not scans:
        raise WeightsError(
            f"A bundle is tried on the sample scans in {samples}. There are none. Restore the "
            "assets/ folder from the repository."
        )
    try:
        tried = load_classifier(folder, "openvino", lend=False)  # its own network is on trial
        answers = tried.classify_many(list(scans.values()))
    except (RuntimeError, ValueError) as error:  # OpenVINO's, and ours on logits that are NaN
        words = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
        raise WeightsError(
            "A bundle must answer for the sample scans. This one does not "
            f"({type(error).__name__}: {words}). Train or export it again."
        ) from error
    _check(answers)
    return tuple(
        SampleAnswer(label, answer.label, answer.confidence)
        for label, answer in zip(scans, answers, strict=True)
    )


def _check(answers: list[Answer]) -> None:
    logits = np.stack([answer.logits for answer in answers])
    sums = np.array([answer.probabilities.sum() for answer in answers])
    finite = all(np.isfinite(answer.maps).all() for answer in answers)
    if not finite or np.abs(sums - 1).max() > _SUM_TOLERANCE:
        raise WeightsError(
            "A bundle must answer with probabilities and a heat map. This one gives values that "
            "are no numbers for a sample scan. Train anew, with a lower learning rate."
        )
    if len(answers) > 1 and np.ptp(logits, axis=0).max() < _SAME_TOLERANCE:
        raise WeightsError(
            "A bundle must tell scans apart. This one answers the same for all sample scans. "
            "Train for longer."
        )
