"""From an upload to the answer, the heat map and the report."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from brain_tumor import CLASSES
from brain_tumor.imaging.decode import decode_file
from brain_tumor.ui.samples import Sample, samples
from brain_tumor.wording import CLASS_NAMES, DISCLAIMER
from tests.ui.browser.visit import Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def sample() -> Sample:
    return samples()[1]


def test_an_upload_is_answered_and_explained(visit: Visit, sample: Sample) -> None:
    visit.open_scan("ward 7.jpg", sample.path.read_bytes())

    page = visit.page
    assert page.get_by_text("Predicted class").is_visible()
    assert visit.predicted_class() in CLASS_NAMES.values()
    assert page.locator(".st-key-probabilities .bars .point").count() == len(CLASSES)
    assert visit.scan_picture().is_visible()
    assert page.get_by_alt_text("The part of the scan inside the crop box").is_visible()
    assert visit.heat_map().evaluate("img => img.naturalWidth") > 500
    visit.photograph("answer", schemes=("dark", "light"))


@pytest.mark.parametrize("label", CLASSES)
def test_a_sample_is_opened_by_its_button(visit: Visit, label: str) -> None:
    visit.open_sample(label)

    assert visit.page.get_by_text(f"Filed in the data set as: {CLASS_NAMES[label]}").is_visible()
    visit.photograph(f"sample-{label}", sizes=["desktop"], schemes=["dark"])


class TestHeatMap:
    def test_layouts(self, visit: Visit, sample: Sample) -> None:
        visit.open_scan("scan.jpg", sample.path.read_bytes())
        page, crop = visit.page, visit.page.get_by_alt_text("The part of the scan inside")
        small = visit.heat_map().bounding_box()["width"]

        visit.lay_out("Side by side")
        crop.wait_for(state="hidden")
        assert page.get_by_alt_text("The scan", exact=True).is_visible()
        middle = visit.heat_map().bounding_box()["width"]
        visit.photograph("side-by-side")

        visit.lay_out("Large overlay")
        page.get_by_alt_text("The scan", exact=True).wait_for(state="hidden")
        large = visit.heat_map().bounding_box()["width"]
        visit.photograph("large")

        assert small < middle < large

    def test_the_pointer_reads_the_values_of_the_pixel_below_it(
        self, visit: Visit, sample: Sample
    ) -> None:
        visit.open_scan("scan.jpg", sample.path.read_bytes())
        visit.lay_out("Read values")
        figure = visit.page.locator(".st-key-values .nsewdrag")
        figure.wait_for()
        figure.hover()
        box = visit.page.locator(".st-key-values .hoverlayer .hovertext")
        box.wait_for()
        column, row, heat, grey = map(int, re.findall(r"\d+", _words(box)))
        visit.photograph("read-values")

        pixels = np.asarray(decode_file(sample.path).pixels)
        assert abs(column - pixels.shape[1] / 2) < 2
        assert abs(row - pixels.shape[0] / 2) < 2
        assert grey == pixels[row, column]
        assert 0 <= heat <= 100

    def test_another_class_is_asked_about(self, visit: Visit, sample: Sample) -> None:
        visit.open_scan("scan.jpg", sample.path.read_bytes())
        before = visit.heat_map().get_attribute("src")
        answer = visit.predicted_class()
        other = next(label for label in CLASSES if CLASS_NAMES[label] != answer)

        visit.choose_class(other)

        assert visit.heat_map().get_attribute("src") != before
        assert visit.predicted_class() == answer

    @pytest.mark.parametrize("name", ["Opacity", "Hide heat below"])
    def test_a_slider_draws_it_anew_and_leaves_the_rest(
        self, visit: Visit, sample: Sample, name: str
    ) -> None:
        visit.open_scan("scan.jpg", sample.path.read_bytes())
        before = visit.heat_map().get_attribute("src")
        scan = visit.scan_picture().get_attribute("src")

        slider = visit.page.get_by_role("slider", name=name)
        slider.focus()
        slider.press("ArrowRight")
        visit.wait_for_change(visit.heat_map(), "src", before)
        visit.settle()

        assert visit.scan_picture().get_attribute("src") == scan

    def test_other_colours_and_a_finer_map(self, visit: Visit, sample: Sample) -> None:
        visit.open_scan("scan.jpg", sample.path.read_bytes())
        page = visit.page
        before = visit.heat_map().get_attribute("src")

        visit.choose("Colours", "Viridis")
        visit.wait_for_change(visit.heat_map(), "src", before)
        coloured = visit.heat_map().get_attribute("src")
        page.get_by_text("Finer map").click()
        visit.wait_for_change(visit.heat_map(), "src", coloured)
        visit.settle()

        visit.photograph("colours-finer", sizes=["desktop"])


class TestReport:
    def test_what_is_taken_away_says_what_the_page_says(
        self, visit: Visit, sample: Sample, tmp_path: Path
    ) -> None:
        visit.open_scan("ward 7.jpg", sample.path.read_bytes())
        visit.open_tab("Report")
        _type(visit, "Note (optional)", "Compare with FLAIR.")
        _type(visit, "Patient label (optional)", "Bed 12")
        visit.photograph("report")

        record = json.loads(visit.download("Findings (JSON)", tmp_path).read_text())
        pdf = visit.download("Report (PDF)", tmp_path)
        png = visit.download("Overlay (PNG)", tmp_path)

        assert CLASS_NAMES[record["label"]] == visit.predicted_class()
        assert record["file_name"] == "ward 7.jpg"
        assert (record["note"], record["patient"]) == ("Compare with FLAIR.", "Bed 12")
        assert record["stability"]["copies"] > 1
        weights = record["provenance"]["weights"]
        assert weights in visit.words() or visit.page.get_by_text(weights).count() == 1
        text = _only_page(pdf)
        for said in ("ward 7.jpg", "Compare with FLAIR.", "Bed 12", weights, DISCLAIMER):
            assert said in text, said
        with Image.open(png) as overlay:
            assert overlay.size == (record["image"]["width"], record["image"]["height"])
            assert overlay.text["Title"].startswith(f"Grad-CAM: {visit.predicted_class()}")

    def test_the_overlay_shows_the_class_and_the_opacity_that_are_set(
        self, visit: Visit, sample: Sample, tmp_path: Path
    ) -> None:
        visit.open_scan("scan.jpg", sample.path.read_bytes())
        other = next(label for label in CLASSES if CLASS_NAMES[label] != visit.predicted_class())
        visit.choose_class(other)
        visit.open_tab("Report")

        with Image.open(visit.download("Overlay (PNG)", tmp_path)) as overlay:
            assert overlay.text["Title"].startswith(f"Grad-CAM: {CLASS_NAMES[other]}")


def _words(locator: Any) -> str:
    return " ".join(locator.text_content().split())


def _type(visit: Visit, field: str, words: str) -> None:
    place = visit.page.get_by_label(field, exact=True)
    place.fill(words)
    place.press("Control+Enter")
    visit.settle()


def _only_page(path: Path) -> str:
    reader = PdfReader(io.BytesIO(path.read_bytes()), strict=True)
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())
