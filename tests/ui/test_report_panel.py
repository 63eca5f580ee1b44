"""What the downloads hold; a browser test clicks them."""

import hashlib
import io
import json

from PIL import Image

from brain_tumor.ui.case import answered, open_case, steadied
from brain_tumor.ui.report_panel import downloads, findings_of_case
from brain_tumor.ui.viewer import Look
from tests.fakes import fake_classifier
from tests.ui.conftest import head_png
from tests.ui.test_case import image_study

CLASSIFIER = fake_classifier()


def made() -> dict[str, bytes | str]:
    case = steadied(answered(open_case(image_study(3)), CLASSIFIER), CLASSIFIER)
    assert case.answer is not None
    findings = findings_of_case(case, case.answer, CLASSIFIER, "A note.", "P 7")
    look = Look("pituitary", 0.7)
    return {
        one.extension: one.make()
        for one in downloads(case, case.answer, CLASSIFIER, findings, look)
    }


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


def test_nothing_is_made_before_it_is_asked_for() -> None:
    case = answered(open_case(image_study(3)), CLASSIFIER)
    assert case.answer is not None
    findings = findings_of_case(case, case.answer, CLASSIFIER, "", "")

    def no_explanation(*args: object) -> None:
        raise AssertionError

    asked = fake_classifier()
    asked.explain = no_explanation  # type: ignore[method-assign, assignment]
    assert len(downloads(case, case.answer, asked, findings, Look("glioma", 0.5))) == 3
