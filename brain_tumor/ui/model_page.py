"""The page about the model: how good it is, what it cannot do, and what made it.

Every figure comes from the records beside the weights in use; no network is loaded for it.
"""

import html
from collections.abc import Mapping

import streamlit as st

from brain_tumor.errors import WeightsError
from brain_tumor.evaluation.measured import BENCHMARK, EVALUATION, GATE, Measurement, read_measured
from brain_tumor.model.bundle import SIDECAR, Bundle, open_bundle
from brain_tumor.ui import (
    model_gate,
    model_origin,
    model_sections,
    model_style,
    model_words,
    state,
    style,
)
from brain_tumor.ui.model_cards import cards, cards_html, speed_cards
from brain_tumor.ui.model_deeds import deeds
from brain_tumor.ui.model_words import Record
from brain_tumor.ui.words import DISCLAIMER_MARKDOWN, bullets, plain


def page() -> None:
    """Draw the page."""
    style.apply()
    model_style.apply()
    st.title("The model", anchor=False)
    with st.container(key="disclaimer"):
        st.markdown(DISCLAIMER_MARKDOWN)
    try:
        bundle = open_bundle(state.models_folder())
    except WeightsError as error:
        st.error(plain(str(error)), title="There is no model to speak of", icon=":material/error:")
    else:
        _model(bundle)


def _model(bundle: Bundle) -> None:
    evaluation = read_measured(bundle, EVALUATION)
    benchmark, gate = read_measured(bundle, BENCHMARK), read_measured(bundle, GATE)
    if isinstance(evaluation, str):
        st.html(_lead(f"{bundle.info.backbone}, weights {bundle.info.weights_hash[:12]}."))
        _unmeasured(bundle, EVALUATION, evaluation)
    else:
        st.html(_lead(_what(bundle, evaluation)) + cards_html(cards(evaluation)))
    _in_words(bundle, evaluation)
    if not isinstance(evaluation, str):
        model_sections.answers(bundle, evaluation)
        model_sections.looks(bundle, evaluation)
    if not isinstance(gate, str):
        model_gate.show(gate)
    if isinstance(benchmark, str):
        _unmeasured(bundle, BENCHMARK, benchmark)
    else:
        _speed(benchmark)
    model_origin.show(bundle, evaluation if isinstance(evaluation, dict) else None)
    _tables(bundle, {EVALUATION: evaluation, GATE: gate, BENCHMARK: benchmark})


def _what(bundle: Bundle, evaluation: Record) -> str:
    judged = evaluation["images"].get(evaluation["judged"])
    on = f" on {judged:,} images" if judged else ""
    return (
        f"{bundle.info.backbone}, weights {bundle.info.weights_hash[:12]}, evaluated{on} on "
        f"{evaluation['date'][:10]}. The intervals are 95 % intervals."
    )


def _lead(text: str) -> str:
    return f'<p class="bt-lead">{html.escape(text)}</p>'


def _unmeasured(bundle: Bundle, kind: Measurement, why: str) -> None:
    known = kind is EVALUATION
    title = "These weights have not been evaluated" if known else "These weights were not timed"
    with st.container(key=f"unmeasured-{kind.what}"):
        st.warning(plain(why), title=title, icon=":material/rule:")
        st.caption("This command measures them, where the data set and the repository are:")
        st.code(kind.remedy(bundle.folder), language="bash", wrap_lines=True)


def _in_words(bundle: Bundle, evaluation: Record | str) -> None:
    """Say what it can and cannot do, beside each other where both are known."""
    did = [] if isinstance(evaluation, str) else deeds(evaluation)
    limits = model_words.limits()
    if did:
        left, right = st.columns([2, 3], gap="medium") if limits else (st.container(), None)
        with left, model_sections.panel("deeds"):
            st.subheader("What it did", anchor="figures")
            st.markdown(bullets(did))
    else:
        right = st.container()
    if limits and right is not None:
        with right, model_sections.panel("limits"):
            st.subheader("What it cannot do", anchor="limits")
            st.markdown(limits)
            if not model_words.is_in_readme(bundle.info.weights_hash):
                st.caption("Written of the weights that ship with the app, not of these.")


def _speed(benchmark: Record) -> None:
    found = speed_cards(benchmark)
    if found:
        st.header("How fast it answers", anchor="speed")
        st.html(cards_html(found))
        st.caption(plain(model_words.on_speed(benchmark)))


def _tables(bundle: Bundle, records: Mapping[Measurement, Record | str]) -> None:
    """Show every figure for a reviewer, and hand out the files that they come from."""
    measured = {kind: one for kind, one in records.items() if not isinstance(one, str)}
    if not measured:
        return
    with st.expander("All figures as tables", icon=":material/table:"):
        st.markdown("\n\n".join(kind.table(one) for kind, one in measured.items()))
        with st.container(horizontal=True):
            for name in (SIDECAR, *(kind.file for kind in measured)):
                st.download_button(
                    name,
                    (bundle.folder / name).read_bytes(),
                    file_name=name,
                    mime="application/json",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"download-{name}",
                )


if __name__ == "__main__":
    page()
