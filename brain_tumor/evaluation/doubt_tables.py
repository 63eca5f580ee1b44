"""What can be believed of an answer, as Markdown: the review threshold and the stability."""

from typing import Final

from brain_tumor.data.dataset import TESTING
from brain_tumor.evaluation.markdown import Record, count, interval, number, percent, share, table
from brain_tumor.stability import STABLE, UNSTABLE, WAVERING

_RULES: Final = {
    STABLE: "the same on all",
    WAVERING: "another on one",
    UNSTABLE: "another on two or more",
}


def review_figures(whole: Record, validation: Record | None) -> list[tuple[str, str]]:
    """Return rows on the threshold: what it does to all judged images, and how it was chosen."""
    classification, review = whole["classification"], whole["review"]
    points = [point for point in classification["coverage"] if point["coverage"] > 0.75]
    answered = ", ".join(percent(point["coverage"]) for point in points)
    wrong = ", ".join(percent(point["risk"]) for point in points)
    threshold = number(review["threshold"], 3)
    return [
        (f"set aside for review (probability under {threshold})", share(review["set_aside"])),
        ("accuracy on the rest", _rest(review)),
        *_choice(validation),
        (f"wrong among the surest {answered}", wrong),
        (
            "area under the risk-coverage curve (0 is best)",
            number(classification["risk_coverage_area"], 5),
        ),
    ]


def _choice(validation: Record | None) -> list[tuple[str, str]]:
    if validation is None:
        return []
    choice = validation["choice"]
    chosen = number(choice["chosen_again"], 3)
    target = percent(choice["target_accuracy"])
    return [
        (
            f"validation images: the lowest threshold with {target} right above it is {chosen}",
            _rest(choice["review"]),
        )
    ]


def _rest(review: Record) -> str:
    rest = review["accuracy_on_rest"]
    return "none left" if rest is None else share(rest)


def stability_table(report: Record) -> list[str]:
    """Return a table of how often each word for the stability goes with a right answer."""
    found = report.get("stability")
    if found is None:
        return []
    validation = report.get("validation")
    seen = validation["stability"]["words"] if validation else [None] * len(found["words"])
    rows = [
        (
            f"{one['word']} ({_RULES[one['word']]})",
            count(one["given"]["successes"]),
            *_accuracy(one["accuracy"]),
            _share(one["accuracy_above_threshold"]),
            "–" if other is None else _share(other["accuracy"]),
        )
        for one, other in zip(found["words"], seen, strict=True)
    ]
    header = (
        f"class on {len(found['tipped'])} slightly altered copies",
        "test images" if report["judged"] == TESTING else "judged images",
        "accuracy",
        "95 % interval",
        "accuracy on those not set aside for review",
        "accuracy on validation images",
    )
    return table(header, rows)


def _accuracy(found: Record | None) -> tuple[str, str]:
    return ("–", "–") if found is None else (percent(found["value"]), interval(found))


def _share(found: Record | None) -> str:
    return "–" if found is None else share(found)
