"""What the gate refuses: pictures that are no scan, family by family, and scans by mistake."""

import plotly.graph_objects as go
import streamlit as st

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.markdown import percent
from brain_tumor.gate.families import TEST
from brain_tumor.ui.model_cards import Card, cards_html
from brain_tumor.ui.model_curves import roc_chart
from brain_tumor.ui.model_figures import SECOND, Series, shares_chart
from brain_tumor.ui.model_sections import chart, dark, panel
from brain_tumor.ui.model_words import Record, counted, interval
from brain_tumor.ui.words import plain


def show(record: Record) -> None:
    """Draw the section from the gate's evaluation."""
    st.header("What it refuses to answer", anchor="gate")
    st.html(cards_html(gate_cards(record)))
    left, right = st.columns([3, 2], gap="medium")
    with left, panel("families"):
        st.subheader("Pictures that are no scan, refused", anchor=False)
        chart(families_chart(record, dark()), "gate-families", "Share refused, by family")
    with right, panel("roc"):
        st.subheader("Telling them apart (ROC)", anchor=False)
        chart(roc_chart(record["roc"], dark()), "gate-roc", "ROC curve of the gate")
        st.caption(plain(on_gate(record)))
        st.subheader("Scans refused by mistake", anchor=False)
        chart(scans_chart(record, dark()), "gate-scans", "Share of scans refused, by set")


def gate_cards(record: Record) -> list[Card]:
    """Return the headline figures: photographs, other pictures, test scans."""
    totals = record["totals"]
    named = {
        "Photographs refused": totals["photographs"]["as_they_are"],
        "Other pictures refused": totals["others"]["as_they_are"],
        "Test scans refused by mistake": record["scans"][TEST],
    }
    shares = {name: Proportion(**one) for name, one in named.items()}
    return [
        Card(name, percent(one.value), f"{interval(one)}; {counted(one)}")
        for name, one in shares.items()
    ]


def families_chart(record: Record, dark: bool) -> go.Figure:
    """Draw how much of each family is refused, as it is and by a gate that never saw its like."""
    families = record["families"]

    def shares(way: str) -> tuple[Proportion, ...]:
        return tuple(Proportion(**one[way]) for one in families.values())

    return shares_chart(
        list(families),
        [
            Series("as they are", shares("as_they_are")),
            Series("in grey, family unknown", shares("family_left_out"), SECOND, "diamond"),
        ],
        dark,
        start=0,
        row_height=38,
    )


def scans_chart(record: Record, dark: bool) -> go.Figure:
    """Draw how many scans are refused that should not be."""
    shares = tuple(Proportion(**one) for one in record["scans"].values())
    names = [name.capitalize().replace(", ", ",<br>") for name in record["scans"]]
    return shares_chart(names, [Series("refused", shares)], dark, start=0, end=None)


def on_gate(record: Record) -> str:
    """Return how the gate was measured."""
    areas = record["roc"]
    return (
        "Every picture was made grey and judged by a gate that had not seen it. Area under the "
        f"curve: {areas['photographs']['auc']:.4f} against photographs, "
        f"{areas['others']['auc']:.4f} against the others. Family unknown: the gate had seen no "
        "picture of that family, as with kinds of picture that nobody thought of."
    )
