"""How far an answer can be taken at its word."""

from enum import Enum


class Verdict(Enum):
    """How far an answer can be taken at its word."""

    REFUSED = "refused"
    """Something speaks against the image itself: ``Answer.reasons`` says what."""
    UNSURE = "unsure"
    """The probability is below the bundle's review threshold."""
    CLEAR = "clear"
    """Nothing speaks against the answer."""


def verdict(accepted: bool, confidence: float, review_threshold: float) -> Verdict:
    """Say how far an answer can be taken at its word.

    Args:
        accepted: whether nothing speaks against the image itself.
        confidence: the probability of the predicted class, 0..1.
        review_threshold: probability below which an answer needs review, 0..1.
    """
    if not accepted:
        return Verdict.REFUSED
    return Verdict.UNSURE if confidence < review_threshold else Verdict.CLEAR
