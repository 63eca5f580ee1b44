"""The chart of a scanned series: tumor probability by slice."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from brain_tumor.series_scan import THRESHOLD, SliceResult, SliceRun
from brain_tumor.ui.figures import GRID, LIKELIEST, OTHER, ink
from brain_tumor.wording import percent

_LINE: Final = "#7b8794"
"""Seen on both grounds: the theme can change while the chart stays."""

_SPEAKS: Final = "#d55e00"
_PERCENTS: Final = (0, 25, 50, 75, 100)

_KINDS: Final = (
    ("Not accepted", {"symbol": "circle-open", "size": 7, "color": "#8b97a5", "line_width": 1.5}),
    ("Accepted", {"symbol": "circle", "size": 7, "color": LIKELIEST}),
    ("Speaks for a tumor", {"symbol": "diamond", "size": 9, "color": _SPEAKS}),
)
"""The kinds of slices, told apart by shape as well as by colour."""


def series_chart(
    results: Sequence[SliceResult], runs: Sequence[SliceRun], current: int, dark: bool = False
) -> go.Figure:
    """Draw the tumor probability of each slice, what carries a finding, and the slice shown.

    Slices that speak for a tumor are diamonds, others discs, and those that were not accepted
    hollow grey circles at the height that the network gave them all the same. Each point's
    ``customdata`` is its slice's number, from 1.

    Args:
        results: of the slices, in order.
        runs: neighbours that carry a finding; their background is tinted.
        current: index of the slice that is shown, from 0.
        dark: whether the page is dark.
    """
    colour = ink(dark)
    figure = go.Figure()
    _add_points(figure, results)
    for run in runs:
        figure.add_vrect(
            x0=run.first + 0.5,
            x1=run.last + 1.5,
            fillcolor=_SPEAKS,
            opacity=0.13,
            line_width=0,
            layer="below",
        )
    _add_lines(figure, current, colour)
    _style(figure, len(results), colour)
    return figure


def _add_points(figure: go.Figure, results: Sequence[SliceResult]) -> None:
    numbers = np.array([one.index + 1 for one in results])
    heights = np.array([100 * one.tumor_probability for one in results])
    kinds = np.array(
        [0 if not one.accepted else 2 if one.speaks_for_tumor else 1 for one in results]
    )
    figure.add_scatter(
        x=numbers,
        y=np.where(kinds > 0, heights, np.nan),  # the line parts where nothing is known
        mode="lines",
        line={"color": OTHER, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    for kind, (name, marker) in enumerate(_KINDS):
        chosen = kinds == kind
        figure.add_scatter(
            x=numbers[chosen],
            y=heights[chosen],
            customdata=numbers[chosen],
            mode="markers",
            name=name,
            marker=marker,
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            hovertemplate=f"Slice %{{customdata}}: %{{y:.0f}} %<br>{name}<extra></extra>",
        )


def _add_lines(figure: go.Figure, current: int, colour: str) -> None:
    text = {"font": {"color": colour, "size": 12}}
    figure.add_hline(
        y=100 * THRESHOLD,
        line={"color": _LINE, "width": 1.5, "dash": "dash"},
        annotation={"text": f"threshold {percent(THRESHOLD)}", **text},
        annotation_position="top left",
    )
    figure.add_vline(x=current + 1, line={"color": _LINE, "width": 2, "dash": "dot"})
    figure.add_annotation(
        x=current + 1,
        y=1,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        text=f"shown: {current + 1}",
        **text,
    )


def _style(figure: go.Figure, count: int, colour: str) -> None:
    figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 26, "b": 8},
        hovermode="closest",
        hoverdistance=30,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={
            "orientation": "h",
            "y": -0.28,
            "x": 0,
            "font": {"color": colour},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    axis = {
        "fixedrange": True,
        "zeroline": False,
        "tickfont": {"color": colour},
        "title_font": {"color": colour},
    }
    figure.update_xaxes(title="Slice", range=[0, count + 1], showgrid=False, **axis)
    figure.update_yaxes(
        title="Tumor probability",
        range=[-4, 104],
        tickvals=_PERCENTS,
        ticktext=[f"{value} %" for value in _PERCENTS],
        gridcolor=GRID,
        **axis,
    )
