"""Several scans in one upload, one of which is broken: the table, its filters and downloads."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from brain_tumor.ui.batch_table import NOT_READ, ROW_HEIGHT
from brain_tumor.ui.samples import samples
from brain_tumor.wording import CLASS_NAMES
from tests.ui.browser.visit import Visit

pytestmark = pytest.mark.browser

BROKEN = "broken.png"

_LINES = """() => {
    const words = (row, role) =>
        [...row.querySelectorAll(`[role=${role}]`)].map(one => one.textContent.trim());
    const [head, ...lines] = document.querySelectorAll('[data-testid=stDataFrame] [role=row]');
    const names = head ? words(head, 'columnheader') : [];
    return lines.map(line => Object.fromEntries(
        words(line, 'gridcell').map((word, i) => [names[i], word])));
}"""


@pytest.fixture
def batch(visit: Visit) -> Visit:
    """A tab with three scans and a broken file uploaded together, all that is to be known of them
    known."""
    files = [(f"ward {one.label}.jpg", one.path.read_bytes()) for one in samples()[:3]]
    visit.upload(*files, (BROKEN, b"\x89PNG\r\n\x1a\nnothing more"))
    visit.page.get_by_text("4 files in this upload").wait_for()
    cells(visit).filter(has_text=re.compile(r", \d+ of \d+$")).nth(2).wait_for(state="attached")
    visit.page.locator(".st-key-stability-progress").wait_for(state="detached")
    visit.settle()
    return visit


def test_a_broken_file_has_a_line_of_its_own_and_stops_nothing(batch: Visit) -> None:
    lines = table(batch)

    assert [line["File"] for line in lines] == [
        *(f"ward {s.label}.jpg" for s in samples()[:3]),
        BROKEN,
    ]
    assert all(line["Class"] in CLASS_NAMES.values() for line in lines[:3])
    assert lines[3]["Review"] == NOT_READ
    assert "PNG" in lines[3]["Note"]
    batch.photograph("batch", schemes=("light", "dark"))


def test_filters_and_a_line_that_is_opened(batch: Visit) -> None:
    page = batch.page
    page.get_by_role("button", name=re.compile(f"^{re.escape(NOT_READ)}")).click()
    _wait_for_files(batch, [BROKEN])
    batch.photograph("batch-filtered", sizes=["desktop"])

    page.get_by_role("button", name=re.compile(f"^{re.escape(NOT_READ)}")).click()
    page.get_by_label("File name").fill("MENINGIOMA")
    page.get_by_label("File name").press("Enter")
    _wait_for_files(batch, ["ward meningioma.jpg"])

    _click_line(batch, 0)
    batch.card().get_by_text("ward meningioma.jpg", exact=True).wait_for()
    batch.answered()
    batch.photograph("batch-opened", sizes=["desktop"])

    page.get_by_role("button", name="All 3 scans").click()
    _wait_for_files(batch, ["ward meningioma.jpg"])
    _click_line(batch, 0)
    batch.card().get_by_text("ward meningioma.jpg", exact=True).wait_for()


def test_what_is_taken_away_holds_every_file(batch: Visit, tmp_path: Path) -> None:
    told = {line["File"]: line["Class"] for line in table(batch)}
    words = batch.download("Table (CSV)", tmp_path).read_text(encoding="utf-8-sig")
    rows = {row["file_name"]: row for row in csv.DictReader(io.StringIO(words))}
    archive = zipfile.ZipFile(batch.download("Overlays (ZIP)", tmp_path))

    assert set(rows) == set(told)
    assert rows[BROKEN]["error"]
    for name, row in rows.items():
        assert CLASS_NAMES.get(row["label"], "") == (told[name] if name != BROKEN else "")
    pictures = [name for name in archive.namelist() if name.endswith(".png")]
    assert len(pictures) == 3
    for name in pictures:
        with Image.open(io.BytesIO(archive.read(name))) as picture:
            picture.verify()
    assert archive.read("findings.csv").decode("utf-8-sig").count(BROKEN) == 1


def cells(visit: Visit) -> Any:
    """The cells of the table, which is drawn on a canvas and told to screen readers."""
    return visit.page.get_by_test_id("stDataFrame").locator("[role=gridcell]")


def table(visit: Visit) -> list[dict[str, str]]:
    """The lines that are in sight, by the heads of their columns."""
    return list(visit.page.evaluate(_LINES))


def _wait_for_files(visit: Visit, names: list[str]) -> None:
    """Wait until the table shows these files and no others."""
    visit.page.wait_for_function(
        f"names => JSON.stringify(({_LINES})().map(line => line.File)) === JSON.stringify(names)",
        arg=names,
    )
    visit.settle()


def _click_line(visit: Visit, number: int) -> None:
    """Click the name of the file in a line."""
    canvas = visit.page.get_by_test_id("stDataFrame").locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    header = 36
    visit.page.mouse.click(box["x"] + 160, box["y"] + header + (number + 0.5) * ROW_HEIGHT)
