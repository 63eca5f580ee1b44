"""The page around one answer: choose scans, read the answer, challenge it, take it away."""

import html

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from brain_tumor.errors import BusyError, EngineError, WeightsError
from brain_tumor.model.queue import QueuedEngine
from brain_tumor.pipeline import Classifier
from brain_tumor.ui import (
    answer_panel,
    batch_panel,
    evidence,
    rail,
    stability_panel,
    state,
    style,
    viewer,
    volume_panel,
    welcome,
)
from brain_tumor.ui.case import Case, answered, is_answered, steadied
from brain_tumor.ui.progress import Pending
from brain_tumor.ui.words import DISCLAIMER_MARKDOWN, plain
from brain_tumor.wording import model_facts


def page() -> None:
    """Draw the page."""
    style.apply()
    _header()
    with st.container(key="layout"):  # the style sheet puts the three side by side
        choice, main, more = (st.container(key=key) for key in ("rail", "main", "rail-more"))
    with choice:
        rail.show()
    with main:
        pending = _main()
    with more:  # so late that it tells of the answer that this run has found
        rail.show_samples()
        rail.show_history()
    if pending is not None:
        pending()


def _header() -> None:
    st.title("Brain tumor MRI demonstrator", anchor=False)
    with st.container(key="disclaimer"):
        st.markdown(DISCLAIMER_MARKDOWN)


def _main() -> Pending | None:
    notice = st.container()
    space = state.workspace()
    if space is None:
        # Before the model is loaded, which takes seconds once: the page is there at once.
        welcome.show()
    classifier, problem = _classifier()
    if problem:
        notice.error(
            plain(problem),
            title="No predictions: the model cannot be used",
            icon=":material/error:",
        )
    pending = None
    if space is not None and space.case is not None:
        batch_panel.keep_filters()
        pending = volume_panel.show(space.case, classifier)
        _case(space.case, classifier)
    elif space is not None:
        pending = batch_panel.show(space, classifier)
    if classifier is not None:
        _facts(classifier)
    return pending


def _classifier() -> tuple[Classifier | None, str]:
    """Return the classifier, or None and why there is none."""
    try:
        return state.get_classifier(), ""
    except (WeightsError, EngineError) as error:
        return None, str(error)


def _case(case: Case, classifier: Classifier | None) -> None:
    if classifier is None:
        st.caption("The crop needs no weights and is shown below.")
        viewer.show(case, None)
        evidence.show(case, None, withheld=False)
        return
    new = not is_answered(case, classifier.info.weights_hash)
    case = _answered(case, classifier)
    if case.answer is None:
        viewer.show(case, classifier)
        return
    place = answer_panel.show(case, case.answer, classifier)
    if new and isinstance(classifier.engine, QueuedEngine):
        classifier.engine.wait_out_rush()  # drawing would keep others from their answers
    withheld = answer_panel.is_withheld(case)
    viewer.show(case, classifier)
    if not withheld:
        case = _steadied(case, classifier, place)
    evidence.show(case, classifier, withheld)


def _steadied(case: Case, classifier: Classifier, place: DeltaGenerator) -> Case:
    """Return the case with its stability, which the answer and the pictures do not wait for."""
    try:
        if case.stability is None:
            place.caption("Checking altered copies …")
            case = steadied(case, classifier)
            state.keep(case)
    except BusyError:
        place.caption("Altered copies were not checked: many people are asking.")
        return case
    if case.stability is not None:
        with place:
            stability_panel.badge(case.stability, case.answer is not None and case.answer.accepted)
    return case


def _answered(case: Case, classifier: Classifier) -> Case:
    """Return the case with its answer, without one where too many others wait for the network."""
    if is_answered(case, classifier.info.weights_hash):
        return case
    try:
        with st.spinner("Classifying …"):
            case = answered(case, classifier)
    except BusyError as error:
        st.warning(plain(str(error)), title="Many people are asking", icon=":material/hourglass:")
        st.button("Try again", icon=":material/refresh:", key="try-again")
        return case
    state.keep(case)
    return case


def _facts(classifier: Classifier) -> None:
    with st.expander("About the model", icon=":material/info:"):
        facts = {**model_facts(classifier.info), "Engine": classifier.engine.name}
        rows = "".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
            for name, value in facts.items()
        )
        st.html(f'<dl class="bt-facts">{rows}</dl>')
        st.page_link(
            "brain_tumor/ui/model_page.py",
            label="How good it is, and what it cannot do",
            icon=":material/fact_check:",
        )


if __name__ == "__main__":
    page()
