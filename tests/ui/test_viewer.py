import cv2
import numpy as np

from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.study import Study
from brain_tumor.ui.case import answered, open_case
from brain_tumor.ui.viewer import Look, heat_and_picture
from tests.fakes import fake_classifier, head


def test_the_map_at_display_size_is_the_classifiers_own() -> None:
    classifier = fake_classifier()
    scan = Scan(head(3), 0.0, "PNG", "L", 8)
    case = answered(open_case(Study("x", scan, "image")), classifier)
    answer = case.answer
    assert answer is not None
    heat, _ = heat_and_picture(case, answer, classifier, Look(answer.label, HeatStyle()))

    expected = cv2.resize(
        classifier.explain(scan, answer), heat.shape[::-1], interpolation=cv2.INTER_AREA
    )
    assert np.abs(heat - expected).mean() < 0.005
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert row > heat.shape[0] / 2 and column > heat.shape[1] / 2
