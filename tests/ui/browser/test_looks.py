"""The page fits screens, follows the system's theme, and can be read and used by everyone."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from brain_tumor.ui.evidence import CROP, REPORT, STABILITY
from tests.ui.browser.visit import SIZES, Visit

pytestmark = pytest.mark.browser

README_SIZE = {"width": 1440, "height": 1080}
README_BYTES = 300_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


@pytest.mark.parametrize("device", SIZES)
def test_the_start_page_says_first_that_it_is_no_medical_device(
    new_visit: Callable[..., Visit], device: str
) -> None:
    visit = new_visit(viewport=SIZES[device])
    banner = visit.page.locator(".st-key-disclaimer").bounding_box()

    assert banner["y"] + banner["height"] < SIZES[device]["height"] / 3
    visit.photograph("start", sizes=[device], schemes=["light", "dark"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_meets_wcag_aa(new_visit: Callable[..., Visit], scheme: str) -> None:
    visit = new_visit(color_scheme=scheme)
    faults = {"start": _faults(visit)}
    visit.open_sample("pituitary")
    for tab in (STABILITY, CROP, REPORT):
        visit.open_tab(tab)
        faults[tab] = _faults(visit)
    visit.upload(("letter.png", b"%PDF-1.7"))
    visit.page.get_by_text("This looks like a PDF").wait_for()
    visit.settle()
    faults["unreadable"] = _faults(visit)

    assert {state: found for state, found in faults.items() if found} == {}


def test_the_focus_of_the_keyboard_is_seen(visit: Visit) -> None:
    page = visit.page
    unseen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        rings = page.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one);
                const shown = style.outlineStyle !== 'none' || style.boxShadow !== 'none'
                    || one.type === 'file';  // whose button, beside it, takes the focus next
                return shown ? null : one.outerHTML.slice(0, 120);
            }"""
        )
        if rings:
            unseen.append(rings)

    assert unseen == []


def test_the_picture_in_the_readme_is_made(new_visit: Callable[..., Visit]) -> None:
    visit = new_visit(viewport=README_SIZE, color_scheme="dark")
    visit.open_sample("glioma")
    picture = visit.shots / "readme.png"
    visit.page.screenshot(path=picture)

    with Image.open(picture) as shot:
        colours = shot.convert("RGB")
    palette = colours.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=2)
    colours.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(
        picture, optimize=True
    )
    assert picture.stat().st_size <= README_BYTES


def _faults(visit: Visit) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA, by rule and place."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    violations: list[dict[str, Any]] = axe.run(visit.page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:260]}"
        for one in violations
        for node in one["nodes"]
    ]
