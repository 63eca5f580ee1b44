import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from brain_tumor.drawing.overlay import HeatStyle
from brain_tumor.imaging.decode import Scan
from brain_tumor.reporting import overlay as module
from brain_tumor.reporting.origin import SliceOrigin
from tests.fakes import head
from tests.reporting.known import findings, overlay, scan_of, stability


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def facts(one: Any) -> dict[str, str]:
    return {name: str(text) for name, text in Image.open(io.BytesIO(one)).info.items()}


def test_the_png_has_the_scans_size_and_colour_only_where_there_is_heat() -> None:
    scan = Scan(head(0)[:200], 0.0, "PNG", "L", 8)
    picture = opened(overlay(scan, findings(heat_style=HeatStyle(opacity=1.0))))

    assert picture.shape == (200, 256, 3)
    coloured = picture.min(axis=2) != picture.max(axis=2)
    assert coloured[40:80, 40:100].mean() > 0.5  # glioma's spot is at the top left
    assert not coloured[150:, 200:].any()


def test_without_opacity_it_is_the_scan() -> None:
    scan = scan_of()
    picture = opened(overlay(scan, findings(heat_style=HeatStyle(opacity=0.0))))
    assert np.array_equal(picture, np.repeat(scan.pixels[..., None], 3, axis=2))


def test_the_scan_can_stand_beside_it() -> None:
    scan = scan_of()
    picture = opened(overlay(scan, findings(), beside=True))

    assert picture.shape == (256, 512, 3)
    assert np.array_equal(picture[:, :256], np.repeat(scan.pixels[..., None], 3, axis=2))
    assert np.array_equal(picture[:, 256:], opened(overlay(scan, findings())))


def test_the_png_says_what_it_is_and_not_whose() -> None:
    name = "Jane Doe.png"
    one = findings(
        file_name=name,
        patient="Jane Doe",
        note="Jane Doe",
        heat_label="meningioma",
        heat_style=HeatStyle("cividis", 0.5, 0.3),
        crop_moved=True,
        origin=SliceOrigin("coronal", 7, 12),
        stability=stability(0.9, 0.25, 0.75),
    )
    data = overlay(scan_of(), one)
    text = facts(data)

    assert text["Title"].startswith("Grad-CAM: Meningioma")
    assert "not a medical device" in text["Disclaimer"]
    for part in (one.provenance.weights, one.provenance.data, "preprocessing version 1"):
        assert part in text["Source"]
    for part in ("Wavering: on 2 of 3", "coronal 7 of 12", "moved by hand"):
        assert part in text["Description"]
    assert text["Heat map"] == "cividis, opacity 50 %, coloured from 30 % of the strongest on"
    assert b"Doe" not in data


def test_the_class_of_a_refused_image_is_marked() -> None:
    text = facts(overlay(scan_of(), replace(findings(), accepted=False, reasons=("No head.",))))

    assert "outside what the model knows" in text["Title"]
    assert text["Description"].startswith("Outside what the model knows")


def test_a_scan_larger_than_the_limit_is_shrunk_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_SIDE", 128)
    data = overlay(Scan(head(0)[:200], 0.0, "PNG", "L", 8), findings())

    assert opened(data).shape == (100, 128, 3)
    assert "Shrunk from 256 x 200 pixels." in facts(data)["Description"]


def test_the_same_findings_give_the_same_png() -> None:
    assert overlay(scan_of(), findings()) == overlay(scan_of(), findings())
