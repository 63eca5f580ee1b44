"""What the downloads hold; a browser test clicks them."""

import hashlib
import io
import json

import pytest
from PIL import Image

from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.imaging.crop import CropBox
from brain_tumor.ui import report_panel
from brain_tumor.ui.case import answered, open_case, steadied, with_crop
from brain_tumor.ui.report_panel import downloads, findings_of_case
from brain_tumor.ui.viewer import Look
from tests.fakes import fake_classifier
from tests.ui.conftest import head_png
from tests.ui.test_case import image_study, volume_study

CLASSIFIER = fake_classifier()
LOOK = Look("pituitary", HeatStyle(opacity=0.4))


def made() -> dict[str, bytes | str]:
    case = steadied(answered(open_case(image_study(3)), CLASSIFIER), CLASSIFIER)
    assert case.answer is not None
    findings = findings_of_case(case, case.answer, CLASSIFIER, "A note.", "P 7", LOOK)
    return {one.extension: one.make() for one in downloads(case, case.answer, findings)}


def test_the_page_is_a_pdf_and_the_overlay_a_picture_of_the_scans_size() -> None:
    files = made()

    assert bytes(files["pdf"]).startswith(b"%PDF-")  # type: ignore[arg-type]
    assert Image.open(io.BytesIO(files["png"])).size == (256, 256)  # type: ignore[arg-type]


def test_the_record_holds_what_was_typed_the_files_hash_and_the_stability() -> None:
    record = json.loads(made()["json"])

    assert record["label"] == "pituitary"
    assert (record["note"], record["patient"]) == ("A note.", "P 7")
    assert record["image"]["sha256"] == hashlib.sha256(head_png(3)).hexdigest()
    assert record["stability"]["copies"] == 8
    assert record["date"]
    assert record["heat_map"]["opacity"] == 0.4
    assert record["crop"]["moved"] is False


def test_the_record_says_which_slice_and_that_the_crop_was_moved() -> None:
    case = answered(with_crop(open_case(volume_study()), CropBox(10, 10, 40, 40)), CLASSIFIER)
    assert case.answer is not None and case.place is not None
    record = findings_of_case(case, case.answer, CLASSIFIER, "", "", LOOK).to_dict()

    number = case.place.index + 1
    assert record["slice"] == {"plane": "axial", "number": number, "count": case.place.count}
    assert record["crop"]["moved"] is True


def test_nothing_is_made_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    case = answered(open_case(image_study(3)), CLASSIFIER)
    assert case.answer is not None
    findings = findings_of_case(case, case.answer, CLASSIFIER, "", "", LOOK)

    def no_picture(*args: object) -> None:
        raise AssertionError

    for name in ("report_images", "overlay_png"):
        monkeypatch.setattr(report_panel, name, no_picture)
    assert len(downloads(case, case.answer, findings)) == 3
