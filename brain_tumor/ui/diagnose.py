"""The page that classifies one scan: choose it, read the answer, see where it comes from."""

import html

import streamlit as st

from brain_tumor.errors import EngineError, WeightsError
from brain_tumor.imaging.decode import EXTENSIONS
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.ui import figures, state, style, viewer
from brain_tumor.ui.case import Case, answered, is_answered
from brain_tumor.ui.samples import Sample, samples, thumbnail
from brain_tumor.ui.words import DISCLAIMER_MARKDOWN, PRIVACY, bullets, plain
from brain_tumor.verdict import Verdict, verdict
from brain_tumor.wording import CLASS_NAMES, meaning, model_facts, percent, probability_name

_WELCOME = """
<div class="bt-hero">No scan open yet</div>
<p class="bt-hero-text">Drop one slice of a brain MRI on the upload field, or open a sample. The
answer appears here, and with it what it rests on.</p>
<div class="bt-steps">
<div><div class="bt-pane-title"><span>1</span>Crop</div><p>OpenCV finds the head's contour and cuts
it out at its four extreme points.</p></div>
<div><div class="bt-pane-title"><span>2</span>Classify</div><p>A ResNet152V2 gives four
probabilities: glioma, meningioma, pituitary tumor, no tumor.</p></div>
<div><div class="bt-pane-title"><span>3</span>Explain</div><p>Grad-CAM shows which parts of the
slice spoke for a class.</p></div>
</div>
"""


def page() -> None:
    """Draw the page."""
    style.apply()
    _header()
    with st.container(key="layout"):
        rail, main = st.columns([3, 10], gap="medium")
    with rail, st.container(key="rail"):
        _choose()
    with main:
        _main(state.open_scan())


def _main(case: Case | None) -> None:
    notice = st.container()
    if case is None:
        # Before the model is loaded, which takes seconds once: the page is there at once.
        with st.container(key="viewer"):
            st.html(_WELCOME)
    classifier, problem = _classifier()
    if problem:
        notice.error(
            plain(problem),
            title="No predictions: the model cannot be used",
            icon=":material/error:",
        )
    if case is not None:
        _case(case, classifier)
    if classifier is not None:
        _facts(classifier)


def _header() -> None:
    st.title("Brain tumor MRI demonstrator", anchor=False)
    with st.container(key="disclaimer"):
        st.markdown(DISCLAIMER_MARKDOWN)


def _choose() -> None:
    st.file_uploader(
        "Drop an MRI slice here, or press Upload",
        type=[extension.removeprefix(".") for extension in EXTENSIONS],
        key=state.uploader_key(),
        on_change=state.take_upload,
        help=PRIVACY,
    )
    st.caption("Kept in memory for your session only: not stored, not logged.")
    if state.is_pending():
        with st.spinner("Reading the file …"):
            state.open_pending()
    _refusal()
    _open_file()
    offered = samples()
    if offered:
        st.markdown("**Or open a sample**")
        with st.container(key="samples"):
            for sample in offered:
                _sample(sample)


def _sample(sample: Sample) -> None:
    name = CLASS_NAMES[sample.label]
    with st.container(key=f"sample-{sample.label}", gap="xsmall"):
        st.image(
            thumbnail(sample), width="stretch", output_format="PNG", alt=f"Sample scan: {name}"
        )
        st.button(
            "Pituitary" if sample.label == "pituitary" else name,
            key=f"open-{sample.label}",
            on_click=_choose_sample,
            args=(sample,),
            width="stretch",
        )


def _choose_sample(sample: Sample) -> None:
    state.choose(sample.path.read_bytes(), sample.path.name, sample.label)


def _refusal() -> None:
    refused = state.refusal()
    if refused is None:
        return
    kept = " The scan opened before is still shown." if state.open_scan() else ""
    st.error(
        plain(refused.message) + kept, title="This file was not opened", icon=":material/block:"
    )
    st.text(refused.name)


def _open_file() -> None:
    case = state.open_scan()
    if case is None:
        return
    with st.container(border=True, key="open-file", horizontal=True, vertical_alignment="center"):
        with st.container(gap="xsmall"):
            st.text(case.name)
            st.caption(case.size)
            if case.sample is not None:
                st.caption(f"Filed in the data set as: {CLASS_NAMES[case.sample]}")
        st.button("Close", icon=":material/close:", on_click=state.close_scan, key="close-scan")


def _classifier() -> tuple[Classifier | None, str]:
    """Return the classifier, or None and why there is none."""
    try:
        return state.get_classifier(), ""
    except (WeightsError, EngineError) as error:
        return None, str(error)


def _case(case: Case, classifier: Classifier | None) -> None:
    if classifier is None:
        st.caption("The crop needs no weights and is shown below.")
    else:
        if not is_answered(case, classifier.info.weights_hash):
            with st.spinner("Classifying …"):
                case = answered(case, classifier)
            state.keep(case)
        if case.answer is not None:
            _verdict(case.answer, classifier)
    viewer.show(case, classifier)


def _verdict(answer: Answer, classifier: Classifier) -> None:
    found = verdict(answer.accepted, answer.confidence, classifier.info.review_threshold)
    with st.container(border=True, key="verdict"):
        words, chart = st.columns(2, gap="medium", vertical_alignment="center")
        with words:
            if found is Verdict.REFUSED:
                st.warning(
                    bullets(answer.reasons),
                    title="Do not rely on this answer",
                    icon=":material/warning:",
                )
            _headline(answer, classifier.info, found)
            _badge(found, classifier.info.review_threshold)
            st.caption(plain(meaning(answer.confidence, classifier.info.temperature)))
        with chart:
            st.plotly_chart(
                figures.probability_chart(
                    answer.probabilities, dark=st.context.theme.type == "dark"
                ),
                config=figures.CHART_CONFIG,
                width="stretch",
                key="probabilities",
                alt="Bar chart of the probabilities of the four classes",
            )


def _headline(answer: Answer, info: BundleInfo, found: Verdict) -> None:
    refused = found is Verdict.REFUSED
    label = "What the network says all the same" if refused else "Predicted class"
    st.html(
        f'<div class="{"bt-refused" if refused else "bt-accepted"}">'
        f'<div class="bt-label">{label}</div>'
        f'<div class="bt-class">{html.escape(CLASS_NAMES[answer.label])}</div>'
        f'<div class="bt-number"><b>{html.escape(percent(answer.confidence))}</b> '
        f"{html.escape(probability_name(info.temperature))}</div></div>"
    )


def _badge(found: Verdict, threshold: float) -> None:
    if found is Verdict.UNSURE:
        st.badge(
            f"Below {percent(threshold)}: needs review",
            icon=":material/visibility:",
            color="orange",
        )
    elif found is Verdict.CLEAR:
        st.badge("No objection found", icon=":material/check:", color="green")


def _facts(classifier: Classifier) -> None:
    with st.expander("About the model", icon=":material/info:"):
        facts = {**model_facts(classifier.info), "Engine": classifier.engine.name}
        rows = "".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
            for name, value in facts.items()
        )
        st.html(f'<dl class="bt-facts">{rows}</dl>')


if __name__ == "__main__":
    page()
