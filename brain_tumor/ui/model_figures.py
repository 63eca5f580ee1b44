"""Plotly figures of an evaluation that count: the confusion matrix, shares with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.ui.figures import GRID, LIKELIEST, ink

SECOND: Final = "#c77700"
"""Beside ``LIKELIEST``: told from it by people who are colour-blind, and 3:1 on both grounds."""

THIRD: Final = "#b0528f"
"""Beside both, with the same contrast."""

_ON_COLOUR: Final = "#0b1116"
_BLANK: Final = "rgba(0,0,0,0)"
_RIGHT_AND_WRONG: Final = (
    (0, SECOND),
    (0.499, "rgba(199, 119, 0, 0.16)"),  # even one error is tinted
    (0.4999, "rgba(128, 140, 155, 0.08)"),
    (0.5001, "rgba(128, 140, 155, 0.08)"),
    (0.501, "rgba(31, 147, 168, 0.16)"),
    (1, LIKELIEST),
)


@dataclass(frozen=True, slots=True)
class Series:
    """Shares of the same name on every row of a chart; a symbol tells them apart like a colour."""

    name: str
    shares: tuple[Proportion | None, ...]
    colour: str = LIKELIEST
    symbol: str = "circle"


def confusion_chart(
    names: Sequence[str], counts: Sequence[Sequence[int]], dark: bool = False
) -> go.Figure:
    """Draw a confusion matrix: counts, with each one's share of its row.

    Right is one hue and wrong the other; each is the stronger, the larger the square root of its
    share, so that the few errors show.

    Args:
        names: of the classes, in the order of ``counts``.
        counts: row = true class, column = predicted class.
        dark: whether the page is dark.
    """
    table = np.asarray(counts, np.int64)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    strength = np.sqrt(shares) * np.where(np.eye(len(table), dtype=bool), 1, -1)
    rows, columns = np.indices(table.shape).reshape(2, -1)
    texts = [
        f"<b>{count:,}</b><br>{share:.1%}".replace("%", " %") if count else "0"
        for count, share in zip(table.flat, shares.flat, strict=True)
    ]
    strong = np.abs(strength.ravel()) > 0.6
    figure = go.Figure(
        [
            go.Heatmap(
                z=strength,
                zmin=-1,
                zmax=1,
                colorscale=_RIGHT_AND_WRONG,
                xgap=3,
                ygap=3,
                showscale=False,
                hoverinfo="skip",
            ),
            go.Scatter(
                x=columns,
                y=rows,
                mode="text",
                text=texts,
                textfont={
                    "size": 13,
                    "color": [_ON_COLOUR if one else ink(dark) for one in strong],
                },
                hoverinfo="skip",
            ),
        ]
    )
    plain(figure, height=360, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    labels = [name.replace(" ", "<br>") for name in names]
    classes = {
        "tickvals": np.arange(len(names)),
        "ticktext": labels,
        "showgrid": False,
        "ticks": "",
    }
    figure.update_xaxes(**classes, **axis("", dark), side="top")
    figure.update_xaxes(tickfont_size=12)  # four names beside each other on a phone
    figure.update_yaxes(**classes, **axis("", dark), autorange="reversed")
    return figure


def shares_chart(
    rows: Sequence[str],
    series: Sequence[Series],
    dark: bool = False,
    start: float | None = None,
    end: float | None = 1,
    row_height: int | None = None,
) -> go.Figure:
    """Draw shares with their intervals as dots on lines, their values in a column at the right.

    Args:
        rows: their names, from above; a series may have None on a row.
        series: what is compared on each row.
        dark: whether the page is dark.
        start: where the axis begins, 0..1; without it a little below the lowest interval.
        end: where it ends; None stands for a little above the highest interval.
        row_height: pixels of a row; without it 26 for each series.
    """
    figure = go.Figure()
    for number, one in enumerate(series):
        shift = (number - (len(series) - 1) / 2) * 0.84 / max(len(series), 2)
        found = [(at + shift, share) for at, share in enumerate(one.shares) if share is not None]
        figure.add_trace(_dots(one, found, rows))
        for at, share in found:
            figure.add_annotation(
                x=1.02,
                xref="paper",
                xanchor="left",
                y=at,
                text=f"{100 * share.value:.1f} %",
                font={"size": 13, "color": ink(dark)},
                showarrow=False,
            )
    drawn = [share for one in series for share in one.shares if share is not None]
    if start is None:
        start = np.floor(min((share.low for share in drawn), default=0) * 20) / 20
    if end is None:
        end = max((share.high for share in drawn), default=1)
    height = row_height or max(34, 26 * len(series))
    plain(figure, height=84 + height * len(rows), margin={"l": 0, "r": 64, "t": 4, "b": 4})
    figure.update_layout(
        showlegend=len(series) > 1,
        legend=legend(dark),
    )
    pad = (end - start) * 0.03
    figure.update_xaxes(
        **axis("", dark), range=[100 * (start - pad), 100 * (end + pad)], ticksuffix=" %", nticks=5
    )
    figure.update_yaxes(
        **axis("", dark),
        tickvals=np.arange(len(rows)),
        ticktext=list(rows),
        range=[len(rows) - 0.45, -0.55],
        ticklabelstandoff=8,
    )
    return figure


def _dots(series: Series, found: Sequence[tuple[float, Proportion]], rows: Sequence[str]) -> Any:
    values = np.array([share.value for _, share in found])
    return go.Scatter(
        name=series.name,
        x=100 * values,
        y=np.array([at for at, _ in found]),
        mode="markers",
        marker={"size": 11, "color": series.colour, "symbol": series.symbol},
        error_x={
            "type": "data",
            "array": 100 * (np.array([share.high for _, share in found]) - values),
            "arrayminus": 100 * (values - np.array([share.low for _, share in found])),
            "color": series.colour,
            "thickness": 2,
            "width": 5,
        },
        customdata=np.array([_hover(rows[round(at)], share) for at, share in found]),
        hovertemplate="%{customdata}<extra></extra>",
    )


def _hover(name: str, share: Proportion) -> str:
    return (
        f"{name}: {share.successes:,} of {share.n:,}, "
        f"{100 * share.low:.1f}–{100 * share.high:.1f} %"
    )


def plain(figure: go.Figure, height: int, margin: dict[str, int]) -> None:
    """Take off a figure what a chart that is read, not explored, does not need."""
    figure.update_layout(
        height=height,
        margin=margin,
        showlegend=False,
        dragmode=False,
        paper_bgcolor=_BLANK,
        plot_bgcolor=_BLANK,
    )


def legend(dark: bool) -> dict[str, Any]:
    """Return a legend above the chart; a click on it does nothing."""
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"size": 13, "color": ink(dark)},
        "itemclick": False,
        "itemdoubleclick": False,
    }


def axis(title: str, dark: bool) -> dict[str, Any]:
    """Return what every axis of these charts has, as keywords for Plotly."""
    return {
        "title": {"text": title, "font": {"size": 13, "color": ink(dark)}},
        "tickfont": {"size": 13, "color": ink(dark)},
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "tickangle": 0,
    }
