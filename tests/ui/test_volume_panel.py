"""The card of a volume in each of its states, without a browser."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from brain_tumor.errors import BusyError
from brain_tumor.model.engine import RawOutput
from brain_tumor.pipeline import Classifier
from brain_tumor.ui import progress, state, volume_panel
from tests.fakes import QuadrantEngine, head
from tests.intake.files import make_dicom, make_nifti
from tests.ui.conftest import head_png, shown, upload

pytestmark = pytest.mark.slow  # the quick layer has two minutes

LABELS = (None, 2, 2, 0, 0, 0, 2, 2, 3, 2, 2, None)
"""What the network says of the slices: 2 is no tumor, None is a slice without a head."""

OPENED = [1, 8]
"""What the network is asked when a slice is opened: the slice, and its altered copies."""


def voxels() -> np.ndarray:
    """uint8 (Z, Y, X), so that ``slice_of`` shows the heads upright."""
    empty = np.zeros((256, 256), np.uint8)
    return np.stack([empty if n is None else head(n)[::-1, ::-1] for n in LABELS])


def series_file() -> bytes:
    return make_nifti(voxels().transpose(2, 1, 0), np.diag([1.0, 1.0, 10.0, 1.0]))


def opened(app: AppTest) -> AppTest:
    return upload(app.run(), series_file(), "head.nii")


def place(app: AppTest) -> tuple[str, int]:
    case = app.session_state[state._WORKSPACE].case
    return case.place.plane, case.place.index


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def chart(app: AppTest) -> dict[str, Any]:
    (spec,) = [
        json.loads(one.proto.spec)
        for one in app.get("plotly_chart")
        if "Not accepted" in one.proto.spec
    ]
    return dict(spec)


@pytest.fixture
def one_step_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser ends a run with every click; here a run ends after a step."""
    go_on: Callable[..., None] = progress._go_on

    def once(job: progress.Job, bar: Any, classifier: Classifier) -> None:
        job.work.step(classifier)
        if job.work.finished:
            go_on(job, bar, classifier)

    monkeypatch.setattr(progress, "_go_on", once)


class TestNavigation:
    def test_opens_in_the_middle_of_the_plane_it_was_taken_in(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        opened(app)

        assert not app.exception
        assert place(app) == ("axial", 6)
        slider = app.slider(key="slice-axial")
        assert (slider.min, slider.max, slider.value) == (1, 12, 7)
        assert app.get("button_group")[0].proto.options[0].content == "Axial"
        assert "scan-series" in keys(app)

    def test_the_answer_follows_the_slider(self, app: AppTest, engine: QuadrantEngine) -> None:
        opened(app).slider(key="slice-axial").set_value(5).run()

        assert place(app) == ("axial", 4)
        assert '<div class="bt-class">Glioma</div>' in shown(app)
        assert app.slider(key="slice-axial").value == 5

    def test_each_plane_comes_back_where_it_was_left(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        opened(app).slider(key="slice-axial").set_value(3).run()
        app.button_group(key=volume_panel.PLANE_KEY).set_value("coronal").run()
        assert place(app) == ("coronal", 128)
        app.button_group(key=volume_panel.PLANE_KEY).set_value("axial").run()
        assert place(app) == ("axial", 2)

    def test_without_weights_slices_can_be_looked_at(self, app: AppTest, no_weights: Path) -> None:
        opened(app).slider(key="slice-axial").set_value(4).run()

        assert not app.exception
        assert place(app) == ("axial", 3)
        assert "scan-series" not in keys(app)

    def test_a_stack_that_does_not_say_how_it_lies_has_one_plane(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        stored = voxels()[:, ::-2, ::-2].astype(np.int16)
        files = [
            make_dicom(np.ascontiguousarray(one), InstanceNumber=i) for i, one in enumerate(stored)
        ]
        app.run().file_uploader[0].set_value([(f"IM{i}", data, "") for i, data in enumerate(files)])
        app.run()

        assert not app.exception
        assert place(app) == ("acquired", 6)
        assert "do not say how the slices lie" in shown(app)

    def test_a_single_image_has_no_card(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), head_png(0))

        assert "scan-series" not in keys(app) and not app.slider(key="heat-opacity").disabled


class TestSeries:
    def test_every_slice_is_classified_and_the_finding_named(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        opened(app).button(key="scan-series").click().run()

        assert not app.exception
        assert engine.batches == [*OPENED, 8, 4]
        assert "10 of 12 slices were accepted" in shown(app)
        assert "Slices 4 to 6 speak for a tumor" in shown(app)
        assert "glioma is the likeliest" in shown(app)
        assert "Slice 9 does so alone, which does not count" in shown(app)
        assert "trained on single slices" in shown(app)
        assert not {"scan-series", "series-cancel", "series-go-on"} & keys(app)

    def test_the_chart_tells_kinds_by_shape_and_marks_the_slice_shown(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        opened(app).button(key="scan-series").click().run()

        line, refused, accepted, speaking = chart(app)["data"]
        assert line["mode"] == "lines"
        symbols = [one["marker"]["symbol"] for one in (refused, accepted, speaking)]
        assert symbols == ["circle-open", "circle", "diamond"]
        layout = chart(app)["layout"]
        assert any(one.get("text") == "shown: 7" for one in layout["annotations"])
        dashes = [one.get("line", {}).get("dash") for one in layout["shapes"]]
        assert dashes.count("dash") == dashes.count("dot") == 1

    def test_a_finding_opens_its_peak(self, app: AppTest, engine: QuadrantEngine) -> None:
        opened(app).button(key="scan-series").click().run()
        app.button(key="finding-0").click().run()

        assert place(app)[1] in (3, 4, 5)
        assert app.slider(key="slice-axial").value == place(app)[1] + 1
        assert engine.batches == [*OPENED, 8, 4, *OPENED]

    def test_a_click_in_the_chart_goes_to_the_slice(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened(app)
        went: list[Any] = []
        monkeypatch.setattr(state, "go_to", went.append)
        volume = app.session_state[state._WORKSPACE].case.place
        for points in ([{"customdata": 5}], [{"customdata": [5]}], [{}], []):
            click_on(points, monkeypatch)
            volume_panel._click(volume)
        assert [(one.plane, one.index) for one in went] == [("axial", 4)] * 2

    def test_all_slices_are_there_as_a_table(self, app: AppTest, engine: QuadrantEngine) -> None:
        opened(app).button(key="scan-series").click().run()

        table = app.dataframe[0].value
        assert list(table["Slice"]) == list(range(1, 13))
        assert list(table["Accepted"]) == ["no", *["yes"] * 10, "no"]
        assert table["Why not"][0] and not table["Why not"][1]

    def test_another_plane_keeps_the_scan_of_the_first(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        opened(app).button(key="scan-series").click().run()
        app.button_group(key=volume_panel.PLANE_KEY).set_value("sagittal").run()
        assert "scan-series" in keys(app) and "Slices 4 to 6" not in shown(app)
        app.button_group(key=volume_panel.PLANE_KEY).set_value("axial").run()

        assert "Slices 4 to 6 speak for a tumor" in shown(app)
        assert engine.batches.count(4) == 1


@pytest.mark.usefixtures("one_step_a_run")
class TestStopping:
    def test_it_says_how_far_it_is_and_can_be_cancelled_and_go_on(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        opened(app).button(key="scan-series").click().run()
        assert "series-cancel" in keys(app) and "series-go-on" not in keys(app)

        app.button(key="series-cancel").click().run()
        assert "Stopped after 8 of 12 slices." in bars(app)
        assert "7 of 8 slices were accepted" in shown(app)
        assert engine.batches == [*OPENED, 8]

        app.button(key="series-go-on").click().run()
        assert "10 of 12 slices were accepted" in shown(app)
        assert engine.batches == [*OPENED, 8, 4]

    def test_a_click_elsewhere_lets_it_go_on(self, app: AppTest, engine: QuadrantEngine) -> None:
        opened(app).button(key="scan-series").click().run()
        app.slider(key="slice-axial").set_value(4).run()

        assert place(app) == ("axial", 3)
        assert sorted(engine.batches) == sorted([*OPENED, *OPENED, 8, 4])
        assert "10 of 12 slices were accepted" in shown(app)


def test_a_busy_network_pauses_and_says_so(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: QuadrantEngine
) -> None:
    opened(app)
    infer = engine.infer

    def busy(inputs: np.ndarray) -> RawOutput:
        raise BusyError("At most 2 requests may wait. Nothing is lost: try again in a moment.")

    monkeypatch.setattr(engine, "infer", busy)
    app.button(key="scan-series").click().run()
    assert not app.exception
    assert "At most 2 requests may wait" in app.warning[0].value.replace("\\", "")

    monkeypatch.setattr(engine, "infer", infer)
    app.button(key="series-go-on").click().run()
    assert "10 of 12 slices were accepted" in shown(app)
    assert not app.warning


def bars(app: AppTest) -> str:
    return "\n".join(one.proto.text for one in app.get("progress"))


def click_on(points: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    class Selection:
        selection = type("Points", (), {"points": points})

    monkeypatch.setattr(
        volume_panel.st, "session_state", {"series-chart-axial": Selection}, raising=False
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "about 1 s"), (12.1, "about 13 s"), (130, "about 2 min")]
)
def test_durations_are_rounded_words(seconds: float, words: str) -> None:
    assert progress.duration(seconds) == words
