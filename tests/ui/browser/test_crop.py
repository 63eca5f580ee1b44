"""The crop is moved: by a drawn box, by the handles, and back."""

from typing import Any

import pytest

from brain_tumor.imaging.decode import decode_file
from brain_tumor.ui.samples import samples
from tests.ui.browser.visit import Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def open_crop(visit: Visit) -> Visit:
    """A tab with a sample open and the editor of its crop."""
    visit.open_sample("meningioma")
    visit.open_tab("Move the crop")
    return visit


def test_a_drawn_box_becomes_the_crop_and_is_taken_back(open_crop: Visit) -> None:
    visit, page = open_crop, open_crop.page
    found, heat = _edges(visit), visit.heat_map().get_attribute("src")

    _draw(visit, (0.3, 0.25), (0.7, 0.8))
    _moved(visit).wait_for()
    visit.answered()

    scan = decode_file(next(one.path for one in samples() if one.label == "meningioma"))
    wanted = [0.3 * scan.width, 0.7 * scan.width, 0.25 * scan.height, 0.8 * scan.height]
    assert _edges(visit) == pytest.approx(wanted, abs=0.02 * scan.width)
    assert visit.heat_map().get_attribute("src") != heat
    assert page.get_by_text("Crop box (dashed), set by hand").is_visible()
    visit.photograph("crop-moved", schemes=("light", "dark"))

    page.get_by_role("button", name="Back to the crop that was found").click()
    _moved(visit).wait_for(state="detached")
    visit.answered()

    assert _edges(visit) == found
    assert visit.heat_map().get_attribute("src") == heat


def test_a_handle_moves_one_edge(open_crop: Visit) -> None:
    visit = open_crop
    found = _edges(visit)

    handle = _handles(visit)[0]
    handle.focus()
    handle.press("ArrowRight")
    _moved(visit).wait_for()
    visit.answered()

    assert _edges(visit) == [found[0] + 1, *found[1:]]


def _moved(visit: Visit) -> Any:
    return visit.page.get_by_text("Crop moved by hand")


def _handles(visit: Visit) -> list[Any]:
    return list(
        visit.page.get_by_role("tabpanel", name="Move the crop").get_by_role("slider").all()
    )


def _edges(visit: Visit) -> list[int]:
    """Left, right, upper and lower edge of the crop, as the handles say."""
    return [int(one.input_value()) for one in _handles(visit)]


def _draw(visit: Visit, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a box with the mouse between two places, told in shares of the scan."""
    plot = visit.page.get_by_role("tabpanel", name="Move the crop").locator(".nsewdrag")
    plot.scroll_into_view_if_needed()
    frame = plot.bounding_box()
    (x0, y0), (x1, y1) = (
        (frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in (start, end)
    )
    mouse = visit.page.mouse
    mouse.move(x0, y0)
    mouse.down()
    mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=4)
    mouse.move(x1, y1, steps=4)
    mouse.up()
