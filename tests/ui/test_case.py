import hashlib

import pytest

from brain_tumor.drawing.display import MARGIN, SIDE
from brain_tumor.errors import DecodeError
from brain_tumor.ui.case import answered, is_answered, open_case
from tests.fakes import QuadrantEngine, fake_classifier
from tests.ui.conftest import head_png


def test_a_case_is_known_by_the_hash_of_its_bytes() -> None:
    data = head_png(0)
    case = open_case(data, "x.png")

    assert case.digest == hashlib.sha256(data).hexdigest()
    assert case.size == "256 × 256 px, PNG"
    assert case.crop.found and case.answer is None


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(DecodeError, match="another kind"):
        open_case(b"nothing", "x.png")


def test_the_network_is_asked_once_for_each_set_of_weights() -> None:
    classifier = fake_classifier()
    assert isinstance(classifier.engine, QuadrantEngine)
    case = answered(open_case(head_png(2), "x.png"), classifier)
    again = answered(case, classifier)

    assert again is case
    assert case.answer is not None and case.answer.label == "notumor"
    assert classifier.engine.batches == [1]
    assert is_answered(case, classifier.info.weights_hash)
    assert not is_answered(case, "another")


def test_what_does_not_change_is_drawn_when_a_scan_is_opened() -> None:
    view = open_case(head_png(0), "x.png").view

    assert view.scan.pixels.shape == (SIDE - 2 * MARGIN, SIDE - 2 * MARGIN)
    assert view.crop.box.width < view.scan.width
    assert view.scan_png != view.crop_png
    assert all(data.startswith(b"\x89PNG") for data in (view.scan_png, view.crop_png))
