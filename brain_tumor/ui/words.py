"""What the app says: names, numbers and sentences, apart from where they are shown."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final

from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Answer

CLASS_NAMES: Final[dict[str, str]] = {
    "glioma": "Glioma",
    "meningioma": "Meningioma",
    "notumor": "No tumor",
    "pituitary": "Pituitary tumor",
}
"""Names of the classes for people, in the order of ``brain_tumor.CLASSES``."""

DISCLAIMER: Final = (
    "A demonstrator for teaching and research, **not a medical device**. "
    "Do not use it for diagnosis or treatment."
)

PRIVACY: Final = (
    "Held in this server's memory for your session only: not stored, not logged, not passed on. "
    "Take names off the image before you upload it."
)

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


class Verdict(Enum):
    """How far an answer can be taken at its word."""

    REFUSED = "refused"
    """Something speaks against the image itself: ``Answer.reasons`` says what."""
    UNSURE = "unsure"
    """The probability is below the bundle's review threshold."""
    CLEAR = "clear"
    """Nothing speaks against the answer."""


def verdict(answer: Answer, review_threshold: float) -> Verdict:
    """Say how far an answer can be taken at its word."""
    if not answer.accepted:
        return Verdict.REFUSED
    return Verdict.UNSURE if answer.confidence < review_threshold else Verdict.CLEAR


def percent(probability: float) -> str:
    """Return 0..1 as whole per cent; never "0 %" or "100 %", which no network can claim."""
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")


def probability_name(info: BundleInfo) -> str:
    """Return what the number beside the predicted class is called."""
    return "calibrated probability" if is_calibrated(info) else "score, not calibrated"


def is_calibrated(info: BundleInfo) -> bool:
    """Whether a temperature was fitted; an unfitted one is exactly 1."""
    return info.temperature != 1.0


def meaning(info: BundleInfo, confidence: float) -> str:
    """Return what the probability of the predicted class means, in plain words."""
    share = percent(confidence)
    if not is_calibrated(info):
        number = (
            f"{share} is the network's own score. These weights have not been calibrated "
            "(temperature 1), so it may be too high or too low."
        )
    else:
        number = (
            f"{share} is calibrated: among validation images that were given about {share}, "
            "about that share were right. On scans from other sources it can be less."
        )
    return f"{number} The four classes are all it knows: anything else is forced into one of them."


def plain(text: str) -> str:
    """Escape text for Streamlit's Markdown, so that it is shown as it is.

    CommonMark lets a backslash stand before any ASCII punctuation; this also disarms Streamlit's
    own ``:colour[...]``, ``:icon:`` and ``$latex$``. Line breaks become spaces.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def bullets(sentences: Sequence[str]) -> str:
    """Return sentences as Markdown: alone as it is, several as a list; escaped."""
    if len(sentences) == 1:
        return plain(sentences[0])
    return "\n".join(f"- {plain(sentence)}" for sentence in sentences)


def model_facts(info: BundleInfo) -> dict[str, str]:
    """Return what a reader needs to tell one model from another, by name."""
    return {
        "Backbone": info.backbone,
        "Input": f"{info.grid.side} × {info.grid.side} pixels, grey",
        "Weights (SHA-256)": info.weights_hash,
        "Preprocessing version": info.preprocess_version,
        "Temperature": f"{info.temperature:.3f}",
        "Review threshold": percent(info.review_threshold),
        "Training data (hash)": info.data_hash,
    }
