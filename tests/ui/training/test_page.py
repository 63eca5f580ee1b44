"""The training page in each of its states, without a browser and without a trainer."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from brain_tumor.jobs import layout
from brain_tumor.jobs.devices import Gpu
from brain_tumor.jobs.policy import Access, TrainingPolicy, training_policy
from brain_tumor.jobs.run_folder import RunState
from brain_tumor.ui.training import access, data_form
from tests.ui.conftest import shown, shown_badges
from tests.ui.training.conftest import NotedLauncher, write_run

pytestmark = pytest.mark.slow  # a minute together, which the quick layer has not


def look_at(app: AppTest, name: str) -> AppTest:
    return app.run().button(key=f"show-{name}").click().run()


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


class TestNewRun:
    def test_starts_from_the_teaching_set_with_settings_that_fit(
        self, app: AppTest, runs: Path, launcher: NotedLauncher
    ) -> None:
        app.run()
        assert not app.exception
        assert "No damaged file" in shown_badges(app)
        app.text_input(key="run-name").set_value("mine").run()
        app.button(key="start").click().run()

        assert not app.exception
        config = json.loads((runs / "mine" / layout.CONFIG).read_text())
        assert config["backbone"] == "ResNet152V2"
        assert config["data"].endswith("teaching-subset")
        assert ("start", "mine", "cpu") in launcher.asked
        assert "mine" in shown(app)

    def test_a_second_run_waits_for_its_device(
        self, app: AppTest, runs: Path, launcher: NotedLauncher
    ) -> None:
        for name in ("first", "second"):
            app.run()
            app.text_input(key="run-name").set_value(name).run()
            app.button(key="start").click().run()
            app.button(key="new-run").click()
        app.run()

        assert [asked[:2] for asked in launcher.asked] == [("start", "first")]
        assert "Waiting" in shown_badges(app)

    def test_a_folder_that_does_not_exist_is_said_to_be_so(self, app: AppTest) -> None:
        app.session_state[data_form.SOURCE_KEY] = data_form.FOLDER
        app.session_state[data_form.PATH_KEY] = "/nowhere/at/all"
        app.run()

        assert not app.exception
        assert app.error[0].proto.title == "These data cannot be used"
        assert "/nowhere/at/all" in app.error[0].value.replace("\\", "")
        assert app.button(key="start").disabled

    def test_a_setting_out_of_range_has_its_reason_beside_it(self, app: AppTest) -> None:
        app.run().number_input(key="set-learning_rate").set_value(0.0).run()

        assert "learning" in app.error[0].value and "more than 0" in app.error[0].value
        assert app.button(key="start").disabled

    def test_a_quick_run_fills_the_fields(self, app: AppTest) -> None:
        app.run().button(key="quick-run").click().run()

        assert app.selectbox(key="set-backbone").value == "ResNet50V2"
        assert app.number_input(key="set-patience").value == 0
        assert not app.error

    def test_one_of_several_gpus_is_chosen(
        self, app: AppTest, runs: Path, launcher: NotedLauncher
    ) -> None:
        launcher.gpus = tuple(
            Gpu(f"GPU-{number}", "H100", "570.1", 80 * 2**30, number * 2**30, 0.0)
            for number in range(2)
        )
        app.run()
        device = app.radio(key="device")
        assert [option.split(",")[0] for option in device.options[:2]] == [
            "GPU 0: H100",
            "GPU 1: H100",
        ]
        assert "79.0 GiB free" in device.options[1]
        assert app.number_input(key="set-batch_size").value > 16  # what fits the GPU
        device.set_value("GPU-1").run()
        app.text_input(key="run-name").set_value("mine").run()
        app.button(key="start").click().run()

        assert not app.exception
        assert ("start", "mine", "GPU-1") in launcher.asked

    def test_says_why_there_is_no_gpu(self, app: AppTest) -> None:
        assert "GPU" in shown(app.run())


class TestAccess:
    def test_where_training_is_off_the_reason_is_said_and_runs_can_be_watched(
        self, app: AppTest, runs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "policy", lambda: TrainingPolicy(Access.OFF, "No memory."))
        write_run(runs / "one", RunState.FINISHED)
        look_at(app, "one")

        assert not app.exception
        assert "No memory" in app.info[0].value
        assert len(app.get("vega_lite_chart")) == 4
        assert not {"start", "ask-delete", "again"} & keys(app)

    def test_a_password_lets_in_who_knows_it(
        self, app: AppTest, launcher: NotedLauncher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        locked = training_policy({}, server_address=None, password="open sesame")
        monkeypatch.setattr(access, "policy", lambda: locked)
        app.run()
        assert "start" not in keys(app)

        app.text_input(key="training-password").set_value("wrong").run()
        assert "not the password" in app.error[0].value
        assert "start" not in keys(app)

        app.text_input(key="training-password").set_value("open sesame").run()
        assert "start" in keys(app)


class TestStates:
    @pytest.mark.parametrize(
        ("run_state", "word", "offered"),
        [
            (RunState.STOPPED, "Stopped", {"resume", "again", "ask-delete"}),
            (RunState.FAILED, "Failed", {"resume", "again", "ask-delete"}),
            (RunState.FINISHED, "Finished", {"again", "ask-delete"}),
        ],
    )
    def test_an_ended_run_says_how_and_offers_what_fits(
        self, run_state: RunState, word: str, offered: set[str], app: AppTest, runs: Path
    ) -> None:
        write_run(runs / "one", run_state, message="There was no space left.")
        look_at(app, "one")

        assert not app.exception
        assert word in shown_badges(app)
        assert "no space left" in shown(app)
        assert offered <= keys(app)
        assert not {"stop", "kill"} & keys(app)

    def test_a_run_whose_process_is_gone_is_lost(self, app: AppTest, runs: Path) -> None:
        folder = write_run(runs / "one", RunState.STOPPED)
        status = layout.read_status(folder)
        layout.write_status(folder, replace(status, state=RunState.RUNNING, pid=2**22 - 1))
        look_at(app, "one")

        assert "Lost" in shown_badges(app)
        assert "was killed" in shown(app)
        assert "resume" in keys(app)

    def test_an_unreadable_status_is_said_to_be_so(self, app: AppTest, runs: Path) -> None:
        folder = write_run(runs / "one", RunState.STOPPED)
        (folder / layout.STATUS).write_text("{")
        look_at(app, "one")

        assert not app.exception
        assert "Unreadable" in shown_badges(app)
        assert app.error[0].proto.title == "This run cannot be read"

    def test_resume_queues_the_run_again(
        self, app: AppTest, runs: Path, launcher: NotedLauncher
    ) -> None:
        write_run(runs / "one", RunState.STOPPED)
        look_at(app, "one").button(key="resume").click().run()

        assert launcher.asked == [("start", "one", "cpu")]

    def test_deleting_asks_first(self, app: AppTest, runs: Path) -> None:
        folder = write_run(runs / "one", RunState.STOPPED)
        look_at(app, "one").button(key="ask-delete").click().run()
        assert folder.is_dir()
        app.button(key="delete").click().run()

        assert not folder.exists()
        assert not app.exception

    def test_running_again_fills_the_form_with_the_settings(self, app: AppTest, runs: Path) -> None:
        write_run(runs / "one", RunState.FINISHED)
        look_at(app, "one").button(key="again").click().run()

        assert app.number_input(key="set-epochs").value == 4
        assert app.text_input(key=data_form.PATH_KEY).value == "/data/set"


class TestWatch:
    def test_shows_progress_numbers_and_curves(self, app: AppTest, runs: Path) -> None:
        write_run(runs / "one", RunState.STOPPED)
        look_at(app, "one")

        assert "12 of 36" in app.get("progress")[0].proto.text
        assert {metric.label for metric in app.metric} >= {"Training loss", "Validation accuracy"}
        assert len(app.get("vega_lite_chart")) == 4

    @pytest.mark.parametrize("tab", ["Last validation", "Log", "Settings"])
    def test_each_tab_has_its_content(self, tab: str, app: AppTest, runs: Path) -> None:
        folder = write_run(runs / "one", RunState.FINISHED)
        record = {"epoch": 1, "confusion": [[3, 0, 0, 0]] * 4, "mistakes": [], "worst": []}
        (folder / layout.VALIDATION).write_text(json.dumps(record))
        look_at(app, "one")
        app.session_state["watch"] = tab
        app.run()

        assert not app.exception
        if tab == "Last validation":
            assert "on 12 validation images" in shown(app)
        elif tab == "Log":
            assert "Epoch 1 of 4." in app.code[0].value
        else:
            assert app.code[0].value.startswith("python -m brain_tumor train --data /data/set")

    def test_the_log_is_searched(self, app: AppTest, runs: Path) -> None:
        write_run(runs / "one", RunState.FINISHED)
        look_at(app, "one")
        app.session_state["watch"] = "Log"
        app.run().text_input(key="log-search").set_value("nowhere").run()

        assert app.code[0].value == "Nothing yet."


def test_runs_are_compared_best_first(app: AppTest, runs: Path) -> None:
    for name, score in (("worse", 0.5), ("better", 0.9)):
        folder = write_run(runs / name, RunState.FINISHED)
        record = {"kind": "epoch", "step": 12, "epoch": 2, "time": 9e9, "val_score": score}
        with (folder / layout.METRICS).open("a") as file:
            file.write(json.dumps(record) + "\n")
        facts = {"data_hash": "abc", "validation_images": ["a", "b"]}
        (folder / "facts.json").write_text(json.dumps(facts))
    app.run().button(key="compare-runs").click().run()

    assert not app.exception
    assert app.dataframe[0].value["run"].tolist() == ["better", "worse"]
