"""The training scans that the network finds most like the open one."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from brain_tumor.pipeline import Answer
from brain_tumor.similar import SimilarCase, SimilarCases
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES


def show(answer: Answer, index: SimilarCases) -> None:
    """Draw the nearest scans with the classes they are filed under."""
    cases = index.nearest(answer.features)
    st.markdown(f"**{plain(summary(cases))}**")
    with st.container(key="similar"):
        for number, case in enumerate(cases):
            with st.container(key=f"similar-{number}", gap="xsmall"):
                st.image(
                    case.thumbnail,
                    width="stretch",
                    alt=f"Training scan filed as {CLASS_NAMES[case.label]}",
                )
                st.markdown(f"**{CLASS_NAMES[case.label]}**")
                st.caption(f"similarity {case.similarity:.2f}")
    st.caption(
        "One picture of each group of near-copies. Similarity is the cosine between the network's "
        "features, 1 at most: what looks alike to the network need not be alike. Scans of the "
        "Brain Tumor MRI Dataset, with the classes that they are filed under there."
    )


def summary(cases: Sequence[SimilarCase]) -> str:
    """Say which classes the nearest scans have, the most frequent first."""
    counts = Counter(case.label for case in cases).most_common()
    said = ", ".join(f"{count} {CLASS_NAMES[label].lower()}" for label, count in counts)
    return f"The {len(cases)} most similar training scans: {said}"
