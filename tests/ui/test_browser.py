"""The app in a real browser. Nothing here depends on which class the weights predict."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from brain_tumor.ui.samples import samples
from brain_tumor.wording import CLASS_NAMES
from tests.conftest import ROOT
from tests.ui.conftest import png

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
START_TRIES = 300
WAIT = 60_000
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium"),
    pytest.mark.skipif(
        not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="there are no weights: see the README"
    ),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of its own, with the shipped weights."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    env = {name: value for name, value in os.environ.items() if name != "BRAIN_TUMOR_MODELS"}
    with log.open("w") as output:
        server = subprocess.Popen(
            command + options, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)
    assert "Traceback" not in log.read_text()


def _wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_TRIES):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as reply:
            if reply.read() == b"ok":
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.2)
            break
    pytest.fail(f"the server did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Visit:
    """A tab with the app open, and what it asked of other hosts."""

    def __init__(self, browser: Any, address: str, shots: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(WAIT)
        self.page = self.context.new_page()
        self.shots = shots
        self.foreign: list[str] = []
        own = (address, address.replace("http", "ws", 1), "data:", "blob:")
        self.page.on(
            "request", lambda r: None if r.url.startswith(own) else self.foreign.append(r.url)
        )
        self.page.goto(address)
        self.page.get_by_text("No scan open yet").wait_for()
        self.page.get_by_text("About the model").wait_for()

    def upload(self, name: str, data: bytes) -> None:
        self.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": data}
        )

    def open_sample(self, label: str) -> None:
        name = "Pituitary" if label == "pituitary" else CLASS_NAMES[label]
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.get_by_text(f"sample-{label}.jpg", exact=True).wait_for()
        self.heat_map().wait_for()

    def heat_map(self) -> Any:
        return self.page.locator('img[alt^="Heat map of what speaks for"]')

    def settle(self) -> None:
        """Wait until the script has run and every picture is loaded."""
        self.page.wait_for_function(
            """() => document.querySelector('[data-testid=stApp]')
                     .getAttribute('data-test-script-state') === 'notRunning'
                 && [...document.images].every(one => one.complete && one.naturalWidth > 0)"""
        )

    def shot(self, name: str) -> None:
        """Save the whole page: the app scrolls inside, so the window grows to its height."""
        self.settle()
        size = self.page.viewport_size
        height = self.page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": height})
        self.settle()
        self.page.screenshot(path=self.shots / f"{name}.png")
        self.page.set_viewport_size(size)


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures of the app are put: the folder SCREENSHOTS, if it is named."""
    named = os.environ.get("SCREENSHOTS")
    folder = Path(named) if named else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(browser: Any, address: str, shots: Path) -> Iterator[Visit]:
    one = Visit(browser, address, shots, viewport=DESKTOP)
    yield one
    one.context.close()


def test_an_upload_is_answered_and_explained(visit: Visit) -> None:
    visit.upload("scan <b>bold [x](y).jpg", samples()[1].path.read_bytes())
    visit.heat_map().wait_for()
    visit.settle()

    page = visit.page
    assert page.get_by_text("scan <b>bold [x](y).jpg", exact=True).is_visible()
    assert page.get_by_text("Predicted class").is_visible()
    assert page.locator(".bt-class").inner_text() in CLASS_NAMES.values()
    assert page.locator(".js-plotly-plot .bars .point").count() == len(CLASSES)
    assert page.get_by_alt_text("crop box, the head's contour").is_visible()
    assert page.get_by_alt_text("The part of the scan inside the crop box").is_visible()
    assert visit.heat_map().evaluate("img => img.naturalWidth") > 500
    visit.shot("upload")


def test_moving_the_opacity_draws_the_heat_map_anew_and_leaves_the_rest(visit: Visit) -> None:
    visit.open_sample("glioma")
    visit.settle()
    before = visit.heat_map().get_attribute("src")
    scan = visit.page.get_by_alt_text("crop box, the head's contour").get_attribute("src")

    slider = visit.page.get_by_role("slider", name="Heat map opacity")
    slider.focus()
    slider.press("ArrowLeft")
    visit.page.wait_for_function(
        """before => document.querySelector('img[alt^="Heat map of"]')?.getAttribute('src')
                     !== before""",
        arg=before,
    )
    visit.settle()

    assert visit.page.get_by_alt_text("crop box, the head's contour").get_attribute("src") == scan


@pytest.mark.parametrize("label", CLASSES)
def test_a_sample_is_opened_by_its_button(visit: Visit, label: str) -> None:
    visit.open_sample(label)

    assert visit.heat_map().is_visible()
    assert visit.page.get_by_text(f"Filed in the data set as: {CLASS_NAMES[label]}").is_visible()
    visit.shot(f"sample-{label}")


def test_an_unreadable_file_leaves_the_open_scan(visit: Visit) -> None:
    visit.open_sample("notumor")
    visit.upload("letter.png", b"%PDF-1.7")
    visit.page.get_by_text("This looks like a PDF").wait_for()

    assert visit.page.get_by_text("sample-notumor.jpg", exact=True).is_visible()
    assert visit.heat_map().is_visible()
    visit.shot("unreadable")


def test_an_image_without_a_head_is_not_accepted(visit: Visit) -> None:
    visit.upload("grey.png", png(np.full((300, 200), 90, np.uint8)))
    visit.page.get_by_text("Do not rely on this answer").wait_for()
    visit.heat_map().wait_for()

    visit.shot("no-head")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("phone", PHONE), ("desktop", DESKTOP)])
def test_the_page_fits_the_screen(
    browser: Any, address: str, shots: Path, device: str, size: dict[str, int], scheme: str
) -> None:
    visit = Visit(browser, address, shots, viewport=size, color_scheme=scheme)
    page = visit.page
    try:
        banner = page.locator(".st-key-disclaimer").bounding_box()
        assert banner["y"] + banner["height"] < size["height"] / 3
        visit.shot(f"{device}-{scheme}-start")
        visit.open_sample("pituitary")
        visit.settle()
        background = page.get_by_test_id("stApp").evaluate(
            "app => getComputedStyle(app).backgroundColor"
        )
        assert page.get_by_test_id("stMain").evaluate("m => m.scrollWidth") <= size["width"]
        assert background == {"light": "rgb(246, 248, 250)", "dark": "rgb(18, 22, 28)"}[scheme]
        visit.shot(f"{device}-{scheme}-answer")
    finally:
        visit.context.close()


def test_the_page_asks_nothing_of_any_other_host(visit: Visit) -> None:
    visit.open_sample("glioma")
    visit.settle()

    assert visit.foreign == []
