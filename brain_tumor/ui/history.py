"""The session's last scans: kept in its memory, gone when it is closed or cleared."""

from typing import Final

import streamlit as st

from brain_tumor.ui.case import Case

LENGTH: Final = 8
"""Scans that are kept."""

MAX_PIXELS: Final = 16_000_000
"""Pixels of all kept scans together; older ones go first. One more than this is not kept."""

_HISTORY: Final = "history"


def note(case: Case) -> None:
    """Put an answered scan first; an earlier state of the same study goes."""
    if case.answer is None:
        return
    rest = [one for one in cases() if one.study is not case.study]
    st.session_state[_HISTORY] = tuple(_within_limits([case, *rest]))


def cases() -> tuple[Case, ...]:
    """Return the last scans, the newest first."""
    kept: tuple[Case, ...] = st.session_state.get(_HISTORY, ())
    return kept


def clear() -> None:
    """Forget them."""
    st.session_state.pop(_HISTORY, None)


def _within_limits(newest_first: list[Case]) -> list[Case]:
    kept, pixels = [], 0
    for case in newest_first[:LENGTH]:
        pixels += _pixels(case)
        if pixels > MAX_PIXELS:
            break
        kept.append(case)
    return kept


def _pixels(case: Case) -> int:
    content = case.study.content
    return int(getattr(content, "voxels", case.scan.pixels).size)
