"""What the page shows before a scan is open: the three steps, drawn in the viewer's own signs."""

import base64
from typing import Final

import streamlit as st

_HEAD: Final = '<ellipse cx="60" cy="50" rx="31" ry="39" fill="#2a323c" {line}/>'
_CROP: Final = (
    _HEAD.format(line='stroke="#56b4e9" stroke-width="2.5"')
    + '<rect x="29" y="11" width="62" height="78" fill="none" stroke="#e69f00" stroke-width="2" '
    'stroke-dasharray="6 4"/>'
    + "".join(
        f'<circle cx="{x}" cy="{y}" r="4" fill="#fff" stroke="#07090b" stroke-width="1.5"/>'
        for x, y in ((60, 11), (60, 89), (29, 50), (91, 50))
    )
)
_CLASSIFY: Final = "".join(
    f'<rect x="18" y="{16 + 19 * row}" width="{width}" height="11" rx="2" fill="{colour}"/>'
    for row, (width, colour) in enumerate(
        ((84, "#1f93a8"), (18, "#5b6672"), (7, "#5b6672"), (4, "#5b6672"))
    )
)
_EXPLAIN: Final = (
    '<defs><radialGradient id="bt-heat"><stop offset="0" stop-color="#f9c932"/>'
    '<stop offset=".45" stop-color="#cf4446"/><stop offset="1" stop-color="#4a0c6b" '
    'stop-opacity="0"/></radialGradient></defs>'
    + _HEAD.format(line="")
    + '<circle cx="72" cy="38" r="24" fill="url(#bt-heat)"/>'
    '<circle cx="72" cy="38" r="12" fill="none" stroke="#fff" stroke-width="2"/>'
)
_STEPS: Final = (
    (
        _CROP,
        "Crop",
        "OpenCV finds the head's contour and cuts it out at its four extreme points.",
    ),
    (
        _CLASSIFY,
        "Classify",
        "A ResNet152V2 gives four probabilities: glioma, meningioma, pituitary tumor, no tumor.",
    ),
    (_EXPLAIN, "Explain", "Grad-CAM shows which parts of the slice spoke for a class."),
)


def show() -> None:
    """Draw what is to be done, and the steps from a scan to its answer."""
    steps = "".join(
        f'<div><img src="{_picture(shapes)}" alt="">'
        f'<div class="bt-pane-title"><span>{number}</span>{name}</div><p>{words}</p></div>'
        for number, (shapes, name, words) in enumerate(_STEPS, start=1)
    )
    with st.container(key="viewer"):
        st.html(
            '<div class="bt-hero">No scan open yet</div><p class="bt-hero-text">Drop a brain MRI '
            "on the upload field, a slice or a whole series, or open a sample. The answer appears "
            f'here, and with it what it rests on.</p><div class="bt-steps">{steps}</div>'
        )


def _picture(shapes: str) -> str:
    # As an image: Streamlit takes SVG out of HTML.
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 100">{shapes}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
