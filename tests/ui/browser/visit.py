"""A visitor's tab: what a person does with the app and what they see of it."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError

from brain_tumor.wording import CLASS_NAMES

WAIT = 30_000
"""Longest wait for a condition, in milliseconds: the first answer loads the model."""

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SIZES = {"desktop": DESKTOP, "phone": PHONE}

_IS_AT_REST = """() =>
    document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale=true]')
    && [...document.images].every(one => one.complete && one.naturalWidth > 0)"""

_TO_THE_MIDDLE = """one => new Promise(done => {
    one.scrollIntoView({block: 'center'});
    requestAnimationFrame(() => requestAnimationFrame(done));
})"""


class Visit:
    """A tab with the app open, what it asked of other hosts and what went wrong in it.

    ``path`` is that of the page in its address; "" is the first one.
    """

    def __init__(
        self, browser: Any, address: str, shots: Path, path: str = "", **options: Any
    ) -> None:
        self.context = browser.new_context(**{"viewport": DESKTOP, **options})
        self.context.set_default_timeout(WAIT)
        self.page = self.context.new_page()
        self.shots = shots
        self.foreign: list[str] = []
        self.errors: list[str] = []
        own = (address, address.replace("http", "ws", 1), "data:", "blob:")
        # Of the context, not of the page: workers and tabs that it opens count too.
        self.context.on(
            "request", lambda r: None if r.url.startswith(own) else self.foreign.append(r.url)
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{address}/{path}")
        if path:
            self.settle()
        else:
            self.page.get_by_text("No scan open yet").wait_for()
            self.page.get_by_text("About the model").wait_for()

    def close(self) -> None:
        """Close the tab; it must have met no error and have asked no other host for anything."""
        self.context.close()
        assert self.foreign == []
        assert self.errors == []

    # What a visitor does

    def upload(self, *files: tuple[str, bytes]) -> None:
        self.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
        )

    def open_scan(self, name: str, data: bytes) -> None:
        """Upload a scan that is answered, and wait for the answer and its stability."""
        self.upload((name, data))
        self.card().get_by_text(name, exact=True).wait_for()
        self.answered()

    def open_sample(self, label: str) -> None:
        name = "Pituitary" if label == "pituitary" else CLASS_NAMES[label]
        self.page.get_by_role("button", name=name, exact=True).click()
        self.card().get_by_text(f"sample-{label}.jpg", exact=True).wait_for()
        self.answered()

    def answered(self) -> None:
        self.heat_map().wait_for()
        self.stability().wait_for()
        self.settle()

    def open_tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()
        panel = self.page.get_by_role("tabpanel", name=name)
        panel.get_by_test_id("stElementContainer").first.wait_for()
        self.settle()

    def lay_out(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).click()
        self.settle()

    def choose(self, name: str, option: str | re.Pattern[str]) -> None:
        """Choose from a list by its label."""
        box = self.page.get_by_role("combobox", name=name)
        # A list closes when the page scrolls, so it is opened when that is over.
        box.evaluate(_TO_THE_MIDDLE)
        box.press("ArrowDown")
        self.page.get_by_role("option", name=option).click()

    def choose_class(self, label: str) -> None:
        self.choose("Heat map for", re.compile(f"^{CLASS_NAMES[label]}"))
        title = self.page.locator(".bt-pane-title", has_text=f"Grad-CAM: {CLASS_NAMES[label]}")
        title.wait_for()
        self.settle()

    def download(self, name: str, folder: Path) -> Path:
        """Click a download button; return the file that came, under the name it was given."""
        with self.page.expect_download() as coming:
            self.page.get_by_role("button", name=name).click()
        path = folder / coming.value.suggested_filename
        coming.value.save_as(path)
        return path

    # What a visitor sees

    def card(self) -> Any:
        """The card that names what is open."""
        return self.page.locator(".st-key-open-file")

    def heat_map(self) -> Any:
        return self.page.locator('img[alt^="Heat map of what speaks for"]')

    def scan_picture(self) -> Any:
        return self.page.get_by_alt_text("crop box, the head's contour")

    def stability(self) -> Any:
        return self.page.locator(".st-key-badges .stMarkdownBadge", has_text="altered copies")

    def predicted_class(self) -> str:
        return str(self.page.locator(".bt-class").inner_text())

    def words(self) -> str:
        """All words on the page."""
        return str(self.page.get_by_test_id("stApp").inner_text())

    def wait_for_change(self, locator: Any, attribute: str, before: str | None) -> None:
        """Wait until an attribute of a part of the page is no longer what it was."""
        element = locator.element_handle()
        self.page.wait_for_function(
            "([one, name, old]) => one.getAttribute(name) !== old", arg=[element, attribute, before]
        )

    def settle(self) -> None:
        """Wait until the script has run and every picture is loaded."""
        self.page.wait_for_function(_IS_AT_REST)

    def sideways_scroll(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(
            self.page.get_by_test_id("stMain").evaluate("one => one.scrollWidth - one.clientWidth")
        )

    def photograph(
        self,
        state: str,
        sizes: Sequence[str] = ("desktop", "phone"),
        schemes: Sequence[str] = ("light",),
    ) -> None:
        """Save the whole page at these widths and in these themes; it must fit each width."""
        before = self.page.viewport_size
        for scheme in schemes:
            self.wear(scheme)
            for size in sizes:
                self.page.set_viewport_size(SIZES[size])
                self.settle()
                self._wait_until_it_fits(state, size)
                self._save(self.shots / f"{state}-{size}-{scheme}.png", SIZES[size])
        self.page.set_viewport_size(before)
        self.wear("light")

    def _wait_until_it_fits(self, state: str, size: str) -> None:
        """Wait for charts that follow the window a moment later."""
        with contextlib.suppress(TimeoutError):
            self.page.wait_for_function(
                """() => {
                    const main = document.querySelector('[data-testid=stMain]');
                    return main.scrollWidth === main.clientWidth;
                }""",
                timeout=5000,
            )
        assert self.sideways_scroll() == 0, f"{state} is wider than a {size}"

    def wear(self, scheme: str) -> None:
        """Set the system's theme, which the app follows."""
        ground = {"light": "rgb(246, 248, 250)", "dark": "rgb(18, 22, 28)"}[scheme]
        self.page.emulate_media(color_scheme=scheme)
        self.page.wait_for_function(
            """ground => getComputedStyle(document.querySelector('[data-testid=stApp]'))
                .backgroundColor === ground""",
            arg=ground,
        )
        self.settle()

    def _save(self, path: Path, size: dict[str, int]) -> None:
        # The app scrolls inside, so the window grows to its height.
        height = self.page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        self.settle()
        self.page.screenshot(path=path)
