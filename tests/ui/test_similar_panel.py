from brain_tumor.similar import SimilarCase
from brain_tumor.ui.similar_panel import summary


def case(label: str) -> SimilarCase:
    return SimilarCase(label, 0.9, f"Training/{label}/x.jpg", b"")


def test_the_most_frequent_class_stands_first() -> None:
    cases = [case(label) for label in ("glioma", "notumor", "notumor")]

    assert summary(cases) == "The 3 most similar training scans: 2 no tumor, 1 glioma"
