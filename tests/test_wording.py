import pytest

from brain_tumor import CLASSES
from brain_tumor.wording import CLASS_NAMES, meaning, model_facts, percent, probability_name
from tests.fakes import fake_classifier


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


def test_meaning_tells_a_calibrated_number_from_a_bare_score() -> None:
    assert "90 % is calibrated" in meaning(0.9, 1.7)
    assert "not been calibrated" in meaning(0.9, 1.0)
    assert probability_name(1.7) == "calibrated probability"
    assert probability_name(1.0) == "score, not calibrated"


def test_model_facts_name_what_tells_models_apart() -> None:
    info = fake_classifier().info
    facts = model_facts(info)

    assert facts["Weights (SHA-256)"] == info.weights_hash
    assert facts["Backbone"] == info.backbone
    assert facts["Temperature"] == f"{info.temperature:.3f}"
    assert facts["Preprocessing version"] == info.preprocess_version
