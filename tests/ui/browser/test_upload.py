"""Files that cannot be read, several files, folders, awkward names, and the last scans."""

from pathlib import Path

import pytest

from brain_tumor.ui.samples import samples
from tests.ui.browser.visit import Visit

pytestmark = pytest.mark.browser

AWKWARD = "scan <b>bold [x](y) :red[r] $x^2$ <script>alert(1)<.jpg"


@pytest.fixture
def scan() -> bytes:
    return samples()[1].path.read_bytes()


def test_an_unreadable_file_leaves_the_open_scan(visit: Visit) -> None:
    visit.open_sample("notumor")
    visit.upload(("letter.png", b"%PDF-1.7"))
    visit.page.get_by_text("This looks like a PDF").wait_for()
    visit.settle()

    assert visit.card().get_by_text("sample-notumor.jpg", exact=True).is_visible()
    assert visit.heat_map().is_visible()
    visit.photograph("unreadable", schemes=("light", "dark"))


def test_files_that_were_not_read_are_listed_beside_the_one_that_was(
    visit: Visit, scan: bytes
) -> None:
    page = visit.page
    visit.upload(
        ("good.jpg", scan), ("letter.png", b"%PDF-1.7"), ("empty.dcm", b""), ("cut.jpg", scan[:99])
    )
    visit.card().get_by_text("good.jpg", exact=True).wait_for()
    visit.answered()

    page.get_by_text("2 files were not read").click()
    page.get_by_text("1 other file was passed over").click()
    for name in ("letter.png", "empty.dcm", "cut.jpg"):
        page.get_by_text(name).wait_for()
    visit.photograph("several-problems")


def test_a_folder_is_read_as_a_whole(visit: Visit, scan: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "ward"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(scan)
    (folder / "letter.txt").write_bytes(b"Dear colleague")
    visit.page.get_by_text("A whole folder").click()
    visit.page.get_by_text("Drop a folder of scans here").wait_for()
    visit.settle()

    visit.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(folder)
    visit.card().get_by_text("good.jpg", exact=True).wait_for()
    visit.answered()

    visit.page.get_by_text("1 file was passed over").click()
    visit.page.get_by_text("ward/letter.txt").wait_for()


def test_a_file_name_is_never_markup(visit: Visit, scan: bytes) -> None:
    visit.open_scan(AWKWARD, scan)

    assert visit.page.get_by_text(AWKWARD, exact=True).count() == 2  # the card, the last scans
    assert visit.page.locator("[data-testid=stApp] b:text-is('bold')").count() == 0
    visit.photograph("awkward-name")


def test_the_last_scans_are_reopened_and_cleared(visit: Visit, scan: bytes) -> None:
    page = visit.page
    visit.open_scan("first.jpg", scan)
    first = visit.heat_map().get_attribute("src")
    visit.open_sample("notumor")
    assert visit.heat_map().get_attribute("src") != first

    page.get_by_role("button", name="Open", exact=True).last.click()
    visit.card().get_by_text("first.jpg", exact=True).wait_for()
    visit.answered()
    assert visit.heat_map().get_attribute("src") == first
    visit.photograph("history", sizes=["desktop"])

    page.get_by_role("button", name="Clear the list").click()
    page.get_by_text("Last scans").wait_for(state="detached")
    assert visit.card().get_by_text("first.jpg", exact=True).is_visible()


def test_close_forgets_the_scan(visit: Visit, scan: bytes) -> None:
    visit.open_scan("first.jpg", scan)
    visit.page.get_by_role("button", name="Close", exact=True).click()
    visit.page.get_by_text("No scan open yet").wait_for()

    assert visit.heat_map().count() == 0
