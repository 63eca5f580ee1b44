import io
import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pypdf import PageObject, PdfReader

from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.glyphs import MISSING
from brain_tumor.reporting.images import SIDE, ReportImages
from brain_tumor.reporting.origin import SliceOrigin
from brain_tumor.reporting.pdf import TITLE, report_pdf
from tests.reporting.known import AWKWARD_NAMES, HASH, findings, images, stability
from tests.test_serving_imports import run


@pytest.fixture(scope="module")
def drawn() -> ReportImages:
    return images()


def only_page(data: bytes) -> PageObject:
    reader = PdfReader(io.BytesIO(data), strict=True)
    assert len(reader.pages) == 1
    return reader.pages[0]


def words(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def text_of(one: Findings, drawn: ReportImages) -> str:
    return words(only_page(report_pdf(one, drawn)))


def lowest_text(page: PageObject) -> float:
    """How far above the paper's lower edge the lowest letter stands, in points."""
    heights: list[float] = []

    def visit(text: str, _: Any, matrix: list[float], *__: Any) -> None:
        if text.strip():
            heights.append(matrix[5])

    page.extract_text(visitor_text=visit)
    return min(heights)


def test_one_a4_page_with_all_that_it_should_say(drawn: ReportImages) -> None:
    one = findings(patient="Ward 7", note="Compare with FLAIR.", stability=stability(0.4, 0.9, 0.9))
    page = only_page(report_pdf(one, drawn))
    text = words(page)

    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    source = one.provenance
    for said in (
        TITLE,
        one.disclaimer,
        "scan.png",
        "Ward 7",
        "2026-03-04 15:06 UTC+05:30",
        "256 × 256 px",
        "Glioma",
        "Meningioma",
        "No tumor",
        "Pituitary tumor",
        "calibrated probability",
        "of the validation images",
        "Wavering: on 2 of 3 slightly altered copies",
        "Compare with FLAIR.",
        f"brain-tumor-mri {source.software}",
        source.weights,
        source.data,
        HASH,
        "Grad-CAM: Glioma",
        "not an outline of a tumor",
    ):
        assert said in text, said


def test_the_pictures_are_embedded_without_loss(drawn: ReportImages) -> None:
    found = [np.asarray(image.image) for image in only_page(report_pdf(findings(), drawn)).images]

    assert len(found) == 4  # scan, crop, overlay, legend
    for picture in (drawn.scan, drawn.square, drawn.overlay):
        assert any(np.array_equal(picture, one) for one in found)
    assert drawn.overlay.shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"probabilities": (0.7, 0.1, 0.1, 0.1)}, "No objection found"),
        ({"probabilities": (0.4, 0.3, 0.2, 0.1)}, "Needs review: below 50 %"),
        (
            {"accepted": False, "reasons": ("The image is in colour.",)},
            "Outside what the model knows: do not rely on it",
        ),
    ],
)
def test_the_review_state(drawn: ReportImages, changes: dict[str, Any], state: str) -> None:
    one = replace(findings(), **changes)
    text = text_of(one, drawn)

    states = ("No objection found", "Needs review: below", "Outside what the model knows")
    assert state in text
    assert sum(other in text for other in states) == 1
    assert all(reason in text for reason in one.reasons)


def test_bars_have_their_numbers(drawn: ReportImages) -> None:
    text = text_of(replace(findings(), probabilities=(0.615, 0.28, 0.1, 0.005)), drawn)
    assert all(number in text for number in ("62 %", "28 %", "10 %", "< 1 %"))


def test_a_note_that_fits_is_whole(drawn: ReportImages) -> None:
    note = " ".join(f"word{number}" for number in range(150))
    text = text_of(findings(note=note), drawn)

    assert note in text
    assert "Cut to fit" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "note",
    [
        "x" * 5000,
        "word " * 1000,
        "line\n" * 1000,
        "\n" * 50 + "a" + "\n" * 4900 + "b",
        "ملاحظة " * 700,
        "脑" * 5000,
        "W" * 100_000,
        "." * 5000,
        "%" * 5000 + "1",
        "صورة" + "-" * 5000,
        "́" * 5000,
    ],
    ids=[
        "one-word",
        "words",
        "lines",
        "blank",
        "arabic",
        "chinese",
        "endless",
        "dots",
        "signs",
        "dashes",
        "marks",
    ],
)
def test_a_long_note_is_cut_within_the_page_and_says_so(drawn: ReportImages, note: str) -> None:
    one = findings(note=note, file_name="n" * 500, patient="p " * 500)
    one = replace(one, reasons=("Too long a reason. " * 80,), stability=stability(*[0.1] * 9))
    page = only_page(report_pdf(one, drawn))
    text = words(page)

    assert "Cut to fit" in text or f"{MISSING} stands for what" in text
    assert one.provenance.weights in text
    assert lowest_text(page) > 20


def test_a_long_name_keeps_its_beginning_and_its_end(drawn: ReportImages) -> None:
    text = text_of(findings(file_name="patient-" + "n" * 3000 + "-slice-17.png"), drawn)
    assert "patient-" in text and "-slice-17.png" in text.replace(" ", "")


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_any_name_can_be_printed(
    drawn: ReportImages, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        page = only_page(report_pdf(findings(file_name=name, patient=name, note=name), drawn))

    assert "Glioma" in page.extract_text()
    assert not caplog.records  # fpdf2 logs the characters that a font lacks


def test_what_the_font_lacks_is_replaced_visibly_and_explained(drawn: ReportImages) -> None:
    text = text_of(findings(file_name="脑部 7.png"), drawn)

    assert f"{MISSING}{MISSING} 7.png" in text
    assert f"{MISSING} stands for what" in text
    assert "stands for what" not in text_of(findings(file_name="é Ω Ж.png"), drawn)


def test_scripts_that_the_font_has_are_printed(drawn: ReportImages) -> None:
    text = text_of(findings(note="Größe Ωμέγα Жизнь ≤ 3 mm"), drawn)
    assert "Größe Ωμέγα Жизнь ≤ 3 mm" in text

    arabic = text_of(findings(note="صورة"), drawn)
    assert MISSING not in arabic
    assert any("\u0600" <= char <= "\u06ff" or "\ufb50" <= char <= "\ufeff" for char in arabic)


def test_markup_is_text(drawn: ReportImages) -> None:
    name = "<b>x<b> **y** __z__ --a-- [l](u) {nb} $m$.png"
    text = text_of(findings(file_name=name, note=f"{name}\n# {name}"), drawn)
    assert text.count("**y** __z__ --a-- [l](u) {nb} $m$") >= 2


def test_the_file_says_nothing_of_whoever_made_it(drawn: ReportImages) -> None:
    data = report_pdf(findings(file_name="/home/jane/Jane Doe.png", patient="Jane Doe"), drawn)
    facts = PdfReader(io.BytesIO(data)).metadata

    assert facts is not None
    assert set(facts) <= {"/Title", "/Subject", "/Producer", "/CreationDate"}
    assert facts["/Title"] == TITLE
    assert facts["/CreationDate"] == "D:20260304150607+05'30'"
    assert "jane" not in str(dict(facts)).lower()
    assert b"/home/" not in data


def test_the_same_findings_give_the_same_bytes(drawn: ReportImages) -> None:
    one = findings(note="Größe", patient="p")
    assert report_pdf(one, drawn) == report_pdf(one, images())
    assert report_pdf(one, drawn) != report_pdf(replace(one, note="other"), drawn)


def test_another_class_and_an_empty_map_say_so() -> None:
    one = findings(heat_label="pituitary")
    text = text_of(one, replace(images(0), strongest=(), empty=True))
    assert "Grad-CAM: Pituitary tumor" in text
    assert "the heat map is empty" in text


def test_what_was_looked_at_and_how(drawn: ReportImages) -> None:
    style = HeatStyle("cividis", 0.4, 0.6)
    origin = SliceOrigin("sagittal", 9, 176)
    text = text_of(findings(crop_moved=True, origin=origin, heat_style=style), drawn)

    assert "sagittal 9 of 176" in text
    assert "Crop box, moved by hand" in text
    assert "line: 60 %" in text
    assert "cividis, opacity 40 %, coloured from 60 % of the strongest on" in text


def test_a_refused_image_has_no_predicted_class(drawn: ReportImages) -> None:
    text = text_of(replace(findings(), accepted=False, reasons=("No head.",)), drawn)

    assert "Predicted class" not in text and "calibrated" not in text
    assert "What the network says all the same" in text
    assert "Raw scores, outside what the model knows" in text
    assert "the model can know" in text


def test_without_a_head_the_box_is_the_whole_image(drawn: ReportImages) -> None:
    whole = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    bare = replace(drawn, found=False, box=whole, points=np.zeros((0, 2)), contours=())
    text = text_of(findings(), bare)
    assert "the whole image, as no head was found" in text
    assert "Its four extreme points" not in text


def test_nothing_is_written_and_nobody_called() -> None:
    report = run(
        "from tests.reporting.known import findings, images\n"
        "from brain_tumor.reporting.pdf import report_pdf\n"
        "from brain_tumor.reporting.archive import bundle_zip\n"
        "one = findings(note='x' * 3000)\n"
        "assert report_pdf(one, images()) and bundle_zip([one], [b'x'])\n"
    )
    assert report["events"] == []
    assert "fpdf" in report["modules"]
    assert not {"streamlit", "tensorflow", "keras"} & set(report["modules"])
