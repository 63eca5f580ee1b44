"""What the page shows of an answer, and of one that is missing, without a browser."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from brain_tumor.errors import BusyError
from brain_tumor.model.bundle import write_bundle_info
from brain_tumor.model.bundle_store import MODELS_VARIABLE
from brain_tumor.model.engine import RawOutput
from brain_tumor.stability import ALTERATIONS
from brain_tumor.ui import evidence, state
from brain_tumor.ui.viewer import COLOURS_KEY, FINER_KEY, OPACITY_KEY, THRESHOLD_KEY
from brain_tumor.wording import CLASS_NAMES
from tests.fakes import QuadrantEngine, fake_classifier
from tests.ui.conftest import (
    HEAT,
    head_png,
    heat_maps,
    open_tab,
    pictures,
    png,
    shown,
    shown_badges,
    upload,
)


class TestNotAccepted:
    def test_an_image_without_a_head_gets_a_reason_and_no_class(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), png(np.full((120, 90), 80, np.uint8)))

        assert not app.exception
        assert "not taken for a brain MRI" in app.warning[0].proto.title
        assert "whole image was used" in app.warning[0].value
        assert "Predicted class" not in shown(app)
        assert not any(f"{name}</div>" in shown(app) for name in CLASS_NAMES.values())
        assert not heat_maps(app)
        assert not any(
            chart.proto.id.endswith("probabilities") for chart in app.get("plotly_chart")
        )
        assert any("no head was found" in alt for alt in pictures(app))

    def test_the_scores_are_shown_to_who_insists_and_marked(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), png(np.full((120, 90), 80, np.uint8)))
        assert engine.batches == [1]
        app.button(key="show-anyway").click().run()

        assert "Outside what the model knows" in app.warning[0].proto.title
        assert "What the network says all the same" in shown(app)
        assert "raw score" in shown(app)
        assert "No objection found" not in shown(app)
        assert len(heat_maps(app)) == 1
        assert engine.batches == [1, 8]

    def test_who_insisted_once_is_asked_again_with_the_next_image(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), png(np.full((120, 90), 80, np.uint8)))
        app.button(key="show-anyway").click().run()
        upload(app, png(np.full((100, 90), 80, np.uint8)))

        assert "What the network says" not in shown(app)

    def test_every_reason_is_listed(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), png(np.full((120, 90, 3), (250, 40, 40), np.uint8)))

        assert app.warning[0].value.count("\n- ") == 1
        assert "in colour" in app.warning[0].value


class TestBusy:
    def test_says_so_and_answers_the_next_time(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        infer = engine.infer

        def busy(inputs: np.ndarray) -> object:
            raise BusyError("At most 64 requests may wait, and 64 do. Try again in a moment.")

        monkeypatch.setattr(engine, "infer", busy)
        upload(app.run(), head_png(3))
        assert not app.exception
        assert "64 requests" in app.warning[0].value
        assert "Predicted class" not in shown(app)
        assert any("extreme points" in alt for alt in pictures(app))

        monkeypatch.setattr(engine, "infer", infer)
        app.button(key="try-again").click().run()
        assert not app.warning
        assert "Pituitary tumor</div>" in shown(app)


class TestMovedCrop:
    def test_is_answered_anew_and_said_to_be_moved(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(0))
        before = pictures(app)
        open_tab(app, evidence.CROP)
        columns = next(slider for slider in app.slider if "Left and right" in slider.label)
        columns.set_value((10, 120)).run()

        assert not app.exception
        assert "Crop moved by hand" in shown_badges(app)
        assert engine.batches == [1, 8, 1, 8]
        changed = {alt for alt in before if before[alt] != pictures(app).get(alt)}
        assert any("crop box" in alt for alt in changed)
        assert any("inside the crop box" in alt for alt in changed)

    def test_can_be_set_back(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), head_png(0))
        before = pictures(app)
        open_tab(app, evidence.CROP)
        assert app.button(key="crop-reset").disabled
        rows = next(slider for slider in app.slider if "Upper and lower" in slider.label)
        rows.set_value((40, 200)).run()
        app.button(key="crop-reset").click().run()

        assert pictures(app) == before
        assert "Crop moved by hand" not in shown_badges(app)


class TestStability:
    def test_is_told_in_a_word_and_a_chart(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), head_png(1))

        assert "altered copies" in shown_badges(app)
        chart = json.loads(app.get("plotly_chart")[1].proto.spec)
        assert len(chart["layout"]["yaxis"]["ticktext"]) == len(ALTERATIONS)
        assert "A stable answer is not thereby a right one" in shown(app)

    def test_an_answer_that_flips_says_so(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        infer = engine.infer

        def flipping(inputs: np.ndarray) -> RawOutput:
            raw = infer(inputs)
            if len(inputs) > 1:
                raw.logits[2:] = np.array([0, 0, 9, 0], np.float32)
            return raw

        monkeypatch.setattr(engine, "infer", flipping)
        upload(app.run(), head_png(1))

        assert "Unstable" in shown_badges(app)
        assert "It changed to No tumor" in shown(app)

    def test_a_busy_network_leaves_the_answer(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        infer = engine.infer

        def busy(inputs: np.ndarray) -> RawOutput:
            if len(inputs) > 1:
                raise BusyError("At most 64 requests may wait. Try again in a moment.")
            return infer(inputs)

        monkeypatch.setattr(engine, "infer", busy)
        upload(app.run(), head_png(1))

        assert not app.exception
        assert "Meningioma</div>" in shown(app)
        assert "were not checked" in shown(app)


class TestReport:
    def test_gives_a_page_an_overlay_and_a_record(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(1), "scan.png")
        open_tab(app, evidence.REPORT)
        app.text_area[0].set_value("Seen with a colleague.").run()

        assert not app.exception
        assert [one.label for one in app.get("download_button")] == [
            "Report (PDF)",
            "Overlay (PNG)",
            "Findings (JSON)",
        ]

    def test_is_not_offered_for_a_withheld_answer(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), png(np.full((120, 90), 80, np.uint8)))

        assert not app.get("download_button")


class TestHistory:
    def test_keeps_the_last_scans_and_opens_them_again(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(0), "first.png")
        upload(app, head_png(3), "second.png")
        app.button(key="reopen-1").click().run()

        assert "Glioma</div>" in shown(app)
        assert engine.batches == [1, 8, 1, 8]
        assert "Pituitary tumor, " in shown(app)

    def test_is_cleared_by_its_button(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), head_png(0), "first.png")
        app.button(key="close-scan").click().run()
        assert "first.png" in shown(app)
        app.button(key="clear-history").click().run()

        assert "first.png" not in shown(app)
        assert not any("history" in key for key in app.session_state.to_dict())


class TestNoWeights:
    def test_says_so_before_a_file_is_chosen(self, app: AppTest, no_weights: Path) -> None:
        app.run()

        assert not app.exception
        assert app.error[0].proto.title == "No predictions: the model cannot be used"
        assert "There are no weights" in app.error[0].value
        assert "brain\\_tumor export" in app.error[0].value

    def test_shows_the_crop_and_predicts_nothing(self, app: AppTest, no_weights: Path) -> None:
        upload(app.run(), head_png(0))

        assert not app.exception
        assert any("extreme points" in alt for alt in pictures(app))
        assert any("inside the crop box" in alt for alt in pictures(app))
        assert not heat_maps(app)
        assert "No heat map" in shown(app)
        assert "Predicted class" not in shown(app)
        assert len(app.get("plotly_chart")) == 1  # the crop's, which needs no weights
        assert not app.selectbox

    def test_damaged_weights_are_said_to_be_so(
        self, app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_bundle_info(tmp_path, fake_classifier().info)  # names a file that is not there
        monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
        upload(app.run(), head_png(0))

        assert not app.exception
        assert "none\\.xml" in app.error[0].value

    def test_answers_once_there_are_weights(
        self, app: AppTest, no_weights: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload(app.run(), head_png(2))
        classifier = fake_classifier(no_weights)
        write_bundle_info(no_weights, classifier.info)
        monkeypatch.setattr(state, "load_classifier", lambda folder: classifier)
        app.run()

        assert not app.error
        assert "No tumor</div>" in shown(app)


class TestHeatMap:
    def test_moving_the_slider_draws_again_without_the_network(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(0))
        before = pictures(app)
        app.slider(key=OPACITY_KEY).set_value(20).run()
        after = pictures(app)

        changed = {alt for alt in before if before[alt] != after[alt]}
        assert engine.batches == [1, 8]
        assert any(alt.startswith(HEAT) for alt in changed)
        assert all(alt.startswith((HEAT, "Legend")) for alt in changed)

    def test_starts_with_the_predicted_class_and_can_be_asked_for_another(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(1))
        assert app.selectbox[0].value == "meningioma"

        app.selectbox[0].set_value("pituitary").run()

        assert list(heat_maps(app)) == [f"{HEAT} Pituitary tumor, laid over the scan"]
        assert engine.batches == [1, 8]

    def test_goes_back_to_the_predicted_class_with_the_next_scan(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(1))
        app.selectbox[0].set_value("pituitary").run()
        upload(app, head_png(0))

        assert app.selectbox[0].value == "glioma"

    def test_the_opacity_stays_when_another_scan_is_opened(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(1))
        app.slider(key=OPACITY_KEY).set_value(20).run()
        upload(app, head_png(0))

        assert app.slider(key=OPACITY_KEY).value == 20

    @pytest.mark.parametrize(
        ("key", "value"), [(COLOURS_KEY, "viridis"), (THRESHOLD_KEY, 60), (FINER_KEY, True)]
    )
    def test_is_drawn_in_the_colours_from_the_threshold_and_as_fine_as_asked(
        self, key: str, value: object, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(1))
        before = heat_maps(app)
        app.session_state[key] = value
        app.run()

        assert not app.exception
        assert heat_maps(app) != before
        assert engine.batches == ([1, 8, 3] if key == FINER_KEY else [1, 8])
        app.run()
        assert engine.batches == ([1, 8, 3] if key == FINER_KEY else [1, 8])

    def test_says_so_where_nothing_speaks_for_the_class(
        self, app: AppTest, engine: QuadrantEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        infer = engine.infer

        def nothing(inputs: np.ndarray) -> object:
            raw = infer(inputs)
            raw.maps[:] = -1.0
            return raw

        monkeypatch.setattr(engine, "infer", nothing)
        upload(app.run(), head_png(0))

        assert "the heat map is empty" in shown(app)


def test_the_model_is_loaded_once_and_again_when_its_record_changes(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []
    classifier = fake_classifier(tmp_path)
    write_bundle_info(tmp_path, classifier.info)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(state, "load_classifier", lambda f: loaded.append(f) or classifier)

    upload(app.run(), head_png(0))
    upload(app, head_png(1))
    assert loaded == [tmp_path]

    write_bundle_info(tmp_path, fake_classifier(review_threshold=0.9).info)
    app.run()
    assert loaded == [tmp_path, tmp_path]


def test_the_models_facts_are_on_the_page(app: AppTest, engine: QuadrantEngine) -> None:
    app.run()

    info = fake_classifier().info
    facts = app.get("expander")[0]
    assert facts.label == "About the model"
    for fact in (info.weights_hash, info.backbone, f"{info.temperature:.3f}"):
        assert fact in shown(app)
    assert f"<dt>Preprocessing version</dt><dd>{info.preprocess_version}</dd>" in shown(app)
