"""Plotly figures for what is drawn once."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.wording import CLASS_NAMES, percent

CHART_CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
"""Plotly's configuration for a chart that is read, not explored: a touch scrolls the page."""

LIKELIEST: Final = "#1f93a8"
OTHER: Final = "rgba(128, 140, 155, 0.55)"
GRID: Final = "rgba(128, 140, 155, 0.25)"
_INK_ON_LIGHT: Final = "#10171f"
_INK_ON_DARK: Final = "#e7ecf2"


def ink(dark: bool) -> str:
    """Return the colour of a chart's text; Streamlit's own grey is faint on both grounds."""
    return _INK_ON_DARK if dark else _INK_ON_LIGHT


def probability_chart(probabilities: NDArray[np.float32], dark: bool = False) -> go.Figure:
    """Draw the probabilities of the classes as horizontal bars, in the order of ``CLASSES``.

    The likeliest class is marked by bold type as well as by colour.

    Args:
        probabilities: float32 (4,), in the order of ``CLASSES``.
        dark: whether the page is dark.
    """
    colour = ink(dark)
    best = int(probabilities.argmax())
    names = [CLASS_NAMES[label] for label in CLASSES]
    shown = [percent(float(value)) for value in probabilities]
    figure = go.Figure(
        go.Bar(
            x=np.asarray(probabilities, np.float64) * 100,
            y=np.arange(len(CLASSES)),
            orientation="h",
            text=[_bold(text) if i == best else text for i, text in enumerate(shown)],
            textposition="outside",
            textfont={"size": 14, "color": colour},
            cliponaxis=False,
            marker={"color": [LIKELIEST if i == best else OTHER for i in range(len(CLASSES))]},
            customdata=np.array(names),
            hovertemplate="%{customdata}: %{x:.1f} %<extra></extra>",
        )
    )
    figure.update_layout(
        height=190,
        margin={"l": 0, "r": 48, "t": 4, "b": 4},
        bargap=0.38,
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(range=[0, 100], visible=False, fixedrange=True)
    figure.update_yaxes(
        tickvals=np.arange(len(CLASSES)),
        ticktext=[_bold(name) if i == best else name for i, name in enumerate(names)],
        tickfont={"size": 14, "color": colour},
        ticks="",
        ticklabelstandoff=8,
        autorange="reversed",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def _bold(text: str) -> str:
    return f"<b>{text.replace('<', '&lt;').replace('>', '&gt;')}</b>"
