import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from brain_tumor import CLASSES, __version__
from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.reporting.fields import FIELDS
from brain_tumor.reporting.findings import to_json
from brain_tumor.reporting.origin import SliceOrigin
from brain_tumor.wording import DISCLAIMER
from tests.fakes import fake_classifier
from tests.reporting.known import AWKWARD_NAMES, DATE, HASH, findings, scan_of, stability

WAVERING = stability(0.9, 0.25, 0.75)


def keys(record: dict[str, Any], before: str = "") -> set[str]:
    found = set()
    for name, value in record.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and name != "probabilities":
            found |= keys(value, f"{path}.")
        else:
            found.add(path)
    return found


def test_the_record_has_the_documented_keys_and_no_others() -> None:
    documented = set(FIELDS) - {"stability", "slice"}
    one = findings(stability=WAVERING, origin=SliceOrigin("axial", 1, 1))
    assert keys(one.to_dict()) == documented
    without = {name for name in FIELDS if not name.startswith(("stability.", "slice."))}
    assert keys(findings().to_dict()) == without


@pytest.mark.parametrize("label", range(4))
def test_findings_hold_the_answer_and_what_gave_it(label: int) -> None:
    classifier = fake_classifier()
    answer = classifier.classify(scan_of(label))
    one = findings(label)

    assert one.label == CLASSES[label] == answer.label
    assert np.array_equal(np.float32(one.probabilities), answer.probabilities)
    assert one.confidence == max(one.probabilities)
    assert one.crop == answer.crop.box
    assert one.review_threshold == classifier.info.review_threshold
    source = one.provenance
    assert source.weights == classifier.info.weights_hash
    assert (source.software, source.data) == (__version__, "1" * 64)
    assert (source.preprocessing, source.temperature) == ("1", 2.0)


def test_json_gives_everything_back() -> None:
    one = findings(note="Zeile\n脑 😀 \u202e", patient="=1+1", stability=WAVERING)
    record = json.loads(one.to_json())

    assert record == one.to_dict()
    assert datetime.fromisoformat(record["date"]) == DATE
    assert list(record["probabilities"]) == list(CLASSES)
    assert tuple(record["probabilities"].values()) == one.probabilities
    assert record["image"] == {"width": 256, "height": 256, "sha256": HASH}
    assert record["note"] == "Zeile\n脑 😀 \ufffd"
    assert record["disclaimer"] == DISCLAIMER
    assert record["gate"] == {"accepted": True, "reasons": []}
    assert record["review"] == {"state": "clear", "needed": False, "threshold": 0.5}
    assert record["heat_map"]["label"] == "glioma"
    assert record["stability"].pop("variants")[1] == {
        "name": "change 2",
        "label": "meningioma",
        "probabilities": {"glioma": 0.25, "meningioma": 0.75, "notumor": 0.0, "pituitary": 0.0},
    }
    assert record["stability"] == {
        "word": "wavering",
        "copies": 3,
        "agreeing": 2,
        "lowest": 0.25,
        "highest": 0.9,
    }


def test_probabilities_are_short_plain_numbers() -> None:
    one = replace(findings(), probabilities=(0.93, 0.04, 0.02, 0.01))

    assert '"glioma": 0.93,' in one.to_json()
    assert all(type(value) is float for value in findings().probabilities)


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_any_name_can_be_written(name: str) -> None:
    assert json.loads(findings(file_name=name).to_json().encode())["file_name"]


def test_a_folder_never_gets_in() -> None:
    text = findings(file_name="/home/someone/scan.png").to_json()
    assert "someone" not in text and "home" not in text


def test_infinity_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"value": float("inf")})


@pytest.mark.parametrize(
    ("probabilities", "reasons", "needed"),
    [
        ((0.5, 0.3, 0.1, 0.1), (), False),
        ((0.49, 0.31, 0.1, 0.1), (), True),
        ((0.97, 0.01, 0.01, 0.01), ("The image is in colour.",), True),
    ],
)
def test_review_is_for_the_unsure_and_for_images_with_objections(
    probabilities: tuple[float, ...], reasons: tuple[str, ...], needed: bool
) -> None:
    accepted = not reasons
    one = replace(findings(), probabilities=probabilities, accepted=accepted, reasons=reasons)
    assert one.needs_review is needed


def test_what_was_looked_at_and_how_is_recorded() -> None:
    record = findings(
        crop_moved=True,
        origin=SliceOrigin("axial", 78, 155),
        heat_label="pituitary",
        heat_style=HeatStyle("viridis", 0.4, 0.6),
    ).to_dict()

    assert record["crop"]["moved"] is True
    assert record["slice"] == {"plane": "axial", "number": 78, "count": 155}
    assert record["heat_map"] == {
        "label": "pituitary",
        "colour_map": "viridis",
        "opacity": 0.4,
        "threshold": 0.6,
        "line": 0.6,
    }


@pytest.mark.parametrize("number", [0, 156])
def test_a_slice_lies_in_its_volume(number: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 155"):
        SliceOrigin("axial", number, 155)


def test_a_heat_map_is_of_one_of_the_classes() -> None:
    with pytest.raises(ValueError, match="one of glioma"):
        findings(heat_label="astrocytoma")


def test_a_date_needs_its_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        findings(date=datetime(2026, 3, 4))


@pytest.mark.parametrize("wrong", [(1.0,), (0.5, 0.5, 0.5, 0.5), (1.5, -0.5, 0.0, 0.0), ()])
def test_probabilities_must_be_some(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        replace(findings(), probabilities=wrong)


def test_not_a_number_is_no_probability() -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        replace(findings(), probabilities=(float("nan"), 0.5, 0.5, 0.0))
