"""The page's charts of an evaluation, each with what it says in words."""

from typing import Final

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.markdown import percent
from brain_tumor.evaluation.measured import read_outlines
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.record import ModelRecord, ReviewPoint, read_record
from brain_tumor.ui import figures, model_words
from brain_tumor.ui.model_curves import OperatingPoint, reliability_chart, risk_coverage_chart
from brain_tumor.ui.model_figures import SECOND, THIRD, Series, confusion_chart, shares_chart
from brain_tumor.ui.model_words import Record
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES

_ROW: Final = 69  # pixels: four rows are as tall as the confusion matrix beside them


def answers(bundle: Bundle, evaluation: Record) -> None:
    """Show how often it is right and how far its probabilities can be believed."""
    if not evaluation["parts"]:
        return
    st.header("How often it is right", anchor="accuracy")
    left, right = st.columns(2, gap="medium")
    with left, panel("confusion"):
        _confusion(evaluation)
    with right, panel("recall"):
        _recall(evaluation)
    st.header("How sure it is, and what that is worth", anchor="certainty")
    left, right = st.columns(2, gap="medium")
    with left, panel("reliability"):
        _reliability(evaluation)
    record = read_record(bundle.folder, bundle.info.weights_hash)
    if record is not None:
        with right, panel("review"):
            _review(evaluation, record)
    stability = evaluation.get("stability")  # not in records made before it was measured
    if stability is not None:
        _stability(stability)


def looks(bundle: Bundle, evaluation: Record) -> None:
    """Show where the heat maps point, and what it took to have them point there."""
    pointing = evaluation["pointing"]
    if pointing is None or pointing["aligned"] is None:
        return
    st.header("Where it looks", anchor="pointing")
    left, right = st.columns(2, gap="medium")
    with left, panel("pointing"):
        st.subheader("Heat map's peak in the tumor", anchor=False)
        chart(pointing_chart(pointing, dark()), "pointing", "Share of heat maps, by class")
    with right, panel("pointing-words"):
        st.subheader("What that means", anchor=False)
        st.markdown(plain(model_words.on_pointing(evaluation)))
        st.markdown(
            "**Not aligned** is the same map stretched over the image by a plain resize, as most "
            "tutorials draw it: half a cell off, which moves all heat to the right and down."
        )
        _outlines(bundle)


def pointing_chart(pointing: Record, dark: bool) -> go.Figure:
    """Draw how often the peak lies in the tumor, by class, aligned and not."""
    names = model_words.ordered_classes(pointing["aligned"]["classes"])
    finer = pointing.get("finer") is not None

    def shares(way: str) -> tuple[Proportion, ...]:
        found = pointing[way]
        groups = [found["overall"], *(found["classes"][name] for name in names)]
        return tuple(Proportion(**one["pointing"]) for one in groups)

    return shares_chart(
        ["All", *(CLASS_NAMES[name].replace(" ", "<br>") for name in names)],
        [
            Series("aligned", shares("aligned")),
            *([Series("aligned, finer", shares("finer"), THIRD, "square")] if finer else []),
            Series("not aligned", shares("plain_resize"), SECOND, "diamond"),
        ],
        dark,
        start=0,
        row_height=_ROW,
    )


def _outlines(bundle: Bundle) -> None:
    """Say what the outlines did for the run that these weights went on from."""
    compared = read_outlines(bundle)
    if compared is None:
        return
    st.markdown(
        "**What made it look there:** a loss that draws the heat into the outlines. Two short "
        f"runs, {compared.epochs} epochs at {compared.side} pixels, that differ in nothing else; "
        "these weights went on from one of them."
    )
    head = [
        "| weight of the outlines' loss | accuracy | peak in the tumor |",
        "| --- | ---: | ---: |",
    ]
    rows = [
        f"| {run.mask_weight} | {percent(run.accuracy)} | {percent(run.pointing)} |"
        for run in compared.runs
    ]
    st.markdown("\n".join([*head, *rows]))


def _confusion(evaluation: Record) -> None:
    st.subheader("What was called what", anchor=False)
    whole = evaluation["parts"][0]["classification"]
    figure = confusion_chart(model_words.class_names(evaluation), whole["confusion"], dark())
    chart(figure, "confusion", "Confusion matrix of all test images")
    st.caption(
        f"Rows: the true class. Columns: what it was called. {whole['images']:,} images, "
        "per cent of each row."
    )


def _recall(evaluation: Record) -> None:
    st.subheader("Of each class, how many were found", anchor=False)
    chart(recall_chart(evaluation, dark()), "recall", "Recall by class with 95 % intervals")
    st.caption(
        "Recall with 95 % intervals. Many test images have a copy in the training images; the "
        "second row of each class leaves these out."
    )


def recall_chart(evaluation: Record, dark: bool) -> go.Figure:
    """Draw the recall of each class: on all images, and on those without a copy."""
    looks = [("circle", figures.LIKELIEST), ("diamond", SECOND)]
    series = [
        Series(
            part["description"],
            tuple(
                model_words.proportion(one["recall"]) for one in part["classification"]["classes"]
            ),
            colour,
            symbol,
        )
        for part, (symbol, colour) in zip(evaluation["parts"], looks, strict=False)
    ]
    names = [name.replace(" ", "<br>") for name in model_words.class_names(evaluation)]
    return shares_chart(names, series, dark, row_height=_ROW)


def _reliability(evaluation: Record) -> None:
    st.subheader("Is it right as often as it says?", anchor=False)
    bins = evaluation["parts"][0]["classification"]["reliability"]
    chart(reliability_chart(bins, dark()), "reliability", "Reliability diagram")
    st.caption(plain(model_words.on_calibration(evaluation)))


def _review(evaluation: Record, record: ModelRecord) -> None:
    st.subheader("What review buys", anchor=False)
    figure = risk_coverage_chart(
        risk_coverage(evaluation, record), operating_point(record.review), dark()
    )
    chart(figure, "risk-coverage", "Risk-coverage curve")
    st.caption(plain(record.review_sentence))


def risk_coverage(evaluation: Record, record: ModelRecord) -> list[tuple[float, float]]:
    """Return the curve: share answered and share of these that is wrong, by rising coverage.

    Its points are those at set coverages and those at set thresholds, where these were measured.
    """
    points = {
        (one["coverage"], one["risk"])
        for one in evaluation["parts"][0]["classification"]["coverage"]
    }
    points |= {(one.coverage, 1 - one.rest.value) for one in record.curve if one.rest is not None}
    return sorted(points)


def operating_point(review: ReviewPoint) -> OperatingPoint | None:
    """Return the review threshold's place on the risk-coverage curve."""
    if review.rest is None:
        return None
    text = f"review under {percent(review.threshold)}"
    return OperatingPoint(review.coverage, 1 - review.rest.value, text)


def _stability(found: Record) -> None:
    st.header("Whether its answer holds", anchor="stability")
    left, right = st.columns(2, gap="medium")
    with left, panel("stability-words"):
        st.subheader("Right answers by stability", anchor=False)
        figure = stability_chart(found, dark())
        chart(figure, "stability-words", "Accuracy by the word for an answer's stability")
        st.caption(plain(model_words.on_stability(found)))
    with right, panel("stability-changes"):
        st.subheader("Answers that each change tips", anchor=False)
        figure = changes_chart(found, dark())
        chart(figure, "stability-changes", "Share of answers that each small change tips")


def stability_chart(found: Record, dark: bool) -> go.Figure:
    """Draw how many answers are right by the word for their stability."""
    return shares_chart(
        [
            f"{one['word'].capitalize()}<br>{one['given']['successes']:,} images"
            for one in found["words"]
        ],
        [
            Series("all", tuple(model_words.proportion(one["accuracy"]) for one in found["words"])),
            Series(
                "not set aside for review",
                tuple(
                    model_words.proportion(one["accuracy_above_threshold"])
                    for one in found["words"]
                ),
                SECOND,
                "diamond",
            ),
        ],
        dark,
        row_height=_ROW,
    )


def changes_chart(found: Record, dark: bool) -> go.Figure:
    """Draw how many answers each change tips."""
    shares = tuple(Proportion.of(count, found["images"]) for count in found["tipped"].values())
    names = [name.capitalize() for name in found["tipped"]]
    return shares_chart(names, [Series("tipped", shares)], dark, start=0, end=None)


def panel(name: str) -> DeltaGenerator:
    """Return a framed part of the page, as tall as the one beside it."""
    return st.container(key=f"panel-{name}", height="stretch")


def dark() -> bool:
    """Whether the visitor's theme is the dark one."""
    return st.context.theme.type == "dark"


def chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure that is read, not explored; ``alt`` is what a screen reader says."""
    st.plotly_chart(figure, config=figures.CHART_CONFIG, width="stretch", key=key, alt=alt)
