import numpy as np
import pytest

from brain_tumor.drawing import display
from brain_tumor.drawing.display import MARGIN, SIDE
from brain_tumor.imaging.crop import CropBox
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Study
from brain_tumor.intake.volume import Volume
from brain_tumor.ui.case import (
    Place,
    answered,
    is_answered,
    key_of,
    middle_of,
    open_case,
    with_crop,
)
from tests.fakes import QuadrantEngine, fake_classifier, head
from tests.ui.conftest import head_png


def image_study(label: int = 0) -> Study:
    return read_uploads([("x.png", head_png(label))]).studies[0]


def volume_study() -> Study:
    voxels = np.stack([head(label) for label in range(4)])
    volume = Volume(voxels, (2.0, 1.0, 1.0), "SAR", "axial", "NIfTI", "uint8", 8)
    return Study("head.nii", volume, "NIfTI")


def test_a_case_is_known_by_its_pixels() -> None:
    case = open_case(image_study())

    assert case.key == open_case(image_study()).key != open_case(image_study(1)).key
    assert len(case.key) == 64
    assert case.size == "256 × 256 px, PNG"
    assert case.crop.found and not case.is_moved and case.answer is None


def test_pixels_of_another_shape_are_another_case() -> None:
    scan = open_case(image_study()).scan
    wide = np.asarray(scan.pixels).reshape(128, 512)

    assert key_of(scan) != key_of(type(scan)(wide, 0.0, "PNG", "L", 8))


def test_a_volume_is_opened_in_the_middle_of_its_own_plane() -> None:
    case = open_case(volume_study())

    assert case.place == Place("axial", 2, 4)
    assert middle_of(volume_study().content, "coronal") == Place("coronal", 128, 256)  # type: ignore[arg-type]


def test_a_place_is_the_slice_that_is_opened() -> None:
    study = volume_study()
    cases = [open_case(study, Place("axial", index, 4)) for index in range(4)]

    assert len({case.key for case in cases}) == 4


class TestMovedCrop:
    def test_is_drawn_anew_and_has_no_answer(self) -> None:
        case = answered(open_case(image_study()), fake_classifier())
        moved = with_crop(case, CropBox(10, 20, 110, 140))

        assert moved.is_moved and moved.answer is None
        assert moved.crop.box == CropBox(10, 20, 110, 140)
        assert moved.view.scan_png != case.view.scan_png
        assert moved.view.crop_png != case.view.crop_png

    def test_changes_what_the_network_sees(self) -> None:
        classifier = fake_classifier()
        case = open_case(image_study(0))
        box = case.crop.box
        right = CropBox((box.x0 + box.x1) // 2, box.y0, box.x1, box.y1)

        first = answered(case, classifier).answer
        second = answered(with_crop(case, right), classifier).answer

        assert first is not None and second is not None
        assert not np.array_equal(first.logits, second.logits)
        assert second.crop.box == right

    def test_goes_back_to_the_one_that_was_found(self) -> None:
        case = open_case(image_study())
        back = with_crop(with_crop(case, CropBox(10, 20, 110, 140)), None)

        assert not back.is_moved
        assert back.crop == case.crop


def test_the_network_is_asked_once_for_each_set_of_weights() -> None:
    classifier = fake_classifier()
    assert isinstance(classifier.engine, QuadrantEngine)
    case = answered(open_case(image_study(2)), classifier)

    assert answered(case, classifier) is case
    assert classifier.engine.batches == [1]
    assert is_answered(case, classifier.info.weights_hash)
    assert not is_answered(case, "other weights")


@pytest.mark.parametrize("shape", [(256, 256), (100, 300), (300, 40)])
def test_a_view_holds_the_scan_at_display_size(shape: tuple[int, int]) -> None:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.full(shape, 90, np.uint8)).save(buffer, "PNG")
    case = open_case(read_uploads([("x.png", buffer.getvalue())]).studies[0])

    assert max(case.view.scan.height, case.view.scan.width) == SIDE - 2 * MARGIN


def test_nothing_is_drawn_before_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    for name in ("at_display_size", "scan_picture", "cropped_picture"):
        draw = getattr(display, name)
        monkeypatch.setattr(
            display, name, lambda *given, d=draw, n=name: (drawn.append(n), d(*given))[1]
        )
    case = answered(open_case(image_study(1)), fake_classifier())
    assert drawn == []

    assert case.view.scan_png == case.view.scan_png
    assert case.view.crop_png == case.view.crop_png
    assert drawn.count("scan_picture") == drawn.count("cropped_picture") == 1
