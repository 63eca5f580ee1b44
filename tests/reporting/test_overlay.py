import io

import numpy as np
from PIL import Image

from brain_tumor.drawing.overlay import INFERNO
from brain_tumor.reporting.overlay import overlay_png
from tests.reporting.known import findings


def ramp(height: int, width: int) -> np.ndarray:
    return np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)


def test_the_png_has_the_scans_size_and_the_pages_colours() -> None:
    heat = np.zeros((300, 500), np.float32)
    heat[100:200, 100:200] = 1.0
    grey = np.full(heat.shape, 77, np.uint8)
    data = overlay_png(grey, heat, findings(), opacity=1.0)
    picture = np.asarray(Image.open(io.BytesIO(data)))

    assert picture.shape == (300, 500, 3)
    assert picture[50, 50].tolist() == [77, 77, 77]
    assert picture[150, 150].tolist() == INFERNO[-1].tolist()
    assert picture[100, 150].tolist() == [255, 255, 255]


def test_the_png_says_what_it_is_and_not_whose() -> None:
    one = findings(file_name="Jane Doe.png", patient="Jane Doe", note="Jane Doe")
    data = overlay_png(np.zeros((64, 64), np.uint8), ramp(64, 64), one, label="meningioma")
    text = Image.open(io.BytesIO(data)).info

    assert text["Title"].startswith("Grad-CAM: Meningioma")
    assert "not a medical device" in text["Disclaimer"]
    assert one.provenance.weights in text["Source"]
    assert b"Doe" not in data


def test_the_same_findings_give_the_same_png() -> None:
    grey, heat = np.zeros((64, 64), np.uint8), ramp(64, 64)
    assert overlay_png(grey, heat, findings()) == overlay_png(grey, heat, findings())
