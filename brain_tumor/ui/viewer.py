"""The viewer: the scan with its crop, what the network saw, and where it looked."""

import html
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

import numpy as np
import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.drawing import display
from brain_tumor.drawing.encode import to_jpeg, to_png
from brain_tumor.drawing.overlay import OPACITY, Colour, Heat, HeatStyle, overlay_picture
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.ui import answer_panel, inspector
from brain_tumor.ui.case import Case
from brain_tumor.wording import CLASS_NAMES, percent

OPACITY_KEY: Final = "heat-opacity"
"""Key of the slider: its value stays when another scan is opened."""

MODE_KEY: Final = "viewer-mode"

_KEY: Final = """
<div class="bt-pane-text">
<div class="bt-key"><i class="box"></i>Crop box (dashed)</div>
<div class="bt-key"><i class="contour"></i>Head contour (line)</div>
<div class="bt-key"><i class="point"></i>The contour's four extreme points (discs)</div>
</div>
"""
_MOVED_KEY: Final = _KEY.replace("Crop box (dashed)", "Crop box (dashed), set by hand").replace(
    '<div class="bt-key"><i class="point"></i>The contour\'s four extreme points (discs)</div>', ""
)


class Mode(Enum):
    """How the pictures are laid out."""

    STEPS = "Three steps"
    SIDE_BY_SIDE = "Side by side"
    LARGE = "Large overlay"
    VALUES = "Read values"


@dataclass(frozen=True, slots=True)
class Look:
    """What the controls are set to: the class that the heat map is of, and its opacity, 0..1."""

    label: str
    opacity: float


def look_of(case: Case, answer: Answer) -> Look:
    """Return what the controls are set to now, for what is drawn outside the viewer."""
    label = st.session_state.get(_label_key(case)) or answer.label
    return Look(label, st.session_state.get(OPACITY_KEY, round(OPACITY * 100)) / 100)


def _label_key(case: Case) -> str:
    return f"heat-class-{case.key[:16]}"


@st.fragment
def show(case: Case, classifier: Classifier | None) -> None:
    """Show the pictures and the controls of the heat map.

    A fragment: what a control changes is drawn anew, and nothing else is asked or computed.
    """
    answer = case.answer
    if answer is None or classifier is None or answer_panel.is_withheld(case):
        _without_heat(case)
        return
    mode = st.segmented_control(
        "Layout",
        list(Mode),
        format_func=lambda one: one.value,
        default=Mode.STEPS,
        required=True,
        key=MODE_KEY,
        label_visibility="collapsed",
    )
    frame = st.container(key="viewer")
    label, opacity = _controls(case, answer)
    heat, picture = heat_and_picture(case, answer, classifier, label, opacity)
    with frame:
        if mode is Mode.VALUES:
            _values(case, answer, classifier, heat, label, opacity)
        else:
            _pictures(mode or Mode.STEPS, case, heat, picture, label, opacity)


def _pictures(
    mode: Mode, case: Case, heat: Heat, picture: Colour, label: str, opacity: float
) -> None:
    if mode is Mode.STEPS:
        scan_pane, crop_pane, heat_pane = st.columns(3, gap="medium")
        with scan_pane:
            _scan_pane(case)
        with crop_pane:
            _crop_pane(case)
        with heat_pane:
            _heat_pane(heat, picture, label, opacity, number=3)
        return
    if mode is Mode.LARGE:
        with st.container(key="large"):
            _heat_pane(heat, picture, label, opacity)
        return
    scan_pane, heat_pane = st.columns(2, gap="medium")
    with scan_pane:
        _title("Scan")
        plain = display.letterbox(np.repeat(case.view.scan.pixels[..., None], 3, axis=-1))
        _picture(to_png(plain), "The scan")
    with heat_pane:
        _heat_pane(heat, picture, label, opacity)


def _without_heat(case: Case) -> None:
    with st.container(key="viewer"):
        scan_pane, crop_pane, heat_pane = st.columns(3, gap="medium")
    with scan_pane:
        _scan_pane(case)
    with crop_pane:
        _crop_pane(case)
    with heat_pane:
        _title("Grad-CAM", 3)
        why = (
            "it needs the network's weights, and an answer."
            if case.answer is None
            else "the image is not taken for a brain MRI."
        )
        st.html(f'<div class="bt-empty">No heat map: {why}</div>')


def _scan_pane(case: Case) -> None:
    _title("Scan and crop box", 1)
    found = case.crop.found
    _picture(
        case.view.scan_png,
        "The scan with the crop box, the head's contour and its four extreme points"
        if found
        else "The scan; no head was found, so the crop box is the whole image",
    )
    if found:
        st.html(_MOVED_KEY if case.is_moved else _KEY)
    else:
        _text(f"{case.crop.note} The dashed box is the whole image.")


def _crop_pane(case: Case) -> None:
    box = case.crop.box
    share = box.width * box.height / (case.scan.width * case.scan.height)
    _title("Cropped brain", 2)
    _picture(
        case.view.crop_png,
        "The part of the scan inside the crop box, squeezed to a square",
    )
    _text(
        f"The {box.width} × {box.height} pixels inside the box ({share * 100:.0f} % of the image), "
        f"squeezed to {INPUT_SIDE} × {INPUT_SIDE} with their contrast stretched: what the network "
        "sees."
    )


def _controls(case: Case, answer: Answer) -> tuple[str, float]:
    """Show the controls below the viewer; return the class and the opacity (0..1)."""

    def described(label: str) -> str:
        probability = percent(float(answer.probabilities[CLASSES.index(label)]))
        predicted = ", predicted" if label == answer.label else ""
        return f"{CLASS_NAMES[label]} ({probability}{predicted})"

    words, choice, slider = st.columns(3, gap="medium", vertical_alignment="center")
    words.markdown(
        "**Ask the heat map** about each of the four classes, and fade it to see the scan."
    )
    label = choice.selectbox(
        "Heat map for",
        CLASSES,
        index=CLASSES.index(answer.label),
        format_func=described,
        key=_label_key(case),
    )
    opacity = slider.slider(
        "Heat map opacity", 0, 100, round(OPACITY * 100), 5, format="%d %%", key=OPACITY_KEY
    )
    return label or answer.label, opacity / 100


def _heat_pane(heat: Heat, picture: Colour, label: str, opacity: float, number: int = 0) -> None:
    _title(f"Grad-CAM: {CLASS_NAMES[label]}", number)
    _picture(
        to_jpeg(picture),
        f"Heat map of what speaks for {CLASS_NAMES[label]}, laid over the scan",
        "JPEG",
    )
    _legend(heat, opacity)


def _values(
    case: Case, answer: Answer, classifier: Classifier, heat: Heat, label: str, opacity: float
) -> None:
    _title(f"Grad-CAM: {CLASS_NAMES[label]}")
    shown, scan = case.view.scan, case.scan
    if max(scan.height, scan.width) <= inspector.LONGEST:
        values = inspector.Values(scan.pixels, classifier.explain(scan, answer, label))
    else:  # a map of a scan of 8192 x 8192 pixels would take 256 MB
        values = inspector.Values(shown.pixels, heat)
    picture = to_jpeg(overlay_picture(np.asarray(shown.pixels), heat, HeatStyle(opacity=opacity)))
    st.plotly_chart(
        inspector.value_figure(picture, "image/jpeg", values, (scan.width, scan.height)),
        config=inspector.CONFIG,
        key="values",
        width="stretch",
        alt=f"Heat map of what speaks for {CLASS_NAMES[label]}; the pointer reads the values",
    )
    _text("Point at the picture to read its values; scroll or pinch to zoom, drag to move.")
    _legend(heat, opacity)


def _legend(heat: Heat, opacity: float) -> None:
    st.image(
        to_png(display.legend_picture(HeatStyle(opacity=opacity))),
        width="stretch",
        output_format="PNG",
        alt="Legend: colours from the weakest (dark, see-through) to the strongest (light yellow)",
    )
    st.html(
        '<div class="bt-scale"><span>0: nothing</span><span>white line: half</span>'
        "<span>1: strongest</span></div>"
    )
    if heat.max() > 0:
        _text("Where the network found what speaks for this class; not an outline of a tumor.")
    else:
        _text("Nothing in this scan speaks for this class: the heat map is empty.")


def heat_and_picture(
    case: Case, answer: Answer, classifier: Classifier, label: str, opacity: float
) -> tuple[Heat, Colour]:
    """Return a class's heat map at display size, float32 (H, W) in 0..1, and it over the scan."""
    view = case.view
    heat = classifier.explain(view.scan, replace(answer, crop=view.crop), label)
    return heat, display.heat_picture(
        np.asarray(view.scan.pixels), heat, HeatStyle(opacity=opacity)
    )


def _title(words: str, number: int = 0) -> None:
    count = f"<span>{number}</span>" if number else ""
    st.html(f'<div class="bt-pane-title">{count}{html.escape(words)}</div>')


def _text(words: str) -> None:
    st.html(f'<div class="bt-pane-text">{html.escape(words)}</div>')


def _picture(data: bytes, alt: str, kind: Literal["PNG", "JPEG"] = "PNG") -> None:
    st.image(data, width="stretch", output_format=kind, alt=alt)
