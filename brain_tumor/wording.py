"""What people read of an answer: names, numbers and sentences, without markup."""

from typing import Final

from brain_tumor.model.bundle import BundleInfo

CLASS_NAMES: Final[dict[str, str]] = {
    "glioma": "Glioma",
    "meningioma": "Meningioma",
    "notumor": "No tumor",
    "pituitary": "Pituitary tumor",
}
"""Names of the classes for people, in the order of ``brain_tumor.CLASSES``."""

DISCLAIMER: Final = (
    "A demonstrator for teaching and research, not a medical device. "
    "Do not use it for diagnosis or treatment."
)

OUTSIDE: Final = "outside what the model knows"
"""The mark of a class that the network gave to an image that the gate refuses."""


def percent(probability: float) -> str:
    """Return 0..1 as whole per cent; never "0 %" or "100 %", which no network can claim."""
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")


def review_words(threshold: float) -> str:
    """Return why an answer is set aside, by the probability under which one is."""
    if threshold > 0.999:
        return "Needs review: no answer of these weights is sure enough"
    share = f"{threshold:.1%}" if threshold > 0.99 else f"{threshold:.0%}"
    return f"Needs review: below {share.replace('%', ' %')}"


def is_calibrated(temperature: float) -> bool:
    """Whether a temperature was fitted; an unfitted one is exactly 1."""
    return temperature != 1.0


def probability_name(temperature: float) -> str:
    """Return what the number beside the predicted class is called."""
    return "calibrated probability" if is_calibrated(temperature) else "score, not calibrated"


def meaning(confidence: float, temperature: float) -> str:
    """Return what the probability of the predicted class means, in plain words."""
    share = percent(confidence)
    if is_calibrated(temperature):
        number = (
            f"{share} is calibrated: of the validation images that were given such a probability, "
            "about that share were right. On scans from other sources it can be less."
        )
    else:
        number = (
            f"{share} is the network's own score. These weights have not been calibrated "
            "(temperature 1), so it may be too high or too low."
        )
    return f"{number} The four classes are all it knows: anything else is forced into one of them."


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
