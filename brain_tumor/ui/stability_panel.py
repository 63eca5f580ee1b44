"""Whether the answer holds on altered copies of the scan: one word, and a small chart."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from brain_tumor.stability import MEANING, STABLE, UNSTABLE, WAVERING, Stability
from brain_tumor.ui import figures
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES, percent

_LOOKS: Final = {
    STABLE: (":material/check:", "green"),
    WAVERING: (":material/swap_horiz:", "orange"),
    UNSTABLE: (":material/warning:", "red"),
}


def badge(stability: Stability, accepted: bool) -> None:
    """Say in one word whether the answer holds.

    Args:
        stability: the copies.
        accepted: whether the image is one that the network can know; otherwise no word of it
            reassures.
    """
    icon, colour = _LOOKS[stability.word] if accepted else (":material/swap_horiz:", "gray")
    st.badge(
        f"{stability.word.capitalize()}: {stability.agreeing} of {stability.copies} altered copies",
        icon=icon,
        color=colour,  # type: ignore[arg-type]
    )


def show(stability: Stability, confidence: float, measured: str = "") -> None:
    """Draw the chart and say what it means.

    Args:
        stability: the copies.
        confidence: the probability of the class on the scan itself, 0..1.
        measured: what such a word was worth on the test images, a sentence; "" if not known.
    """
    words, chart = st.columns([2, 3], gap="medium", vertical_alignment="center")
    with words:
        st.markdown(f"**{stability.word.capitalize()}**")
        st.markdown(plain(stability.sentence))
        st.caption(plain(f"{MEANING} {measured}"))
    with chart:
        st.plotly_chart(
            stability_chart(stability, confidence, dark=st.context.theme.type == "dark"),
            config=figures.CHART_CONFIG,
            width="stretch",
            key="stability",
            alt=f"Probability of {CLASS_NAMES[stability.label]} on each altered copy",
        )


def stability_chart(stability: Stability, confidence: float, dark: bool = False) -> go.Figure:
    """Draw the probability of the answer's class on each copy; a copy that tips is a cross.

    Args:
        stability: the copies.
        confidence: the probability of the class on the scan itself, 0..1: the vertical line.
        dark: whether the page is dark.
    """
    ink = figures.ink(dark)
    copies = stability.variants
    tips = [one.label != stability.label for one in copies]
    shown = [
        percent(one.probability(stability.label)) + (f", {CLASS_NAMES[one.label]}" if tip else "")
        for one, tip in zip(copies, tips, strict=True)
    ]
    figure = go.Figure(
        go.Scatter(
            x=np.array([one.probability(stability.label) for one in copies]) * 100,
            y=np.arange(len(copies)),
            mode="markers",
            marker={
                "size": 12,
                "symbol": ["x" if tip else "circle" for tip in tips],
                "color": [figures.OTHER if tip else figures.LIKELIEST for tip in tips],
            },
            customdata=np.array(shown),
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.add_vline(x=confidence * 100, line={"color": ink, "width": 1, "dash": "dot"})
    figure.update_layout(
        height=60 + 26 * len(copies),
        margin={"l": 0, "r": 12, "t": 4, "b": 4},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(
        range=[-3, 103],
        tickvals=[0, 50, 100],
        ticktext=["0 %", "50 %", "100 %"],
        tickfont={"color": ink},
        title={"text": f"probability of {CLASS_NAMES[stability.label]}", "font": {"color": ink}},
        gridcolor=figures.GRID,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=np.arange(len(copies)),
        ticktext=[one.name for one in copies],
        tickfont={"size": 13, "color": ink},
        autorange="reversed",
        gridcolor=figures.GRID,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    return figure
