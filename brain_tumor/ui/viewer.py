"""The viewer: the scan with its crop, what the network saw, and where it looked."""

import html
from dataclasses import replace
from typing import Final

import numpy as np
import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.drawing import display
from brain_tumor.drawing.overlay import OPACITY, Colour, Heat
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.ui import answer_panel
from brain_tumor.ui.case import Case
from brain_tumor.wording import CLASS_NAMES, percent

OPACITY_KEY: Final = "heat-opacity"
"""Key of the slider: its value stays when another scan is opened."""

_KEY: Final = """
<div class="bt-pane-text">
<div class="bt-key"><i class="box"></i>Crop box (dashed)</div>
<div class="bt-key"><i class="contour"></i>Head contour (line)</div>
<div class="bt-key"><i class="point"></i>The contour's four extreme points (discs)</div>
</div>
"""


@st.fragment
def show(case: Case, classifier: Classifier | None) -> None:
    """Show the three panes and the controls of the heat map.

    A fragment: moving the slider draws the heat map anew and nothing else is asked or computed.
    """
    with st.container(key="viewer"):
        scan_pane, crop_pane, heat_pane = st.columns(3, gap="medium")
    with scan_pane:
        _scan_pane(case)
    with crop_pane:
        _crop_pane(case)
    if case.answer is None or classifier is None or answer_panel.is_withheld(case):
        with heat_pane:
            _title(3, "Grad-CAM")
            why = (
                "it needs the network's weights."
                if case.answer is None
                else "the image is not taken for a brain MRI."
            )
            st.html(f'<div class="bt-empty">No heat map: {why}</div>')
        return
    label, opacity = _controls(case, case.answer)
    with heat_pane:
        _heat_pane(case, case.answer, classifier, label, opacity)


def _scan_pane(case: Case) -> None:
    _title(1, "Scan and crop box")
    found = case.crop.found
    _picture(
        case.view.scan_png,
        "The scan with the crop box, the head's contour and its four extreme points"
        if found
        else "The scan; no head was found, so the crop box is the whole image",
    )
    if found:
        st.html(_KEY)
    else:
        _text(f"{case.crop.note} The dashed box is the whole image.")


def _crop_pane(case: Case) -> None:
    box = case.crop.box
    share = box.width * box.height / (case.scan.width * case.scan.height)
    _title(2, "Cropped brain")
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
        key=f"heat-class-{case.key[:16]}",
    )
    opacity = slider.slider(
        "Heat map opacity", 0, 100, round(OPACITY * 100), 5, format="%d %%", key=OPACITY_KEY
    )
    return label or answer.label, opacity / 100


def _heat_pane(
    case: Case, answer: Answer, classifier: Classifier, label: str, opacity: float
) -> None:
    _title(3, f"Grad-CAM: {CLASS_NAMES[label]}")
    heat, picture = heat_and_picture(case, answer, classifier, label, opacity)
    _picture(
        display.to_png(picture),
        f"Heat map of what speaks for {CLASS_NAMES[label]}, laid over the scan",
    )
    st.image(
        display.to_png(display.legend_picture(opacity)),
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
    return heat, display.heat_picture(np.asarray(view.scan.pixels), heat, opacity)


def _title(number: int, words: str) -> None:
    st.html(f'<div class="bt-pane-title"><span>{number}</span>{html.escape(words)}</div>')


def _text(words: str) -> None:
    st.html(f'<div class="bt-pane-text">{html.escape(words)}</div>')


def _picture(data: bytes, alt: str) -> None:
    st.image(data, width="stretch", output_format="PNG", alt=alt)
