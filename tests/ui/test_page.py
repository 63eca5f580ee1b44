"""The page in each of its states, without a browser."""

import json
import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from brain_tumor import CLASSES
from brain_tumor.model.bundle import write_bundle_info
from brain_tumor.model.bundle_store import MODELS_VARIABLE
from brain_tumor.ui import state
from brain_tumor.wording import CLASS_NAMES
from tests.fakes import QuadrantEngine, fake_classifier
from tests.ui.conftest import HEAT, head_png, heat_maps, pictures, shown, upload


class TestNothingOpen:
    def test_says_what_to_do_and_offers_a_sample_of_each_class(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        app.run()

        assert not app.exception
        assert "No scan open yet" in shown(app)
        assert list(pictures(app)) == [f"Sample scan: {CLASS_NAMES[label]}" for label in CLASSES]
        assert [button.key for button in app.button] == [f"open-{label}" for label in CLASSES]
        assert engine.batches == []

    def test_says_that_it_is_no_medical_device_before_anything_else(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        app.run()

        assert "not a medical device" in app.markdown[0].value

    def test_accepts_any_number_of_files_whatever_their_ending(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        app.run()

        # DICOM files often have no ending at all.
        assert list(app.file_uploader[0].allowed_type) == []
        assert app.file_uploader[0].proto.multiple_files


@pytest.mark.parametrize("label", CLASSES)
def test_a_sample_is_opened_and_answered(label: str, app: AppTest, engine: QuadrantEngine) -> None:
    app.run().button(key=f"open-{label}").click().run()

    assert not app.exception
    assert "Predicted class" in shown(app)
    assert f"sample-{label}.jpg" in shown(app)
    assert f"Filed in the data set as: {CLASS_NAMES[label]}" in shown(app)
    assert len(heat_maps(app)) == 1
    assert engine.batches == [1, 8]


class TestUpload:
    @pytest.mark.parametrize("label", range(4))
    def test_shows_class_probability_crop_and_heat_map(
        self, label: int, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(label))

        name = CLASS_NAMES[CLASSES[label]]
        assert not app.exception
        assert f'<div class="bt-class">{name}</div>' in shown(app)
        assert "calibrated probability" in shown(app)
        assert "No objection found" in shown(app)
        assert list(heat_maps(app)) == [f"{HEAT} {name}, laid over the scan"]
        assert any("crop box" in alt for alt in pictures(app))
        assert any("inside the crop box" in alt for alt in pictures(app))
        assert not app.warning and not app.error

    def test_draws_the_four_probabilities_as_bars(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(1))

        chart = json.loads(app.get("plotly_chart")[0].proto.spec)
        case = app.session_state[state._WORKSPACE].case
        assert chart["data"][0]["orientation"] == "h"
        assert chart["layout"]["yaxis"]["ticktext"] == [
            "Glioma",
            "<b>Meningioma</b>",
            "No tumor",
            "Pituitary tumor",
        ]
        assert len(chart["data"][0]["text"]) == len(case.answer.probabilities) == 4

    def test_clears_the_uploader_so_that_the_server_keeps_no_bytes(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(0))

        assert not app.file_uploader[0].value
        assert not any(isinstance(value, bytes) for value in app.session_state.to_dict().values())
        assert state._PENDING not in app.session_state

    def test_shows_a_file_name_as_it_is_and_never_as_markup(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        name = "<b>Jane **Doe** :red[x].png"
        upload(app.run(), head_png(0), name)

        assert {text.value for text in app.text} == {name}
        assert "Jane" not in shown(app).replace(name, "")

    def test_asks_for_review_below_the_bundles_threshold(
        self, app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        classifier = fake_classifier(tmp_path, review_threshold=1.0)
        write_bundle_info(tmp_path, classifier.info)
        monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
        monkeypatch.setattr(state, "load_classifier", lambda folder: classifier)

        upload(app.run(), head_png(0))

        assert "Needs review" in shown(app)
        assert "No objection found" not in shown(app)

    def test_another_file_takes_the_place_of_the_first(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(0), "first.png")
        upload(app, head_png(3), "second.png")

        assert "Pituitary tumor</div>" in shown(app)
        assert [text.value for text in app.text] == ["second.png", "second.png", "first.png"]
        assert engine.batches == [1, 8, 1, 8]

    def test_close_forgets_the_scan(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), head_png(0))
        app.button(key="close-scan").click().run()

        assert "No scan open yet" in shown(app)
        assert state._WORKSPACE not in app.session_state

    def test_logs_nothing_of_the_file(
        self, app: AppTest, engine: QuadrantEngine, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        upload(app.run(), head_png(0), "Jane Doe.png")
        upload(app, b"%PDF-1.7 Jane Doe", "Jane Doe.pdf.png")

        assert "Jane Doe" in shown(app)
        assert "Jane" not in caplog.text


class TestUnreadable:
    def test_says_why_and_what_to_do(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), b"%PDF-1.7", "report.png")

        assert not app.exception
        assert app.error[0].proto.title == "This file was not read"
        assert "This looks like a PDF" in app.error[0].value
        assert "No scan open yet" in shown(app)
        assert "report.png" in [text.value for text in app.text]
        assert engine.batches == []

    @pytest.mark.parametrize("cut", [0, 8, 60, 300])
    def test_a_damaged_image_is_no_stack_trace(
        self, cut: int, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), head_png(0)[:cut])

        assert not app.exception
        assert len(app.error) == 1

    def test_keeps_the_scan_that_was_open(self, app: AppTest, engine: QuadrantEngine) -> None:
        upload(app.run(), head_png(0), "good.png")
        before = pictures(app)
        upload(app, b"nothing", "bad.png")

        assert "What was open before is still shown" in app.error[0].value
        assert [text.value for text in app.text] == ["bad.png", "good.png", "good.png"]
        assert pictures(app) == before
        assert engine.batches == [1, 8]

    def test_the_next_good_file_clears_the_message(
        self, app: AppTest, engine: QuadrantEngine
    ) -> None:
        upload(app.run(), b"nothing")
        upload(app, head_png(0))

        assert not app.error
