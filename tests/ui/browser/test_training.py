"""From the form of a run to answers of its network, with the real trainer on a small network."""

import contextlib
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from brain_tumor.jobs.launcher import LocalLauncher
from brain_tumor.jobs.run_folder import RunReader, RunState
from brain_tumor.jobs.runs import Runs
from tests.app_server import Server, running_server
from tests.jobs.run_process import wait_until
from tests.ui.browser.visit import Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("keras") is None, reason="needs the extra `train`"),
]

PATIENCE = 120_000
"""Milliseconds that a busy machine may take to import a framework and to build a network."""

EPOCHS = 12
TOLD_WITHIN = 5_000
"""Milliseconds within which the page says that a trainer was killed."""


class TrainingVisit(Visit):
    """A tab with the training page."""

    def start(self, name: str, epochs: int) -> None:
        """Start a quick run of so many epochs."""
        self.page.get_by_role("button", name="Quick run").click()
        network = self.page.get_by_role("combobox", name="Network")
        network.and_(self.page.locator('[value="ResNet50V2"]')).wait_for()
        self.settle()
        self._type("spinbutton", "Epochs", str(epochs))
        self._type("textbox", "Name (optional)", name)
        self.page.get_by_role("button", name="Start", exact=True).click()
        self.page.get_by_role("button", name="Stop, keep the best").wait_for()

    def watch(self, name: str) -> None:
        """Look at a run of the list."""
        self.page.locator(f".st-key-show-{name} button").click()
        self.page.locator(".st-key-run-head", has_text=name).wait_for()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def is_told(self, word: str, within: float = PATIENCE) -> None:
        """Wait until the run that is looked at says that it is in a state."""
        self.page.locator(".st-key-run-head", has_text=word).wait_for(timeout=within)

    def step(self) -> int:
        """Wait for a step, and return the one that the page tells."""
        told = self.page.get_by_text(re.compile(r"Step [\d,]+ of")).first
        told.wait_for(timeout=PATIENCE)
        found = re.search(r"Step ([\d,]+) of", told.inner_text())
        assert found is not None
        return int(found[1].replace(",", ""))

    def wait_for_step_after(self, step: int) -> None:
        self.page.wait_for_function(
            """step => {
                const words = document.querySelector('[data-testid=stProgress]')?.innerText;
                const found = /Step ([0-9,]+) of/.exec(words ?? '');
                return found && Number(found[1].replace(',', '')) > step;
            }""",
            arg=step,
            timeout=PATIENCE,
        )

    def has_points(self) -> None:
        """Wait for the first points."""
        self.page.locator("svg.marks path").first.wait_for(timeout=PATIENCE)

    def _type(self, role: str, name: str, text: str) -> None:
        field = self.page.get_by_role(role, name=name)  # type: ignore[arg-type]
        field.fill(text)
        field.press("Enter")
        self.settle()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where runs and what is in service are; no trainer may be left in it."""
    folder = tmp_path_factory.mktemp("place")
    yield folder
    launcher = LocalLauncher()
    for one in Runs(folder / "runs", launcher).summaries():
        launcher.kill(one.folder)
    assert [p for p in psutil.process_iter(["cmdline"]) if is_of(p, folder)] == []


def is_of(process: psutil.Process, folder: Path) -> bool:
    """Whether a trainer works in a folder of runs."""
    words = process.info["cmdline"] or []
    return "brain_tumor" in words and any(word.startswith(str(folder)) for word in words)


def serve(place: Path, log: str) -> contextlib.AbstractContextManager[Server]:
    return running_server(
        place / log,
        BRAIN_TUMOR_RUNS=str(place / "runs"),
        BRAIN_TUMOR_SERVICE=str(place / "service"),
    )


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    with serve(place, "log.txt") as one:
        yield one
    assert "Traceback" not in one.log.read_text()


@pytest.fixture
def open_page(browser: object, server: Server, shots: Path) -> Iterator[Callable[..., Visit]]:
    """Opens a tab of a person of its own with the training page."""
    visits: list[Visit] = []

    def visit(address: str = server.address) -> TrainingVisit:
        visits.append(TrainingVisit(browser, address, shots, path="training"))
        return visits[-1]

    yield visit
    for one in visits:
        one.close()


def test_from_the_form_to_answers_of_the_trained_network(
    open_page: Callable[[], TrainingVisit],
    new_visit: Callable[..., Visit],
    place: Path,
    tmp_path: Path,
) -> None:
    teacher, student = open_page(), open_page()
    teacher.start("lecture", EPOCHS)
    student.page.reload()
    student.settle()
    student.watch("lecture")

    # Points arrive, for both, without a click.
    for one in (teacher, student):
        one.has_points()
        one.wait_for_step_after(one.step())

    # A refresh finds the run where it is.
    teacher.page.reload()
    teacher.settle()
    teacher.watch("lecture")
    teacher.has_points()

    # Stopped by one, the other sees it; the trainer is gone and has kept its best weights.
    teacher.press("Stop, keep the best")
    for one in (teacher, student):
        one.is_told("Stopped")
    stopped = RunReader(place / "runs" / "lecture").status()
    assert 0 < stopped.step < stopped.total_steps
    wait_until(lambda: is_over(stopped.pid))
    teacher.photograph("training-stopped", schemes=("light", "dark"))

    # Resumed, it goes on from there, and to its end.
    teacher.press("Resume")
    for one in (teacher, student):
        one.is_told("Finished", within=2 * PATIENCE)
    records = RunReader(place / "runs" / "lecture").metrics()
    steps = [record["step"] for record in records if record["kind"] == "step"]
    assert steps == sorted(set(steps))
    assert steps[-1] > stopped.step

    # Evaluated beside the model in service, and put into service; somebody asks it meanwhile.
    doctor = new_visit()
    doctor.open_sample("glioma")
    before = doctor.page.locator(".bt-class").inner_text()
    assert before == "Glioma"
    for button, work in (
        ("Export", "Export"),
        ("Evaluate", "Evaluation"),
        ("Evaluate that model on these images too", "Evaluation of the other model"),
        ("Put into service", "Putting into service"),
    ):
        if work == "Evaluation of the other model":
            teacher.page.get_by_text("Beside the model in service").wait_for()
        teacher.press(button)
        done = teacher.page.get_by_text(f"{work}: finished")
        done.wait_for(timeout=2 * PATIENCE)
    teacher.page.get_by_text("Beside the model that ships").wait_for()
    teacher.photograph("training-kept", schemes=("light", "dark"))

    # The next answer is the new network's, in a tab that was open all the time.
    doctor.open_sample("meningioma")
    doctor.page.get_by_text("Not checked whether this is a brain MRI").wait_for()
    other = new_visit(path="model")
    other.page.get_by_text("ResNet50V2, weights").wait_for()

    # And back.
    teacher.press("Back to the one that ships")
    teacher.page.locator(".st-key-service", has_text="the model that ships").wait_for()
    doctor.open_sample("pituitary")
    assert doctor.predicted_class() == "Pituitary tumor"

    # Taken away, and brought in again.
    bundle = teacher.download("Download to serve only (ZIP)", tmp_path)
    teacher.press("Upload a bundle")
    teacher.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(bundle)
    teacher.press("Check it and put it into service")
    served = teacher.page.locator(".st-key-service", has_text="0002-")
    served.wait_for(timeout=PATIENCE)


def test_a_run_outlives_the_server_that_started_it_and_its_own_end_is_told(
    open_page: Callable[..., TrainingVisit], place: Path
) -> None:
    with serve(place, "first.txt") as first:
        teacher = open_page(first.address)
        teacher.start("night", 10_000)
        teacher.has_points()
        first.process.kill()
        first.process.wait()
    folder = place / "runs" / "night"
    status = RunReader(folder).status()
    assert status.state is RunState.RUNNING

    with serve(place, "second.txt") as second:
        morning = open_page(second.address)
        morning.watch("night")
        morning.is_told("Running")
        morning.wait_for_step_after(status.step)

        psutil.Process(status.pid).kill()
        morning.is_told("Lost", within=TOLD_WITHIN)
        morning.page.get_by_text("Resume the run from its last checkpoint").wait_for()

        lost = RunReader(folder).status()
        morning.press("Resume")
        morning.wait_for_step_after(lost.step)
        morning.press("Stop at once")
        morning.is_told("Stopped")
        assert not any(is_of(one, folder) for one in psutil.process_iter(["cmdline"]))


def is_over(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
