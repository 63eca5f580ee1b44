"""The answer: the class and how far it can be believed, or why there is none."""

import html

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.ui import figures, state
from brain_tumor.ui.case import Case
from brain_tumor.ui.words import bullets, plain
from brain_tumor.verdict import Verdict, verdict
from brain_tumor.wording import CLASS_NAMES, meaning, percent, probability_name, review_words

_SHOWN_ANYWAY = "shown-anyway"


def is_withheld(case: Case) -> bool:
    """Whether the answer is of an image that is not taken for a brain MRI, and nobody insisted."""
    answer = case.answer
    return answer is not None and not answer.accepted and not _is_shown_anyway(case)


def show(case: Case, answer: Answer, classifier: Classifier) -> DeltaGenerator:
    """Draw the card with the answer; return where the word on its stability belongs."""
    with st.container(border=True, key="verdict"):
        if is_withheld(case):
            _withheld(case, answer)
            return st.empty()
        words, chart = st.columns(2, gap="medium", vertical_alignment="center")
        with words:
            place = _answer(case, answer, classifier.info)
            if classifier.gate is None:
                # The note names a command, whose quotation marks would be drawn as they are.
                note = plain(classifier.gate_note.replace("`", ""))
                st.caption(f"**Not checked whether this is a brain MRI.** {note}")
            elif classifier.gate_note:
                st.caption(plain(classifier.gate_note))
        with chart:
            _chart(answer)
        _trust(classifier)
    return place


def _trust(classifier: Classifier) -> None:
    record = state.get_record(classifier)
    if record is None:
        return
    with st.expander("How often is it right?", icon=":material/query_stats:"):
        st.markdown(f"{plain(record.accuracy_sentence)}\n\n{plain(record.review_sentence)}")


def _withheld(case: Case, answer: Answer) -> None:
    st.warning(
        bullets(answer.reasons),
        title="No answer: this is not taken for a brain MRI slice",
        icon=":material/block:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Show anyway",
            icon=":material/visibility:",
            on_click=_show_anyway,
            args=(case,),
            key="show-anyway",
        )
        st.caption(
            "The network names one of its four classes whatever it is given. Its scores for such "
            "an image say nothing."
        )


def _is_shown_anyway(case: Case) -> bool:
    return st.session_state.get(_SHOWN_ANYWAY) == case.key


def _show_anyway(case: Case) -> None:
    st.session_state[_SHOWN_ANYWAY] = case.key


def _answer(case: Case, answer: Answer, info: BundleInfo) -> DeltaGenerator:
    found = verdict(answer.accepted, answer.confidence, info.review_threshold)
    if found is Verdict.REFUSED:
        st.warning(
            bullets(answer.reasons),
            title="Outside what the model knows: do not rely on these scores",
            icon=":material/warning:",
        )
    _headline(answer, info, found)
    with st.container(horizontal=True, gap="small", key="badges"):
        _badge(found, info.review_threshold)
        if case.is_moved:
            st.badge("Crop moved by hand", icon=":material/crop:", color="blue")
        place = st.empty()
    if found is not Verdict.REFUSED:
        st.caption(plain(meaning(answer.confidence, info.temperature)))
    return place


def _headline(answer: Answer, info: BundleInfo, found: Verdict) -> None:
    refused = found is Verdict.REFUSED
    label = "What the network says all the same" if refused else "Predicted class"
    number = "raw score" if refused else probability_name(info.temperature)
    st.html(
        f'<div class="{"bt-refused" if refused else "bt-accepted"}">'
        f'<div class="bt-label">{label}</div>'
        f'<div class="bt-class">{html.escape(CLASS_NAMES[answer.label])}</div>'
        f'<div class="bt-number"><b>{html.escape(percent(answer.confidence))}</b> '
        f"{html.escape(number)}</div></div>"
    )


def _badge(found: Verdict, threshold: float) -> None:
    if found is Verdict.UNSURE:
        st.badge(
            review_words(threshold),
            icon=":material/visibility:",
            color="orange",
        )
    elif found is Verdict.CLEAR:
        st.badge("No objection found", icon=":material/check:", color="green")


def _chart(answer: Answer) -> None:
    st.plotly_chart(
        figures.probability_chart(answer.probabilities, dark=st.context.theme.type == "dark"),
        config=figures.CHART_CONFIG,
        width="stretch",
        key="probabilities",
        alt="Bar chart of the probabilities of the four classes",
    )
