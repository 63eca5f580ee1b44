"""Live curves. Altair, because its node in the browser stays when data come: zoom is kept.

Streamlit rebuilds a Plotly chart whenever its data change, which flickers; see `ui.figures` for
what is drawn once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from brain_tumor.jobs.run_folder import Record
from brain_tumor.jobs.thinning import curve

POINTS: Final = 600
"""Most points that a curve is drawn with: about one a pixel."""

TRAINING: Final = "training"
VALIDATION: Final = "validation"

_COLOURS: Final = {TRAINING: "#1f93a8", VALIDATION: "#e69f00"}
_HEIGHT: Final = 230


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
    """Return a curve's points: columns ``step`` (int), ``value`` (float), ``series`` (str).

    Values that are not finite are left out; at most about ``POINTS`` points, chosen so that peaks
    stay.
    """
    kind = "epoch" if wanted.metric.startswith("val_") else "step"
    steps, values = curve(records, kind, wanted.metric, POINTS)
    finite = np.isfinite(values)
    return pd.DataFrame(
        {
            "step": steps[finite],
            "value": values[finite] * wanted.scale,
            "series": wanted.series,
        }
    )


def curve_chart(
    records: Sequence[Record], curves: Sequence[Curve], title: str, unit: str = ""
) -> alt.Chart:
    """Draw curves over the steps; validation has dots and a dash, so colour is not all that tells.

    Args:
        records: a run's metrics.
        curves: what to draw of them.
        title: what the values are.
        unit: of the values, "" for none.
    """
    points = pd.concat([points_of(records, one) for one in curves], ignore_index=True)
    return line_chart(points, title, unit, _COLOURS)


def line_chart(
    points: pd.DataFrame, title: str, unit: str = "", colours: dict[str, str] | None = None
) -> alt.Chart:
    """Draw points (``step``, ``value``, ``series``) as lines, a colour and a dash for each."""
    names = list(dict.fromkeys(points["series"]))
    scale = (
        alt.Scale(domain=names, range=[colours[name] for name in names])
        if colours is not None and set(names) <= set(colours)
        else alt.Scale(scheme="tableau10")
    )
    words = f"{title} ({unit})" if unit else title
    one = len(names) < 2
    return (
        alt.Chart(points, height=_HEIGHT)
        .mark_line(point={"size": 22} if len(points) < POINTS // 4 else False, strokeWidth=2)
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("value:Q", title=words, scale=alt.Scale(zero=False)),
            color=alt.Color(
                "series:N",
                scale=scale,
                legend=None if one else alt.Legend(title=None, orient="top"),
            ),
            strokeDash=alt.StrokeDash("series:N", legend=None),
            tooltip=[
                alt.Tooltip("series:N", title="curve"),
                alt.Tooltip("step:Q", title="step"),
                alt.Tooltip("value:Q", title=words, format=".4~g"),
            ],
        )
        .interactive()
    )
