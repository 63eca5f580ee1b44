"""What was wrong with a picture, in words: the fact that lies furthest from those of scans."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.gate.facts import FRAME_FACTS

IN_COLOUR: Final = "The image is in colour; an MRI slice is grey."
UNFAMILIAR: Final = "The picture does not look like a slice of a head: {detail}."

BLANK: Final = "it is blank, or nearly so"
UNLIKE: Final = "what the network finds in it is unlike the scans that it learnt from"

_BLANK_MODE: Final = 0.97  # share of the frame that one grey level takes

_LINES: Final = "it is full of thin or straight lines, as text, charts and drawings are"
_EDGES: Final = "it fills the frame to its edges, where a scan is plain around the head"
_AROUND: Final = "what lies around the subject is not plain, as it is around a head"
_OUTLINE: Final = "its outline is not that of a head"
_PARTS: Final = "it shows several things apart, not one head"
_SIZE: Final = "what stands out in it is too small or too large for a head"
_GREYS: Final = "its greys are not spread as a scan's are"

_SAID: Final = {
    "strokes": (False, True, _LINES),
    "straight": (False, True, _LINES),
    "rim_foreground": (False, True, _EDGES),
    "rim_spread": (False, True, _AROUND),
    "background_spread": (False, True, _AROUND),
    "background_texture": (False, True, _AROUND),
    "solidity": (True, False, _OUTLINE),
    "circularity": (True, False, _OUTLINE),
    "box_fill": (True, True, _OUTLINE),
    "elongation": (False, True, _OUTLINE),
    "parts": (False, True, _PARTS),
    "dominance": (True, False, _PARTS),
    "head": (True, True, _SIZE),
    "mode": (False, True, _GREYS),
    "levels": (True, False, _GREYS),
    "bright": (False, True, _GREYS),
}
"""Facts that can be put in words: whether too little, and too much, of it is worth saying."""


def detail(facts: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]) -> str:
    """Say what is strangest about a picture that is not taken for a slice of a head.

    Args:
        facts: float32 (F,), ``frame_facts``.
        low: float32 (F,), what few scans stay under.
        high: float32 (F,), what few scans exceed.

    Returns:
        A clause. Where every fact is as in scans, it speaks of what the network finds.
    """
    value = dict(zip(FRAME_FACTS, facts.tolist(), strict=True))
    if value["mode"] >= _BLANK_MODE:
        return BLANK
    strangest, said = 0.0, UNLIKE
    for at, name in enumerate(FRAME_FACTS):
        if name not in _SAID:
            continue
        little, much, words = _SAID[name]
        span = max(float(high[at] - low[at]), 0.02)
        below = (float(low[at]) - value[name]) / span if little else 0.0
        above = (value[name] - float(high[at])) / span if much else 0.0
        if max(below, above) > strangest:
            strangest, said = max(below, above), words
    return said
