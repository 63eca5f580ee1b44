"""One server and one browser for all tests of this folder, and a visitor's tab for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from tests.app_server import Server, running_server
from tests.ui.browser.visit import Visit

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the shipped weights; none of its visits may leave a trace of an error."""
    if not (DEFAULT_FOLDER / SIDECAR).is_file():
        pytest.skip("there are no weights: see the README")
    with running_server(tmp_path_factory.mktemp("server") / "log.txt") as one:
        yield one
    assert "Traceback" not in one.log.read_text()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Debian's chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures of the app are put: the folder SCREENSHOTS, if it is named."""
    named = os.environ.get("SCREENSHOTS")
    folder = Path(named) if named else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def new_visit(browser: Any, server: Server, shots: Path) -> Iterator[Callable[..., Visit]]:
    """Opens a tab of a person of its own, by the options of a browser context."""
    visits: list[Visit] = []

    def open_visit(**options: Any) -> Visit:
        visits.append(Visit(browser, server.address, shots, **options))
        return visits[-1]

    yield open_visit
    for one in visits:
        one.close()


@pytest.fixture
def visit(new_visit: Callable[..., Visit]) -> Visit:
    """A tab with the app open."""
    return new_visit()
