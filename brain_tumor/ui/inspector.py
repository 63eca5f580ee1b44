"""The overlay as a figure that tells the values at the pixel under the pointer, and zooms."""

import base64
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

LONGEST: Final = 768
"""Longest side in pixels of a scan whose own values are read; a larger one's are read from the
copy that is shown."""

CONFIG: Final = {
    "displaylogo": False,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["toImage", "select2d", "lasso2d", "autoScale2d"],
}
"""Plotly's configuration: a viewer to move about in."""

_HEIGHT: Final = 620


@dataclass(frozen=True, slots=True)
class Values:
    """What the pointer reads.

    Attributes:
        grey: uint8 (h, w), the scan or a smaller copy of it.
        heat: float32 (h, w), 0..1.
    """

    grey: NDArray[np.uint8]
    heat: NDArray[np.float32]


def value_figure(picture: bytes, mime: str, values: Values, size: tuple[int, int]) -> go.Figure:
    """Draw an encoded overlay with the values of the scan and of the heat map behind it.

    Args:
        picture: the overlay as an image file, of the scan's proportions and without a margin.
        mime: what kind of file that is, "image/png".
        values: of the scan, in its proportions.
        size: (width, height) of the scan in pixels, in which places are told.
    """
    width, height = size
    rows, columns = values.grey.shape
    figure = go.Figure(
        go.Heatmap(
            x=(np.arange(columns) + 0.5) * (width / columns) - 0.5,
            y=(np.arange(rows) + 0.5) * (height / rows) - 0.5,
            z=np.rint(values.heat * 100).astype(np.uint8),
            customdata=np.ascontiguousarray(values.grey),
            opacity=0,
            showscale=False,
            hovertemplate=(
                "column %{x:.0f}, row %{y:.0f}<br>heat %{z} % of its maximum<br>"
                "grey value %{customdata}<extra></extra>"
            ),
        )
    )
    figure.add_layout_image(
        source=f"data:{mime};base64,{base64.b64encode(picture).decode()}",
        xref="x",
        yref="y",
        x=-0.5,
        y=-0.5,
        sizex=width,
        sizey=height,
        sizing="stretch",
        layer="below",
    )
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        dragmode="pan",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#000000",
        hoverlabel={"font": {"size": 14}},
    )
    figure.update_xaxes(range=[-0.5, width - 0.5], visible=False, constrain="domain")
    figure.update_yaxes(
        range=[height - 0.5, -0.5], visible=False, scaleanchor="x", constrain="domain"
    )
    return figure
