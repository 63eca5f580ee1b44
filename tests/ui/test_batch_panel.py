"""The table of an upload in each of its states, without a browser."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from brain_tumor.errors import BusyError
from brain_tumor.ui import batch_panel, progress, state
from tests.fakes import QuadrantEngine
from tests.intake.files import axial_series, make_nifti, phantom
from tests.ui.conftest import head_png, heat_maps, png, shown

pytestmark = pytest.mark.slow  # the quick layer has two minutes

BLANK = png(np.zeros((64, 64), np.uint8))
FILES = {
    "glioma.png": head_png(0),
    "none.png": head_png(2),
    "blank.png": BLANK,
    "cut.png": head_png(1)[:-500],
    "series.nii": make_nifti(phantom()),
    "empty.png": b"",
    "README.txt": b"Read me first.\n",
}
TWELVE = {f"{i}.png": head_png(i % 4) for i in range(12)}


def dropped(app: AppTest, files: dict[str, bytes] = FILES) -> AppTest:
    app.run().file_uploader[0].set_value([(name, data, "") for name, data in files.items()])
    return app.run()


def table(app: AppTest) -> dict[str, list[Any]]:
    frame = app.dataframe[0].value
    return {name: [None if v != v else v for v in frame[name]] for name in frame}


def words(app: AppTest) -> str:
    bars = "\n".join(one.proto.text for one in app.get("progress"))
    return f"{shown(app)}\n{bars}\n" + "\n".join(one.label for one in app.expander)


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


@pytest.fixture
def one_step_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser ends a run with every click; here a run ends after a step."""
    go_on: Callable[..., None] = progress._go_on

    def once(job: progress.Job[Any], bar: Any, classifier: Any) -> None:
        job.work.step(classifier)
        if job.work.finished:
            go_on(job, bar, classifier)

    monkeypatch.setattr(progress, "_go_on", once)


class TestTable:
    def test_every_file_has_a_line_with_what_came_of_it(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        dropped(app)

        assert not app.exception
        lines = table(app)
        assert lines["File"] == [*list(FILES)[:6]]
        assert lines["Class"] == ["Glioma", "No tumor", "", "", "", ""]
        assert lines["Review"] == [
            "✓ Clear",
            "✓ Clear",
            "✕ Refused",
            "! Not read",
            "▤ Series",
            "! Not read",
        ]
        assert "ends before its image is complete" in lines["Note"][3]
        assert "48 slices" in lines["Note"][4]
        assert "0 bytes" in lines["Note"][5]
        assert "2 clear · 1 refused · 2 not read · 1 series" in shown(app)

    def test_scans_have_a_picture_and_answers_their_four_probabilities(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        lines = table(dropped(app))

        pictures = [bool(one) for one in lines["Scan"]]
        assert pictures == [True, True, True, False, True, False]
        assert lines["Scan"][0].startswith("data:image/webp;base64,")
        columns = [name for name in lines if name.startswith("p(")]
        assert len(columns) == 4
        assert sum(lines[name][0] for name in columns) == pytest.approx(1)
        assert lines["Probability"][0] == max(lines[name][0] for name in columns)
        assert lines["Probability"][2] is None  # of what is refused nothing is told
        assert lines["Time"][0] > 0

    def test_few_answers_are_checked_for_stability_at_once(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        lines = table(dropped(app))

        checked = [bool(one) for one in lines["Stability"]]
        assert checked == [True, True, False, False, False, False]
        assert lines["Stability"][0].endswith(" of 8")
        assert engine.batches == [3, 8, 8]

    def test_many_answers_are_checked_only_when_asked_for(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batch_panel, "STABILITY_AT_ONCE", 1)
        assert "Stability" not in table(dropped(app))
        assert "Check the stability of 2 answers" in app.button(key="check-stability").label

        app.button(key="check-stability").click().run()
        assert table(app)["Stability"][0]
        assert "check-stability" not in keys(app)

    def test_names_are_text_and_notes_beside_the_scans_are_told_quietly(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        name = "<b>**x** :red[y].png"
        dropped(app, {name: head_png(0), **FILES})

        assert table(app)["File"][0] == name
        assert not app.error
        assert "1 other file was passed over" in words(app)

    def test_folders_have_a_column_where_there_are_some(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        assert "Folder" not in table(dropped(app))
        dropped(app, {"anna/a.png": head_png(0), "ben/T1/b.png": head_png(1)})
        assert table(app)["Folder"] == ["anna", "ben/T1"]

    def test_without_weights_the_files_are_listed_and_nothing_is_predicted(
        self, app: AppTest, no_weights: Path
    ) -> None:
        dropped(app)

        assert not app.exception
        lines = table(app)
        assert lines["Review"] == ["… Waiting"] * 5 + ["! Not read"]
        assert lines["Class"] == [""] * 6
        assert "the model cannot be used" in shown(app)


class TestFilters:
    @pytest.mark.parametrize(
        ("key", "value", "names"),
        [
            (batch_panel._CLASS_KEY, ["glioma"], ["glioma.png"]),
            (batch_panel._STATE_KEY, ["! Not read"], ["cut.png", "empty.png"]),
        ],
    )
    def test_pills_leave_what_they_name(
        self, key: str, value: list[str], names: list[str], app: AppTest, engine: QuadrantEngine
    ) -> None:
        dropped(app).button_group(key=key).set_value(value).run()

        assert table(app)["File"] == names

    def test_text_is_looked_for_whatever_its_case(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        dropped(app).text_input(key=batch_panel._TEXT_KEY).set_value("  NONE ").run()

        assert table(app)["File"] == ["none.png"]

    def test_nothing_left_is_said_and_not_shown_as_an_empty_table(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        dropped(app).text_input(key=batch_panel._TEXT_KEY).set_value("nowhere").run()

        assert not app.exception and not app.dataframe
        assert "No file passes these filters" in app.info[0].value


class TestOpening:
    @pytest.mark.parametrize("selection", [{"rows": [1]}, {"cells": [(1, "File")]}])
    def test_a_click_opens_the_scan_and_the_table_comes_back(
        self, selection: dict[str, Any], app: AppTest, engine: QuadrantEngine
    ) -> None:
        choose(dropped(app), selection)

        assert '<div class="bt-class">No tumor</div>' in shown(app)
        assert heat_maps(app)
        app.button(key="show-table").click().run()
        assert table(app)["File"][1] == "none.png"
        assert engine.batches.count(3) == 1  # nothing is classified again

    def test_a_click_in_a_filtered_table_opens_what_is_seen(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        dropped(app).button_group(key=batch_panel._STATE_KEY).set_value(["▤ Series"]).run()
        choose(app, {"rows": [0]})

        assert app.session_state[state._WORKSPACE].case.name == "series.nii"
        assert "scan-series" in keys(app)

    @pytest.mark.parametrize(("line", "why"), [(3, "ends before its image"), (5, "0 bytes")])
    def test_a_file_without_a_scan_says_why_and_the_table_stays(
        self, line: int, why: str, app: AppTest, engine: QuadrantEngine
    ) -> None:
        choose(dropped(app), {"rows": [line]})

        assert not app.exception
        assert why in app.toast[0].value.replace("\\", "")
        assert app.session_state[state._WORKSPACE].case is None
        assert table(app)["File"][3] == "cut.png"


@pytest.mark.usefixtures("one_step_a_run")
class TestStopping:
    def test_progress_cancel_and_going_on(self, app: AppTest, engine: QuadrantEngine) -> None:
        dropped(app, TWELVE)
        assert {"batch-cancel"} <= keys(app)

        app.button(key="batch-cancel").click().run()
        assert "Stopped after 8 of 12 scans." in words(app)
        assert table(app)["Review"] == ["✓ Clear"] * 8 + ["… Waiting"] * 4
        assert engine.batches == [8]

        app.button(key="batch-go-on").click().run()
        assert table(app)["Review"] == ["✓ Clear"] * 12
        assert engine.batches == [8, 4, 8]  # and the first check of stability

    def test_what_waits_can_be_opened(self, app: AppTest, engine: QuadrantEngine) -> None:
        dropped(app, TWELVE).button(key="batch-cancel").click().run()
        choose(app, {"rows": [11]})

        assert app.session_state[state._WORKSPACE].case.name == "11.png"
        assert "Pituitary tumor</div>" in shown(app)

    def test_stability_can_be_cancelled_and_what_is_there_stays(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        dropped(app, {f"{i}.png": head_png(i) for i in range(4)})
        app.run()
        app.button(key="stability-cancel").click().run()

        checked = [bool(one) for one in table(app)["Stability"]]
        assert sum(checked) in (1, 2) and not all(checked)
        assert "answers checked for stability" in words(app)


def test_a_busy_network_pauses_and_says_so(
    app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    infer = engine.infer

    def busy(inputs: np.ndarray) -> None:
        raise BusyError("At most 2 requests may wait. Nothing is lost: try again in a moment.")

    monkeypatch.setattr(engine, "infer", busy)
    dropped(app)
    assert not app.exception
    assert table(app)["Review"].count("… Waiting") == 5
    assert any("requests may wait" in one.value for one in app.warning)

    monkeypatch.setattr(engine, "infer", infer)
    app.button(key="batch-go-on").click().run()
    assert "… Waiting" not in table(app)["Review"]


class TestDownloads:
    def test_are_made_when_they_are_asked_for(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batch_panel, "batch_zip", lambda *_: pytest.fail("made"))
        dropped(app)

        labels = [one.proto.label for one in app.get("download_button")]
        assert labels == ["Table (CSV)", "Overlays (ZIP)"]

    def test_say_that_they_hold_what_is_shown(self, app: AppTest, engine: QuadrantEngine) -> None:
        dropped(app).button_group(key=batch_panel._CLASS_KEY).set_value(["glioma"]).run()

        labels = [one.proto.label for one in app.get("download_button")]
        assert labels == ["Table of the files shown (CSV)", "Overlays of the files shown (ZIP)"]


def test_a_folder_with_a_series_is_opened_at_once_and_the_rest_is_told_quietly(
    app: AppTest, engine: QuadrantEngine
) -> None:
    series = axial_series(phantom())
    files = {f"CD/IM{i}": data for i, data in enumerate(series)}
    litter = {"CD/.DS_Store": b"\0\0\0\1Bud1", "CD/README.txt": b"Hi", "CD/a.pdf": b"%PDF-1.7"}
    dropped(app, {**files, **litter})

    assert not app.error and not app.exception
    assert "scan-series" in keys(app)
    assert "3 files were passed over" in words(app)
    assert "CD/README.txt" in shown(app)


def choose(app: AppTest, selection: dict[str, Any]) -> None:
    """Select a line. ``AppTest`` has no call for it, so the browser's message is made by hand."""
    states = app._tree.get_widget_states()
    chosen = {"rows": [], "columns": [], "cells": [], **selection}
    states.widgets.add(id=app.dataframe[0].proto.id, string_value=json.dumps({"selection": chosen}))
    app._run(states)
