from dataclasses import replace

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.imaging.crop import whole_image
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Answer
from brain_tumor.ui.words import (
    CLASS_NAMES,
    Verdict,
    bullets,
    meaning,
    model_facts,
    percent,
    plain,
    probability_name,
    verdict,
)


def answer(probabilities: list[float], reasons: tuple[str, ...] = ()) -> Answer:
    return Answer(
        crop=whole_image(8, 8, ""),
        logits=np.zeros(4, np.float32),
        probabilities=np.array(probabilities, np.float32),
        maps=np.zeros((7, 7, 4), np.float32),
        features=np.zeros(4, np.float32),
        accepted=not reasons,
        reasons=reasons,
    )


def test_every_class_has_a_name_in_the_classes_order() -> None:
    assert tuple(CLASS_NAMES) == CLASSES


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "< 1 %"),
        (0.009, "< 1 %"),
        (0.01, "1 %"),
        (0.774, "77 %"),
        (0.99, "99 %"),
        (0.9901, "> 99 %"),
        (1.0, "> 99 %"),
    ],
)
def test_percent_never_claims_certainty(probability: float, words: str) -> None:
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (answer([0.8, 0.2, 0, 0]), Verdict.CLEAR),
        (answer([0.79, 0.21, 0, 0]), Verdict.UNSURE),
        (answer([0.99, 0.01, 0, 0], ("The image is in colour.",)), Verdict.REFUSED),
    ],
)
def test_verdict(one: Answer, expected: Verdict) -> None:
    # The threshold as float32 holds it: 0.8 itself is not below it.
    assert verdict(one, float(np.float32(0.8))) is expected


def test_meaning_tells_a_calibrated_number_from_a_bare_score(info: BundleInfo) -> None:
    calibrated, bare = replace(info, temperature=1.7), replace(info, temperature=1.0)

    assert "is calibrated" in meaning(calibrated, 0.9)
    assert "not been calibrated" in meaning(bare, 0.9)
    assert probability_name(calibrated) == "calibrated probability"
    assert probability_name(bare) == "score, not calibrated"
    assert meaning(info, 0.9).startswith("90 % ")


def test_plain_puts_a_backslash_before_all_punctuation_and_nothing_else() -> None:
    assert plain("a *b* :red[c] $x$ <b>\n# d é 9") == (r"a \*b\* \:red\[c\] \$x\$ \<b\> \# d é 9")


def test_bullets_are_a_list_only_for_several() -> None:
    assert bullets(["One."]) == r"One\."
    assert bullets(["One.", "Two."]) == "- One\\.\n- Two\\."


def test_model_facts_name_what_tells_models_apart(info: BundleInfo) -> None:
    facts = model_facts(info)

    assert facts["Weights (SHA-256)"] == info.weights_hash
    assert facts["Backbone"] == info.backbone
    assert facts["Temperature"] == f"{info.temperature:.3f}"
    assert facts["Preprocessing version"] == info.preprocess_version
