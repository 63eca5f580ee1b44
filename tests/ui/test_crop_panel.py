import pytest

from brain_tumor.imaging.crop import CropBox
from brain_tumor.ui.case import open_case
from brain_tumor.ui.crop_panel import MIN_SIDE, crop_figure, fitting_box
from tests.ui.test_case import image_study


class TestFittingBox:
    def test_rounds_to_whole_pixels(self) -> None:
        assert fitting_box(200, 100, (10.4, 20.6, 90.2, 79.9)) == CropBox(10, 21, 90, 80)

    def test_stays_on_the_scan(self) -> None:
        assert fitting_box(200, 100, (-30, -5, 500, 130)) == CropBox(0, 0, 200, 100)

    @pytest.mark.parametrize("x", [0.0, 50.0, 199.0])
    def test_is_never_too_small(self, x: float) -> None:
        box = fitting_box(200, 100, (x, 40, x, 41))

        assert box.width == MIN_SIDE and box.height == MIN_SIDE
        assert box.x1 <= 200

    def test_of_a_tiny_scan_is_all_of_it(self) -> None:
        assert fitting_box(9, 12, (3, 3, 4, 4)) == CropBox(0, 0, 9, 12)


def test_the_figure_is_in_the_scans_pixels() -> None:
    case = open_case(image_study())
    figure = crop_figure(case)
    shape = figure.layout.shapes[0]

    assert (shape.x0, shape.y0, shape.x1, shape.y1) == case.crop.box.as_tuple()
    assert tuple(figure.layout.xaxis.range) == (0, 256)
    assert tuple(figure.layout.yaxis.range) == (256, 0)
    assert figure.layout.dragmode == "select"
    assert (figure.layout.images[0].sizex, figure.layout.images[0].sizey) == (256, 256)
