"""The confusion matrix as a figure."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from brain_tumor import CLASSES
from brain_tumor.ui import figures
from brain_tumor.wording import CLASS_NAMES


def confusion_chart(confusion: Sequence[Sequence[int]], dark: bool = False) -> go.Figure:
    """Draw true classes (rows) by what they were called (columns), with counts and shares.

    Args:
        confusion: 4 rows of 4 counts, in the order of ``CLASSES``.
        dark: whether the page is dark.
    """
    counts = np.asarray(confusion, np.int64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [CLASS_NAMES[label] for label in CLASSES]
    ink = figures.ink(dark)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            text=counts.astype(str),
            texttemplate="%{text}",
            textfont={"size": 16},
            colorscale="Blues" if not dark else "Cividis",
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, called %{x}: %{text} (%{z:.0%})<extra></extra>",
        )
    )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    axis = {"tickfont": {"size": 13, "color": ink}, "fixedrange": True, "automargin": True}
    titles = {"font": {"size": 13, "color": ink}}
    figure.update_xaxes(title={"text": "called", **titles}, side="top", **axis)
    figure.update_yaxes(title={"text": "true class", **titles}, autorange="reversed", **axis)
    return figure
