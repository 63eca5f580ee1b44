"""Below the pictures: does the answer hold, what becomes of it elsewhere, what is like it."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from brain_tumor.errors import WeightsError
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.similar import SimilarCases
from brain_tumor.stability import Stability
from brain_tumor.ui import crop_panel, report_panel, similar_panel, stability_panel, state
from brain_tumor.ui.case import Case
from brain_tumor.ui.words import plain

TABS_KEY: Final = "evidence"
STABILITY: Final = "Stability"
CROP: Final = "Move the crop"
SIMILAR: Final = "Similar cases"
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
            {STABILITY: lambda: _stability(stability, answer, classifier)}
            if stability is not None
            else {}
        )
        index = _similar_cases(classifier)
        alike = {SIMILAR: lambda: similar_panel.show(answer, index)} if index is not None else {}
        report = {REPORT: lambda: report_panel.show(case, answer, classifier)}
        panels = told | panels | alike | report
    tabs = st.tabs(list(panels), key=TABS_KEY, on_change="rerun")
    for tab, draw in zip(tabs, panels.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _stability(stability: Stability, answer: Answer, classifier: Classifier) -> None:
    record = state.get_record(classifier)
    measured = "" if record is None else record.stability_sentence(stability.word)
    stability_panel.show(stability, answer.confidence, measured)


def _similar_cases(classifier: Classifier) -> SimilarCases | None:
    try:
        return state.get_similar_cases(classifier)
    except WeightsError as error:
        st.caption(f"Similar cases cannot be shown. {plain(str(error))}")
        return None


def _is_outdated(case: Case) -> bool:
    now = state.open_scan()
    return now is not None and (now.key, now.crop.box) != (case.key, case.crop.box)
