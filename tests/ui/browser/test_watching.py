"""Watching a run of ten thousand points that goes on; the run is a process without a network."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.jobs.run_folder import RunReader
from tests.app_server import Server, running_server
from tests.load.live_run import live_run
from tests.ui.browser.visit import Visit

pytestmark = pytest.mark.browser

RUN = "overnight"
POINTS = 10_000
BEHIND = 4.0
"""Seconds that a page may be behind the trainer on a busy machine; a quiet one takes under two."""

_NOTE = """() => {
    window.noted = [];
    window.lost = [];
    window.slow = [];
    const words = () => document.querySelector('[data-testid=stProgress]').innerText;
    const note = () => {
        const step = /Step ([0-9,]+) of/.exec(words());
        if (step && step[1] !== window.noted.at(-1)?.[0])
            window.noted.push([step[1], Date.now() / 1000]);
    };
    const kept = 'svg.marks, [data-testid=stVegaLiteChart], [data-testid=stProgress]';
    new MutationObserver(changes => {
        note();
        for (const change of changes)
            for (const node of change.removedNodes)
                if (node.nodeType === 1 && (node.matches(kept) || node.querySelector(kept)))
                    window.lost.push(node.outerHTML.slice(0, 200));
    }).observe(document.body, {childList: true, subtree: true, characterData: true});
    new PerformanceObserver(list => {
        for (const one of list.getEntries()) window.slow.push(one.duration);
    }).observe({entryTypes: ['longtask']});
}"""
"""Notes when each step was first on the page, what was taken off it, and what blocked it."""

_AXIS = """chart => [...chart.querySelectorAll('.role-axis-label text')]
    .filter(one => one.getAttribute('opacity') !== '0')
    .map(one => one.textContent + ' ' + one.getAttribute('transform')).join(', ')"""
"""The labels that can be seen on the axes of a chart, and where they are."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("runs") / RUN
    with live_run(folder, POINTS, a_second=10):
        yield folder


@pytest.fixture(scope="module")
def server(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with running_server(log, BRAIN_TUMOR_RUNS=str(run.parent)) as one:
        yield one
    assert "Traceback" not in log.read_text()


@pytest.fixture
def watching(new_visit: Callable[..., Visit]) -> Visit:
    """A tab that shows the run."""
    visit = new_visit(path="training")
    visit.page.locator(f".st-key-show-{RUN} button").click()
    visit.page.locator("svg.marks").nth(6).wait_for()
    return visit


def chart(visit: Visit) -> Any:
    return visit.page.get_by_test_id("stVegaLiteChart").first


def wait_for_news(visit: Visit, looks: int) -> list[tuple[int, float]]:
    """Wait until so many later steps were on the page; return each, and when it was there."""
    before = visit.page.evaluate("window.noted.length")
    visit.page.wait_for_function("count => window.noted.length >= count", arg=before + looks)
    noted = visit.page.evaluate("window.noted")[before:]
    return [(int(step.replace(",", "")), when) for step, when in noted]


def test_steps_are_on_the_page_soon_and_nothing_flickers(watching: Visit, run: Path) -> None:
    watching.page.evaluate(_NOTE)
    noted = wait_for_news(watching, 8)

    times = {record["step"]: record["time"] for record in RunReader(run).metrics()}
    behind = [when - times[step] for step, when in noted[1:]]  # the first was there before
    print("seconds behind the trainer:", [round(one, 2) for one in behind])
    assert max(behind) < BEHIND
    assert watching.page.evaluate("window.lost") == []
    slow = watching.page.evaluate("window.slow")
    print("milliseconds in which the page was blocked:", slow)
    assert sum(slow) < 2000 * len(noted)


def test_a_zoom_is_kept_when_points_come(watching: Visit) -> None:
    watching.page.evaluate(_NOTE)
    whole = chart(watching).evaluate(_AXIS)
    box = chart(watching).bounding_box()
    watching.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watching.page.keyboard.down("Control")
    for _ in range(5):
        watching.page.mouse.wheel(0, -200)
    watching.page.keyboard.up("Control")
    wait_for_news(watching, 1)
    zoomed = chart(watching).evaluate(_AXIS)
    wait_for_news(watching, 3)

    assert zoomed != whole
    assert chart(watching).evaluate(_AXIS) == zoomed
    chart(watching).locator("svg").dblclick()
    watching.page.wait_for_function(
        f"([chart, before]) => ({_AXIS})(chart) !== before",
        arg=[chart(watching).element_handle(), zoomed],
    )


def test_the_wheel_alone_scrolls_the_page(watching: Visit) -> None:
    watching.page.evaluate(_NOTE)
    chart(watching).hover()
    main = watching.page.get_by_test_id("stMain")
    before = main.evaluate("one => one.scrollTop")
    watching.page.mouse.wheel(0, 200)
    watching.page.wait_for_function(
        "([one, before]) => one.scrollTop > before", arg=[main.element_handle(), before]
    )


def test_a_tab_and_what_was_searched_for_stay_when_points_come(watching: Visit) -> None:
    watching.page.evaluate(_NOTE)
    watching.open_tab("Log")
    search = watching.page.get_by_role("textbox", name="Search the log")
    search.fill("no such line")
    search.press("Enter")
    watching.page.get_by_text(re.compile("^0 of the last")).wait_for()
    wait_for_news(watching, 2)

    assert search.input_value() == "no such line"
    assert watching.page.get_by_text(re.compile("^0 of the last")).is_visible()


def test_a_run_looks_well_while_it_goes_on(watching: Visit) -> None:
    watching.photograph("training-running", schemes=("light", "dark"))
