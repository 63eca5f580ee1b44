"""The crop is the reader's to move: a drawn box, four handles, and back."""

import base64
from typing import Any, Final

import cv2
import numpy as np
import plotly.graph_objects as go
import streamlit as st

from brain_tumor.drawing.display import BOX_COLOUR
from brain_tumor.imaging.crop import CropBox
from brain_tumor.ui import state
from brain_tumor.ui.case import Case

MIN_SIDE: Final = 16
"""Fewest pixels that a box may have along either axis: less is no head."""

_LONGEST: Final = 640
_HEIGHT: Final = 440
_CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def show(case: Case) -> None:
    """Draw the editor of the crop; a changed crop is answered in the next run."""
    st.markdown("**Draw a box on the scan**, or move the four handles. The answer follows.")
    picture, handles = st.columns([3, 2], gap="medium")
    # Both carry the crop in their key: it is then shown in both, whichever of them set it.
    version = f"{case.key[:12]}-{'-'.join(map(str, case.crop.box.as_tuple()))}"
    with picture:
        key = f"crop-drawn-{version}"
        st.plotly_chart(
            crop_figure(case),
            config=_CONFIG,
            key=key,
            on_select=lambda: _drawn(case, st.session_state[key]),
            selection_mode="box",
            width="stretch",
            height="stretch",  # the style sheet sets it: less on a phone
            alt="The scan with the crop box; drag to draw another one",
        )
    with handles:
        _handles(case, version)


def _handles(case: Case, version: str) -> None:
    box, scan = case.crop.box, case.scan
    columns = st.slider(
        "Left and right edge (pixels)",
        0,
        scan.width,
        (box.x0, box.x1),
        key=f"crop-columns-{version}",
    )
    rows = st.slider(
        "Upper and lower edge (pixels)",
        0,
        scan.height,
        (box.y0, box.y1),
        key=f"crop-rows-{version}",
    )
    wanted = fitting_box(scan.width, scan.height, (columns[0], rows[0], columns[1], rows[1]))
    if wanted != box:
        state.move_crop(wanted)
        st.rerun()
    st.button(
        "Back to the crop that was found",
        icon=":material/restart_alt:",
        disabled=not case.is_moved,
        on_click=state.move_crop,
        args=(None,),
        key="crop-reset",
    )
    st.caption(
        f"{box.width} × {box.height} pixels, "
        + ("set by hand." if case.is_moved else "as the contour's extreme points give it.")
    )


def _drawn(case: Case, event: Any) -> None:
    boxes = event.get("selection", {}).get("box", [])
    if boxes:
        (x0, x1), (y0, y1) = boxes[-1]["x"], boxes[-1]["y"]
        corners = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        state.move_crop(fitting_box(case.scan.width, case.scan.height, corners))


def fitting_box(width: int, height: int, corners: tuple[float, float, float, float]) -> CropBox:
    """Return the box nearest to drawn corners that lies on the scan and is not too small.

    Args:
        width: columns of the scan.
        height: rows of the scan.
        corners: (x0, y0, x1, y1) in pixels of the scan, pixel edges at whole numbers; may reach
            beyond the scan.
    """
    x0, x1 = _fitting(corners[0], corners[2], width)
    y0, y1 = _fitting(corners[1], corners[3], height)
    return CropBox(x0, y0, x1, y1)


def _fitting(low: float, high: float, size: int) -> tuple[int, int]:
    smallest = min(MIN_SIDE, size)
    start = int(np.clip(round(low), 0, size - smallest))
    return start, int(np.clip(round(high), start + smallest, size))


def crop_figure(case: Case) -> go.Figure:
    """Draw the scan and its crop box in the scan's pixels, ready to have a box drawn on it."""
    scan, box = case.scan, case.crop.box
    figure = go.Figure(
        # Plotly reports a drawn box only where a trace could have been selected in it.
        go.Scatter(
            x=np.array([0, scan.width]),
            y=np.array([0, scan.height]),
            mode="markers",
            marker={"opacity": 0, "size": 1},
            hoverinfo="skip",
        )
    )
    figure.add_layout_image(
        source=_data_url(case),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=scan.width,
        sizey=scan.height,
        sizing="stretch",
        layer="below",
    )
    figure.add_shape(
        type="rect",
        x0=box.x0,
        y0=box.y0,
        x1=box.x1,
        y1=box.y1,
        line={"color": f"rgb{BOX_COLOUR}", "width": 3, "dash": "dash"},
    )
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        dragmode="select",
        newselection={"line": {"color": "#ffffff", "width": 2, "dash": "solid"}},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#000000",
    )
    shape = {"visible": False, "constrain": "domain"}
    figure.update_xaxes(range=[0, scan.width], constraintoward="left", **shape)
    figure.update_yaxes(range=[scan.height, 0], scaleanchor="x", constraintoward="top", **shape)
    return figure


def _data_url(case: Case) -> str:
    pixels = np.asarray(case.view.scan.pixels)
    factor = min(1.0, _LONGEST / max(pixels.shape))
    if factor < 1:
        pixels = np.asarray(
            cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        )
    done, data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, 92])
    assert done
    return f"data:image/webp;base64,{base64.b64encode(bytes(data)).decode()}"
