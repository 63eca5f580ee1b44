"""Below the pictures: does the answer hold, what becomes of it elsewhere, what is like it."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from brain_tumor.pipeline import Classifier
from brain_tumor.ui import crop_panel, report_panel, stability_panel, state
from brain_tumor.ui.case import Case

TABS_KEY: Final = "evidence"
STABILITY: Final = "Stability"
CROP: Final = "Move the crop"
REPORT: Final = "Report"


@st.fragment
def show(case: Case, classifier: Classifier | None, withheld: bool) -> None:
    """Draw the tabs; only the open one is computed.

    Args:
        case: the open slice.
        classifier: None where there are no weights.
        withheld: whether its answer is withheld: then only the crop can be moved.
    """
    if _is_outdated(case):  # a callback of this fragment has moved the crop
        st.rerun()
    panels: dict[str, Callable[[], None]] = {CROP: lambda: crop_panel.show(case)}
    answer, stability = case.answer, case.stability
    if classifier is not None and answer is not None and not withheld:
        told = (
            {STABILITY: lambda: stability_panel.show(stability, answer.confidence)}
            if stability is not None
            else {}
        )
        panels = told | panels | {REPORT: lambda: report_panel.show(case, answer, classifier)}
    tabs = st.tabs(list(panels), key=TABS_KEY, on_change="rerun")
    for tab, draw in zip(tabs, panels.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _is_outdated(case: Case) -> bool:
    now = state.open_scan()
    return now is not None and (now.key, now.crop.box) != (case.key, case.crop.box)
