"""A picture that is no brain MRI gets no class, unless someone insists."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from brain_tumor.model.bundle import DEFAULT_FOLDER
from brain_tumor.wording import CLASS_NAMES
from tests.ui.browser.visit import Visit
from tests.ui.conftest import png

pytestmark = pytest.mark.browser

needs_gate = pytest.mark.skipif(
    not list(DEFAULT_FOLDER.glob("gate*.json")), reason="no gate ships with the weights"
)


@pytest.fixture(scope="module")
def photograph() -> Path:
    """A photograph of a temple, as it comes with scikit-learn."""
    datasets = pytest.importorskip("sklearn.datasets")
    return Path(datasets.__file__).parent / "images" / "china.jpg"


def test_a_photograph_gets_no_class_until_someone_insists(visit: Visit, photograph: Path) -> None:
    page = visit.page
    visit.upload(("holiday.jpg", photograph.read_bytes()))
    page.get_by_text("No answer: this is not taken for a brain MRI slice").wait_for()
    visit.settle()

    assert _answers(visit) == []
    assert page.get_by_text("the image is not taken for a brain MRI.").is_visible()
    assert page.get_by_role("tab", name="Report").count() == 0
    visit.photograph("refused", schemes=("light", "dark"))

    page.get_by_role("button", name="Show anyway").click()
    page.get_by_text("Outside what the model knows").wait_for()
    visit.answered()

    assert page.get_by_text("raw score").is_visible()
    assert page.get_by_text("Predicted class").count() == 0
    assert visit.predicted_class() in CLASS_NAMES.values()
    visit.photograph("refused-shown")


def test_who_insisted_is_asked_again_with_the_next_picture(visit: Visit, photograph: Path) -> None:
    page = visit.page
    visit.upload(("holiday.jpg", photograph.read_bytes()))
    page.get_by_role("button", name="Show anyway").click()
    visit.answered()

    visit.upload(("grey.png", png(np.full((300, 200), 90, np.uint8))))
    page.get_by_text("No answer: this is not taken for a brain MRI slice").wait_for()
    visit.settle()

    assert _answers(visit) == []
    visit.photograph("refused-blank")


@needs_gate
def test_a_grey_photograph_is_refused_too(visit: Visit, photograph: Path) -> None:
    grey = cv2.imread(str(photograph), cv2.IMREAD_GRAYSCALE)
    visit.upload(("holiday.png", png(np.asarray(grey))))
    visit.page.get_by_text("No answer: this is not taken for a brain MRI slice").wait_for()
    visit.settle()

    assert _answers(visit) == []


def _answers(visit: Visit) -> list[str]:
    """What of an answer is on the page: a class, bars, a heat map."""
    parts = {
        "class": visit.page.locator(".bt-class"),
        "probabilities": visit.page.locator(".st-key-probabilities"),
        "heat map": visit.heat_map(),
    }
    return [name for name, locator in parts.items() if locator.count() > 0]
