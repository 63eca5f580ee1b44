"""The viewer: the scan with its crop, what the network saw, and where it looked."""

import html
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

import numpy as np
import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.drawing import display
from brain_tumor.drawing.colour_maps import COLOUR_MAPS, INFERNO
from brain_tumor.drawing.encode import to_jpeg, to_png
from brain_tumor.drawing.overlay import OPACITY, Colour, Heat, HeatStyle, overlay_picture
from brain_tumor.errors import BusyError
from brain_tumor.finer_map import with_finer_maps
from brain_tumor.imaging.preprocess import INPUT_SIDE
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.ui import answer_panel, inspector
from brain_tumor.ui.case import Case
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES, percent

OPACITY_KEY: Final = "heat-opacity"
"""Key of the slider: its value stays when another scan is opened."""

COLOURS_KEY: Final = "heat-colours"
THRESHOLD_KEY: Final = "heat-threshold"
FINER_KEY: Final = "finer-map"
MODE_KEY: Final = "viewer-mode"
_FINER: Final = "finer-answer"

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
    """What the controls are set to.

    Attributes:
        label: the class that the heat map is of.
        style: how heat is drawn.
        finer: whether the map is made of four passes.
    """

    label: str
    style: HeatStyle
    finer: bool = False


def look_of(case: Case, answer: Answer) -> Look:
    """Return what the controls are set to now, for what is drawn outside the viewer."""
    state = st.session_state
    return Look(
        label=state.get(_label_key(case)) or answer.label,
        style=HeatStyle(
            colour_map=state.get(COLOURS_KEY) or INFERNO,
            opacity=state.get(OPACITY_KEY, round(OPACITY * 100)) / 100,
            threshold=state.get(THRESHOLD_KEY, 0) / 100,
        ),
        finer=bool(state.get(FINER_KEY, False)),
    )


def explained(case: Case, answer: Answer, classifier: Classifier) -> Answer:
    """Return the answer with the maps that the controls ask for.

    Raises:
        BusyError: finer maps were asked for, and too many others wait for the network.
    """
    if not look_of(case, answer).finer:
        return answer
    wanted = (case.key, case.crop.box, case.weights)
    known: tuple[object, Answer] | None = st.session_state.get(_FINER)
    if known is None or known[0] != wanted:
        known = wanted, with_finer_maps(classifier, case.scan, answer)
        st.session_state[_FINER] = known
    return known[1]


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
    mode = _layout()
    frame = st.container(key="viewer")
    _controls(case, answer)
    look = look_of(case, answer)
    try:
        with st.spinner("Looking closer …") if look.finer else nullcontext():
            answer = explained(case, answer, classifier)
    except BusyError as error:
        st.caption(plain(f"The coarse map is shown. {error}"))
    heat, picture = heat_and_picture(case, answer, classifier, look)
    with frame:
        if mode is Mode.VALUES:
            _values(case, answer, classifier, heat, look)
        else:
            _pictures(mode, case, heat, picture, look)


def _layout() -> Mode:
    with st.container(horizontal=True, vertical_alignment="center", key="viewer-bar"):
        mode = st.segmented_control(
            "Layout",
            list(Mode),
            format_func=lambda one: one.value,
            default=Mode.STEPS,
            required=True,
            key=MODE_KEY,
            label_visibility="collapsed",
        )
        st.toggle(
            "Finer map",
            key=FINER_KEY,
            help="Four times as many cells, from three more passes over the scan shifted by half a "
            "cell. It holds more of its heat in the tumor; the class stays as it is.",
        )
    return mode or Mode.STEPS


def _pictures(mode: Mode, case: Case, heat: Heat, picture: Colour, look: Look) -> None:
    if mode is Mode.STEPS:
        scan_pane, crop_pane, heat_pane = st.columns(3, gap="medium")
        with scan_pane:
            _scan_pane(case)
        with crop_pane:
            _crop_pane(case)
        with heat_pane:
            _heat_pane(heat, picture, look, number=3)
        return
    if mode is Mode.LARGE:
        with st.container(key="large"):
            _heat_pane(heat, picture, look)
        return
    scan_pane, heat_pane = st.columns(2, gap="medium")
    with scan_pane:
        _title("Scan")
        alone = display.letterbox(np.repeat(case.view.scan.pixels[..., None], 3, axis=-1))
        _picture(to_png(alone), "The scan")
    with heat_pane:
        _heat_pane(heat, picture, look)


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


def _controls(case: Case, answer: Answer) -> None:
    """Show the controls below the pictures; ``look_of`` reads them."""

    def described(label: str) -> str:
        probability = percent(float(answer.probabilities[CLASSES.index(label)]))
        predicted = ", predicted" if label == answer.label else ""
        return f"{CLASS_NAMES[label]} ({probability}{predicted})"

    choice, colours, opacity, threshold = st.columns([3, 2, 2, 2], gap="medium")
    choice.selectbox(
        "Heat map for",
        CLASSES,
        index=CLASSES.index(answer.label),
        format_func=described,
        key=_label_key(case),
    )
    colours.selectbox(
        "Colours",
        list(COLOUR_MAPS),
        format_func=str.capitalize,
        key=COLOURS_KEY,
        help="All of them get lighter from weak to strong and can be read with colour blindness. "
        "Inferno stays furthest from the grey of the scan.",
    )
    opacity.slider("Opacity", 0, 100, round(OPACITY * 100), 5, format="%d %%", key=OPACITY_KEY)
    threshold.slider(
        "Hide heat below",
        0,
        90,
        0,
        5,
        format="%d %%",
        key=THRESHOLD_KEY,
        help="In per cent of the strongest heat in this map.",
    )


def _heat_pane(heat: Heat, picture: Colour, look: Look, number: int = 0) -> None:
    _title(f"Grad-CAM: {CLASS_NAMES[look.label]}", number)
    _picture(
        to_jpeg(picture),
        f"Heat map of what speaks for {CLASS_NAMES[look.label]}, laid over the scan",
        "JPEG",
    )
    _legend(heat, look.style)


def _values(case: Case, answer: Answer, classifier: Classifier, heat: Heat, look: Look) -> None:
    _title(f"Grad-CAM: {CLASS_NAMES[look.label]}")
    shown, scan = case.view.scan, case.scan
    if max(scan.height, scan.width) <= inspector.LONGEST:
        values = inspector.Values(scan.pixels, classifier.explain(scan, answer, look.label))
    else:  # a map of a scan of 8192 x 8192 pixels would take 256 MB
        values = inspector.Values(shown.pixels, heat)
    picture = to_jpeg(overlay_picture(np.asarray(shown.pixels), heat, look.style))
    st.plotly_chart(
        inspector.value_figure(picture, "image/jpeg", values, (scan.width, scan.height)),
        config=inspector.CONFIG,
        key="values",
        width="stretch",
        height="stretch",  # the style sheet sets it: less on a phone
        alt=f"Heat map of what speaks for {CLASS_NAMES[look.label]}; the pointer reads the values",
    )
    _text("Point at the picture to read its values; scroll or pinch to zoom, drag to move.")
    _legend(heat, look.style)


def _legend(heat: Heat, style: HeatStyle) -> None:
    st.image(
        to_png(display.legend_picture(style)),
        width="stretch",
        output_format="PNG",
        alt="Legend: colours from the weakest (dark, see-through) to the strongest (light)",
    )
    st.html(
        f'<div class="bt-scale"><span>0: nothing</span><span>white line: {style.line_name}</span>'
        "<span>1: strongest</span></div>"
    )
    if heat.max() > 0:
        _text("Where the network found what speaks for this class; not an outline of a tumor.")
    else:
        _text("Nothing in this scan speaks for this class: the heat map is empty.")


def heat_and_picture(
    case: Case, answer: Answer, classifier: Classifier, look: Look
) -> tuple[Heat, Colour]:
    """Return a class's heat map at display size, float32 (H, W) in 0..1, and it over the scan."""
    view = case.view
    heat = classifier.explain(view.scan, replace(answer, crop=view.crop), look.label)
    return heat, display.heat_picture(np.asarray(view.scan.pixels), heat, look.style)


def _title(words: str, number: int = 0) -> None:
    count = f"<span>{number}</span>" if number else ""
    st.html(f'<div class="bt-pane-title">{count}{html.escape(words)}</div>')


def _text(words: str) -> None:
    st.html(f'<div class="bt-pane-text">{html.escape(words)}</div>')


def _picture(data: bytes, alt: str, kind: Literal["PNG", "JPEG"] = "PNG") -> None:
    st.image(data, width="stretch", output_format=kind, alt=alt)
