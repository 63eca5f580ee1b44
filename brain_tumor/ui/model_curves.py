"""Plotly figures of an evaluation that are curves: how sure an answer is, and what that buys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.ui.figures import LIKELIEST, OTHER, ink
from brain_tumor.ui.model_figures import SECOND, axis, legend, plain

_PERCENT: Final = [0, 25, 50, 75, 100]
_CORNER: Final = 20  # per cent of the unit square that are enough for a good ROC curve


def reliability_chart(bins: Sequence[dict[str, Any]], dark: bool = False) -> go.Figure:
    """Draw a reliability diagram: per bin, the share that is right against the mean probability.

    Guo et al., "On Calibration of Modern Neural Networks", 2017; with the Wilson interval of each
    bin, for most hold few images. On the diagonal a probability is what it says.

    Args:
        bins: ``ReliabilityBin`` as records; empty ones are left out.
        dark: whether the page is dark.
    """
    kept = [one for one in bins if one["count"]]
    shares = [Proportion.of(round(one["accuracy"] * one["count"]), one["count"]) for one in kept]
    right = 100 * np.array([share.value for share in shares])
    figure = go.Figure(
        [
            go.Scatter(
                x=np.array([0, 100]),
                y=np.array([0, 100]),
                mode="lines",
                line={"color": OTHER, "width": 2, "dash": "dash"},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=100 * np.array([one["confidence"] for one in kept]),
                y=right,
                mode="markers",
                marker={
                    "color": LIKELIEST,
                    "size": np.clip(2 * np.cbrt([one["count"] for one in kept]), 7, 22),
                },
                error_y={
                    "type": "data",
                    "array": 100 * np.array([share.high for share in shares]) - right,
                    "arrayminus": right - 100 * np.array([share.low for share in shares]),
                    "color": LIKELIEST,
                    "thickness": 1.5,
                    "width": 4,
                },
                customdata=np.array([f"{share.successes:,} of {share.n:,}" for share in shares]),
                hovertemplate="said %{x:.0f} %, right %{y:.0f} %: %{customdata}<extra></extra>",
            ),
        ]
    )
    plain(figure, height=330, margin={"l": 0, "r": 12, "t": 8, "b": 0})
    lowest = min((one["low"] for one in kept), default=0.0)
    figure.update_xaxes(
        **axis("calibrated probability", dark),
        range=[100 * lowest - 2, 102],
        ticksuffix=" %",
        nticks=5,
    )
    figure.update_yaxes(
        **axis("share that was right", dark),
        range=[-3, 103],
        tickvals=_PERCENT,
        ticktext=[f"{one} %" for one in _PERCENT],
    )
    return figure


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold's place on a curve, both 0..1, and what is written beside it."""

    x: float
    y: float
    text: str


def risk_coverage_chart(
    curve: Sequence[tuple[float, float]], review: OperatingPoint | None, dark: bool = False
) -> go.Figure:
    """Draw how many answers are wrong against how many are given, the surest first.

    Geifman & El-Yaniv, "Selective Classification for Deep Neural Networks", 2017.

    Args:
        curve: (share answered, share of these that is wrong), 0..1, in the order of the first.
        review: the review threshold; None where it sets everything aside.
        dark: whether the page is dark.
    """
    coverage, risk = 100 * np.asarray(curve, np.float64).reshape(-1, 2).T
    figure = go.Figure(
        go.Scatter(
            x=coverage,
            y=risk,
            mode="lines+markers",
            line={"color": LIKELIEST, "width": 3},
            marker={"size": 7},
            hovertemplate="%{x:.1f} % answered, %{y:.2f} % of them wrong<extra></extra>",
        )
    )
    if review is not None:
        _mark(figure, review, dark)
    plain(figure, height=330, margin={"l": 0, "r": 12, "t": 8, "b": 0})
    top = max([*risk, *([100 * review.y] if review else [])], default=1) or 1
    figure.update_xaxes(
        **axis("answered", dark),
        range=[min(coverage, default=0) - 1, 101],
        ticksuffix=" %",
        nticks=5,
    )
    figure.update_yaxes(
        **axis("wrong among the answered", dark),
        range=[-0.04 * top, 1.12 * top],
        ticksuffix=" %",
        nticks=5,
    )
    return figure


def _mark(figure: go.Figure, point: OperatingPoint, dark: bool) -> None:
    figure.add_trace(
        go.Scatter(
            x=np.array([100 * point.x]),
            y=np.array([100 * point.y]),
            mode="markers",
            marker={"size": 14, "symbol": "diamond", "color": SECOND},
            hovertemplate=f"{point.text}<extra></extra>",
        )
    )
    figure.add_annotation(
        x=100 * point.x,
        y=100 * point.y,
        text=point.text,
        font={"size": 13, "color": ink(dark)},
        arrowcolor=ink(dark),
        standoff=9,
        ax=-70,
        ay=-50,
        align="left",
    )


def roc_chart(curves: Mapping[str, dict[str, Any]], dark: bool = False) -> go.Figure:
    """Draw ROC curves: scans let through against other pictures let through.

    Only the corner is drawn where every curve runs there; else all of the unit square.

    Args:
        curves: by name: ``points``, pairs of (others let through, scans let through), 0..1.
        dark: whether the page is dark.
    """
    figure = go.Figure()
    looks = ((LIKELIEST, "solid"), (SECOND, "dash"))
    corner = True
    for (name, curve), (colour, dash) in zip(curves.items(), looks, strict=False):
        let_in, kept = 100 * np.asarray(curve["points"], np.float64).reshape(-1, 2).T
        corner &= bool((kept[let_in >= _CORNER] >= 100 - _CORNER).all())
        figure.add_trace(
            go.Scatter(
                name=name,
                x=let_in,
                y=kept,
                mode="lines",
                line={"color": colour, "width": 3, "dash": dash},
                hovertemplate="%{x:.1f} % of others, %{y:.1f} % of scans let through"
                "<extra></extra>",
            )
        )
    plain(figure, height=330, margin={"l": 0, "r": 12, "t": 8, "b": 0})
    figure.update_layout(showlegend=True, legend=legend(dark))
    span = _CORNER if corner else 100
    pad = 0.03 * span
    figure.update_xaxes(
        **axis("others let through", dark), range=[-pad, span + pad], ticksuffix=" %", nticks=5
    )
    figure.update_yaxes(
        **axis("scans let through", dark),
        range=[100 - span - pad, 100 + pad],
        ticksuffix=" %",
        nticks=5,
    )
    return figure
