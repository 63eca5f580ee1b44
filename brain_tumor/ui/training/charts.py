"""Live curves. Vega-Lite, because its node in the browser stays when data come.

Streamlit rebuilds a Plotly chart whenever its data change, which flickers; see `ui.figures` for
what is drawn once. Altair writes the charts, once for each kind: `st.altair_chart` would have it do
so at every look of every viewer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from brain_tumor.jobs.run_folder import Record
from brain_tumor.jobs.thinning import curve

POINTS: Final = 600
"""Most points that a curve is drawn with: about one a pixel."""

TRAINING: Final = "training"
VALIDATION: Final = "validation"

Limits = tuple[float | None, float | None]
"""Where an axis begins and where it ends; None where the values decide."""

FREE: Final[Limits] = (None, None)

_COLOURS: Final = {TRAINING: "#1f93a8", VALIDATION: "#e69f00"}
_HEIGHT: Final = 280
_WINDOWS: Final = 60
"""A mean is of so many-th part of the run."""

_ZOOM: Final = "zoom"
_ZOOM_BY: Final = "wheel![event.ctrlKey]"


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart.

    Attributes:
        metric: the key in the run's records.
        series: ``TRAINING`` (a record every few steps) or ``VALIDATION`` (one an epoch), or a
            run's name.
        scale: factor on the values.
    """

    metric: str
    series: str
    scale: float = 1.0


def points_of(records: Sequence[Record], wanted: Curve) -> pd.DataFrame:
    """Return a curve's points: ``step`` (int), ``value``, ``mean`` (float), ``series`` (str).

    Values that are not finite are left out; at most about ``POINTS`` points, chosen so that peaks
    stay. A curve of epochs is not smoothed.
    """
    epochs = wanted.metric.startswith("val_")
    found = curve(
        records,
        "epoch" if epochs else "step",
        wanted.metric,
        POINTS,
        window=1 if epochs else max(1, len(records) // _WINDOWS),
    )
    finite = np.isfinite(found.values)
    return pd.DataFrame(
        {
            "step": found.steps[finite],
            "value": found.values[finite] * wanted.scale,
            "mean": found.means[finite] * wanted.scale,
            "series": wanted.series,
        }
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as ``st.vega_lite_chart`` takes it.

    Attributes:
        title: what its values are.
        spec: Vega-Lite, without data.
        points: what ``points_of`` gives, of all its curves, in Arrow's form: Streamlit sends that
            as it is, and starts threads to convert a data frame, which many viewers wait for.
    """

    title: str
    spec: dict[str, Any]
    points: pa.Table


def curve_chart(
    records: Mapping[str, Sequence[Record]],
    curves: Sequence[Curve],
    title: str,
    unit: str = "",
    *,
    limits: Limits = FREE,
) -> Chart:
    """Draw curves over the steps; validation has a dash, so colour is not all that tells.

    Args:
        records: a run's metrics by the curves' series.
        curves: what to draw of them.
        title: what the values are.
        unit: of the values, "" for none.
        limits: where the axis begins and ends, whatever the values.
    """
    points = pd.concat([points_of(records[one.series], one) for one in curves], ignore_index=True)
    return line_chart(points, title, unit, _COLOURS, limits=limits)


def line_chart(
    points: pd.DataFrame,
    title: str,
    unit: str = "",
    colours: dict[str, str] | None = None,
    *,
    limits: Limits = FREE,
) -> Chart:
    """Draw points (see ``points_of``) as lines, a colour and a dash for each series.

    The line is the mean, the values are pale behind it.
    """
    names = tuple(dict.fromkeys(points["series"]))
    known = colours if colours is not None and set(names) <= set(colours) else {}
    words = f"{title} ({unit})" if unit else title
    few = len(points) < POINTS // 4
    spec = _spec(names, words, tuple(known.get(name, "") for name in names), few, limits)
    return Chart(title, spec, pa.Table.from_pandas(points, preserve_index=False, nthreads=1))


@lru_cache(maxsize=256)
def _spec(
    names: tuple[str, ...], words: str, colours: tuple[str, ...], dots: bool, limits: Limits
) -> dict[str, Any]:
    """Return the Vega-Lite of a line chart; Altair takes ten times as long as the data do."""
    colour_scale = (
        alt.Scale(domain=names, range=colours) if all(colours) else alt.Scale(scheme="tableau10")
    )
    tight: dict[str, Any] = {"titlePadding": 6, "titleFontWeight": "normal"}
    y_scale = alt.Scale(zero=False, **_ends(limits))
    y_axis = alt.Axis(format=".4~g", tickCount=5, **tight)
    base = alt.Chart(alt.NamedData("points"), height=_HEIGHT).encode(
        x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, format="d", **tight)),
        color=alt.Color(
            "series:N",
            scale=colour_scale,
            legend=None
            if len(names) < 2
            else alt.Legend(
                title=None, orient="top", offset=4, symbolType="stroke", symbolOpacity=1
            ),
        ),
        strokeDash=alt.StrokeDash("series:N", sort=names, legend=None),
        tooltip=[
            alt.Tooltip("series:N", title="curve"),
            alt.Tooltip("step:Q", title="step"),
            alt.Tooltip("value:Q", title=words, format=".4~g"),
        ],
    )
    values = base.mark_line(strokeWidth=1, opacity=0.3, clip=True).encode(
        y=alt.Y("value:Q", title=words, scale=y_scale, axis=y_axis)
    )
    means = base.mark_line(strokeWidth=2, clip=True, point={"size": 22} if dots else False).encode(
        y=alt.Y("mean:Q", title=words, scale=y_scale, axis=y_axis)
    )
    # The bare wheel scrolls the page; with Ctrl, or two fingers on a touchpad, it zooms.
    zoom = alt.selection_interval(bind="scales", name=_ZOOM, zoom=_ZOOM_BY)
    spec: dict[str, Any] = alt.layer(values.add_params(zoom), means).to_dict()
    del spec["data"]
    return spec


def _ends(limits: Limits) -> dict[str, Any]:
    """Return the ends of a scale that are set."""
    named = zip(("domainMin", "domainMax"), limits, strict=True)
    return {name: value for name, value in named if value is not None}


def show_chart(chart: Chart, key: str, *, live: bool = False) -> None:
    """Draw a chart; it stays the same node of the page when its data change.

    Args:
        chart: what to draw.
        key: of the element.
        live: whether data come while people look. Streamlit 1.67 resets the zoom with new data
            unless the zoom is a selection, which costs a run of the fragment for each zoom.
    """
    st.vega_lite_chart(
        chart.points,
        dict(chart.spec),
        key=key,
        width="stretch",
        alt=chart.title,
        on_select="rerun" if live else "ignore",
        selection_mode=[_ZOOM],
    )
