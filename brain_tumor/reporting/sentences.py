"""What the page and the picture both say of findings, in words."""

from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.origin import SliceOrigin
from brain_tumor.verdict import Verdict
from brain_tumor.wording import CLASS_NAMES, OUTSIDE, percent, review_words


def state_words(findings: Findings) -> str:
    """Return how far the answer can be taken at its word."""
    if findings.verdict is Verdict.REFUSED:
        return f"{OUTSIDE.capitalize()}: do not rely on it"
    if findings.verdict is Verdict.UNSURE:
        return review_words(findings.review_threshold)
    return "No objection found"


def class_words(findings: Findings, label: str) -> str:
    """Return a class's name and probability, marked where the gate refuses the image."""
    probability = dict(findings.to_dict()["probabilities"])[label]
    mark = "" if findings.accepted else f", {OUTSIDE}"
    return f"{CLASS_NAMES[label]} ({percent(probability)}{mark})"


def slice_words(origin: SliceOrigin) -> str:
    """Return which slice it is: "axial 78 of 155"."""
    return f"{origin.plane} {origin.number} of {origin.count}"


def heat_words(style: HeatStyle) -> str:
    """Return how heat is drawn: "inferno, opacity 70 %, coloured from 30 % of the strongest on"."""
    words = f"{style.colour_map}, opacity {style.opacity * 100:.0f} %"
    if style.threshold > 0:
        words += f", coloured from {style.threshold * 100:.0f} % of the strongest on"
    return words
