"""The page about the model in each of its states, without a browser."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from brain_tumor.evaluation.evaluate import run_evaluation
from brain_tumor.evaluation.measured import BENCHMARK, EVALUATION, GATE, OUTLINES
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR, open_bundle, write_bundle_info
from brain_tumor.model.bundle_store import MODELS_VARIABLE
from tests.evaluation.judged_folder import VALIDATION, judged_folder
from tests.fakes import QuadrantEngine, fake_classifier
from tests.ui.conftest import head_png, shown, upload
from tests.ui.test_model_gate import gate_record

PAGE = "brain_tumor/ui/model_page.py"
DIAGNOSE = "brain_tumor/ui/diagnose.py"

shipped = pytest.mark.skipif(
    not (DEFAULT_FOLDER / EVALUATION.file).is_file(), reason="there is no evaluation"
)


def open_page(app: AppTest) -> AppTest:
    """Open the app, and go to the page as a visitor does."""
    return app.run().switch_page(PAGE).run()


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The evaluation of the fake classifier on eight images, five of which it gets right."""
    folder = judged_folder(tmp_path_factory.mktemp("judged"))
    classifier = fake_classifier(validation=VALIDATION)
    return run_evaluation(folder, classifier, float32=lambda _: QuadrantEngine()).report.to_dict()


@pytest.fixture
def measured(record: dict[str, Any], engine: QuadrantEngine, tmp_path: Path) -> QuadrantEngine:
    """The network that ``record`` is about, with it beside it."""
    (tmp_path / EVALUATION.file).write_text(json.dumps(record), encoding="utf-8")
    return engine


def test_shows_the_figures_of_the_weights_in_use(app: AppTest, measured: QuadrantEngine) -> None:
    open_page(app)

    assert not app.exception and not app.error
    assert '<dd class="value">62.5 %</dd>' in shown(app)
    assert "30.6–86.3 %; 5 of 8" in shown(app)
    assert "Heat map peaks in the tumor" in shown(app)
    assert "Set aside for review" in shown(app)
    assert [one.value for one in app.header] == [
        "How often it is right",
        "How sure it is, and what that is worth",
        "Whether its answer holds",
        "Where it looks",
        "What made it",
    ]
    assert len(app.get("plotly_chart")) == 7
    assert measured.batches == []


def test_hands_out_the_files_that_the_figures_come_from(
    app: AppTest, measured: QuadrantEngine
) -> None:
    open_page(app)

    assert [one.label for one in app.get("download_button")] == [SIDECAR, EVALUATION.file]


@shipped
def test_the_shipped_figures_are_those_of_the_shipped_weights(app: AppTest) -> None:
    open_page(app)

    evaluation = json.loads((DEFAULT_FOLDER / EVALUATION.file).read_text(encoding="utf-8"))
    right = evaluation["parts"][0]["classification"]["accuracy"]
    assert not app.exception and not app.warning and not app.error
    assert f'<dd class="value">{100 * right["value"]:.1f} %</dd>' in shown(app)
    assert f"{right['successes']:,} of {right['n']:,}" in shown(app)
    assert "faster than a tutorial" in shown(app)
    assert "not of these" not in shown(app)


@shipped
def test_loads_no_network(app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the shipped record alone: where the weights themselves are missing, it is all there."""
    for name in (SIDECAR, EVALUATION.file, BENCHMARK.file, OUTLINES):
        shutil.copy(DEFAULT_FOLDER / name, tmp_path / name)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))

    open_page(app)

    assert not app.exception and not app.warning and not app.error
    assert open_bundle().info.weights_hash in shown(app)
    assert "What made it look there" in shown(app)
    assert "All figures as tables" in [one.label for one in app.expander]


def test_says_that_it_is_no_medical_device_before_anything_else(
    app: AppTest, engine: QuadrantEngine
) -> None:
    open_page(app)

    assert app.title[0].value == "The model"
    assert "not a medical device" in app.markdown[0].value


def test_weights_that_were_not_evaluated_have_no_figures(
    app: AppTest, engine: QuadrantEngine
) -> None:
    open_page(app)

    assert not app.exception
    assert "These weights have not been evaluated" in shown(app)
    assert any("evaluate --data DIR" in one.value for one in app.code)
    assert not app.get("plotly_chart")
    assert 'class="bt-cards"' not in shown(app)


@shipped
def test_the_figures_of_other_weights_are_not_shown(
    app: AppTest, engine: QuadrantEngine, tmp_path: Path
) -> None:
    for name in (EVALUATION.file, BENCHMARK.file, OUTLINES):
        shutil.copy(DEFAULT_FOLDER / name, tmp_path / name)

    open_page(app)

    assert "is of other weights" in shown(app)
    assert not app.get("plotly_chart")
    assert "faster than a tutorial" not in shown(app)
    assert "What made it look there" not in shown(app)
    assert "All figures as tables" not in [one.label for one in app.expander]


def test_shows_the_gates_figures_where_it_was_measured(
    app: AppTest, engine: QuadrantEngine, tmp_path: Path
) -> None:
    own = fake_classifier(tmp_path).info.weights_hash
    (tmp_path / GATE.file).write_text(json.dumps(gate_record(own)), encoding="utf-8")

    open_page(app)

    assert not app.exception
    assert "What it refuses to answer" in [one.value for one in app.header]
    assert "Photographs refused" in shown(app)
    assert len(app.get("plotly_chart")) == 3


def test_shows_nothing_of_the_gate_of_other_weights(
    app: AppTest, engine: QuadrantEngine, tmp_path: Path
) -> None:
    (tmp_path / GATE.file).write_text(json.dumps(gate_record("f" * 64)), encoding="utf-8")

    open_page(app)

    assert "What it refuses to answer" not in [one.value for one in app.header]
    assert "Photographs refused" not in shown(app)


def test_what_was_not_measured_is_left_out(
    app: AppTest, measured: QuadrantEngine, tmp_path: Path, record: dict[str, Any]
) -> None:
    less = dict.fromkeys(("pointing", "quantisation", "rejection", "stability", "validation"))
    changed = json.dumps(record | less | {"parts": []})
    (tmp_path / EVALUATION.file).write_text(changed, encoding="utf-8")

    open_page(app)

    assert not app.exception
    assert "has not been evaluated" not in shown(app)
    assert not app.get("plotly_chart")


def test_without_weights_it_says_so(app: AppTest, no_weights: Path) -> None:
    open_page(app)

    assert not app.exception
    assert "There is no model to speak of" in shown(app)
    assert not app.get("plotly_chart")


def test_says_what_it_cannot_do_whatever_was_measured(app: AppTest, engine: QuadrantEngine) -> None:
    open_page(app)

    assert "What it cannot do" in [one.value for one in app.subheader]
    assert "Written of the weights that ship with the app, not of these." in shown(app)


def test_names_in_a_bundles_record_are_no_markup(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = fake_classifier(tmp_path).info
    info.versions["<b>numpy"] = "<i>2"
    info.training["runs"] = [{"run_dir": "<b>run", "side": 224}]
    write_bundle_info(tmp_path, info)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))

    open_page(app)

    assert not app.exception
    assert "&lt;b&gt;numpy &lt;i&gt;2" in shown(app)
    assert "<b>" not in shown(app)


def test_an_open_scan_is_still_open_on_coming_back(app: AppTest, engine: QuadrantEngine) -> None:
    upload(app.run(), head_png(1), "mine.png")
    asked = list(engine.batches)

    app.switch_page(PAGE).run()
    assert "mine.png" not in shown(app)
    app.switch_page(DIAGNOSE).run()

    assert not app.exception
    assert "mine.png" in shown(app)
    assert '<div class="bt-class">Meningioma</div>' in shown(app)
    assert engine.batches == asked
