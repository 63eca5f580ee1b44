"""A series: its slices, the scan of the whole of it, and a click on a peak."""

import re

import cv2
import numpy as np
import pytest

from brain_tumor.imaging.decode import decode_file
from brain_tumor.ui.samples import samples
from tests.intake.files import PATIENT, axial_series, make_nifti
from tests.ui.browser.visit import Visit

pytestmark = pytest.mark.browser

SIDE = 160
COUNT = 20
WITH_TUMOR = range(11, 16)
"""Slices (from 0) that a glioma is seen on; the middle one, which is opened first, is none."""


def series() -> np.ndarray:
    """A head (Z, Y, X) in RAS+ order: a tumor in some slices, no two slices alike."""
    tumor, healthy = _slice("glioma"), _slice("notumor")
    slices = [tumor if z in WITH_TUMOR else healthy for z in range(COUNT)]
    brighter = [np.clip(one * (1 + z / 100), 0, 255) for z, one in enumerate(slices)]
    return np.stack(brighter)[:, ::-1, ::-1].astype(np.uint16)


def _slice(label: str) -> np.ndarray:
    path = next(one.path for one in samples() if one.label == label)
    pixels = np.asarray(decode_file(path).pixels)
    return cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def dicom_files() -> list[tuple[str, bytes]]:
    """The series in shuffled files without an ending, with a patient's name in their tags."""
    files = axial_series(series(), **PATIENT)
    order = np.random.default_rng(0).permutation(COUNT)
    return [(f"IM{number:04}", files[z]) for number, z in enumerate(order)]


def test_a_dicom_series_is_scanned_and_a_click_on_its_peak_opens_that_slice(visit: Visit) -> None:
    page = visit.page
    visit.upload(*dicom_files())
    page.get_by_text(f"{COUNT} axial slices from {COUNT} files").wait_for()
    visit.answered()
    slider = page.get_by_role("slider", name=f"Slice, of {COUNT}")
    assert slider.input_value() == str(COUNT // 2 + 1)
    assert _named_tags(visit) == []
    middle = visit.scan_picture().get_attribute("src")

    page.get_by_role("button", name="Scan the whole series").click()
    page.get_by_text("Click a point to open its slice").wait_for()
    visit.settle()
    peak = _peak(visit)
    assert peak - 1 in WITH_TUMOR
    visit.photograph("series", schemes=("light", "dark"))

    _click_slice(visit, peak)
    page.get_by_text(f"shown: {peak}", exact=True).wait_for()
    visit.answered()

    assert slider.input_value() == str(peak)
    assert visit.scan_picture().get_attribute("src") != middle
    assert _named_tags(visit) == []
    visit.photograph("series-peak")


def test_a_finding_opens_its_peak_and_the_table_tells_of_each_slice(visit: Visit) -> None:
    page = visit.page
    visit.upload(("head.nii", make_nifti(np.ascontiguousarray(series().T))))
    visit.answered()
    page.get_by_role("button", name="Scan the whole series").click()
    page.get_by_text("Click a point to open its slice").wait_for()

    page.get_by_role("button", name=re.compile(r"peak \d+")).first.click()

    page.get_by_text(f"shown: {_peak(visit)}", exact=True).wait_for()
    page.get_by_text("All slices as a table").click()
    page.get_by_test_id("stDataFrame").wait_for()
    visit.photograph("series-table")


def test_a_scan_of_the_series_is_cancelled_and_goes_on_where_it_was(visit: Visit) -> None:
    page = visit.page
    visit.upload(("head.nii", make_nifti(np.tile(np.ascontiguousarray(series().T), (1, 1, 8)))))
    visit.answered()
    page.get_by_role("button", name="Scan the whole series").click()
    page.get_by_role("button", name="Cancel").click()

    stopped = page.get_by_text(re.compile(rf"Stopped after \d+ of {8 * COUNT} slices"))
    stopped.wait_for()
    visit.photograph("series-cancelled")
    page.get_by_role("button", name="Go on").click()
    stopped.wait_for(state="hidden")
    page.get_by_role("button", name="Cancel").or_(
        page.get_by_text("Click a point")
    ).first.wait_for()


def _peak(visit: Visit) -> int:
    """The number of the slice that the first finding peaks at, as its button says."""
    button = visit.page.get_by_role("button", name=re.compile(r"peak \d+")).first
    return int(re.search(r"peak (\d+)", button.inner_text()).group(1))


def _click_slice(visit: Visit, number: int) -> None:
    """Click the point of a slice in the chart, found by where the ticks of its axis are."""
    chart = visit.page.locator(".st-key-series .js-plotly-plot")
    chart.scroll_into_view_if_needed()
    x, y = chart.evaluate(
        """(plot, number) => {
            const {xaxis, yaxis} = plot._fullLayout;
            const trace = plot._fullData.find(one => one.customdata?.includes(number));
            const value = trace.y[Array.from(trace.x).indexOf(number)];
            const frame = plot.getBoundingClientRect();
            return [frame.left + xaxis._offset + xaxis.l2p(number),
                    frame.top + yaxis._offset + yaxis.l2p(value)];
        }""",
        number,
    )
    visit.page.mouse.move(x, y)
    visit.page.locator(".st-key-series .hoverlayer .hovertext").wait_for()
    visit.page.mouse.click(x, y)


def _named_tags(visit: Visit) -> list[str]:
    """Tags that name a person or a place and whose value stands on the page."""
    words = visit.words()
    return [tag for tag, value in PATIENT.items() if value in words]
