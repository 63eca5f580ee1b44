"""What the page about the model says of records with known figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.ui.model_cards import Card, cards, cards_html
from brain_tumor.ui.model_deeds import deeds, tumor_or_not
from brain_tumor.ui.model_origin import run_table
from brain_tumor.ui.model_words import is_in_readme, limits


def evaluation(table: list[list[int]], rest: Proportion | None = None) -> dict[str, Any]:
    """The parts of a record that tell of a confusion matrix and of review."""
    right, images = sum(table[i][i] for i in range(4)), sum(map(sum, table))
    names = ("glioma", "meningioma", "notumor", "pituitary")
    return {
        "parts": [
            {
                "description": "all images",
                "classification": {
                    "accuracy": asdict(Proportion.of(right, images)),
                    "classes": [
                        {"name": name, "recall": _share(table[at][at], sum(table[at]))}
                        for at, name in enumerate(names)
                    ],
                    "confusion": table,
                },
                "review": {
                    "threshold": 0.8,
                    "set_aside": asdict(Proportion.of(1, 4)),
                    "accuracy_on_rest": None if rest is None else asdict(rest),
                },
            }
        ],
        "pointing": None,
    }


def _share(right: int, images: int) -> dict[str, Any] | None:
    return asdict(Proportion.of(right, images)) if images else None


TABLE = [[9, 0, 1, 0], [0, 10, 0, 0], [1, 1, 17, 1], [0, 0, 2, 8]]


def test_counts_missed_tumors_and_false_alarms() -> None:
    missed, alarms = tumor_or_not(evaluation(TABLE)) or (None, None)

    assert missed == Proportion.of(3, 30)
    assert alarms == Proportion.of(3, 20)
    assert deeds(evaluation(TABLE))[0].startswith(
        "It called a tumor no tumor in 3 of 30 images (10.0 %, "
    )


def test_says_nothing_of_missed_tumors_where_there_are_none_to_miss() -> None:
    healthy = [[0] * 4, [0] * 4, [0, 0, 5, 0], [0] * 4]

    assert tumor_or_not(evaluation(healthy)) is None
    assert "tumor" not in " ".join(deeds(evaluation(healthy)))
    assert deeds({"parts": [], "pointing": None}) == []


def test_names_the_class_that_is_found_least_well() -> None:
    assert "It finds this class least well: Pituitary tumor, 8 of 10 (80.0 %)." in deeds(
        evaluation(TABLE)
    )


def test_the_headline_has_the_accuracy_and_what_review_does() -> None:
    first, review = cards(evaluation(TABLE, Proportion.of(29, 30)))

    assert first.value == "88.0 %"
    assert first.note.endswith("; 44 of 50")
    assert review.value == "25.0 %"
    assert "of the rest 96.7 % are right" in review.note


def test_the_headline_has_nothing_where_nothing_was_judged() -> None:
    assert cards({"parts": [], "pointing": None}) == []
    assert cards_html([]) == ""


def test_the_headlines_text_is_no_markup() -> None:
    assert "<b>" not in cards_html([Card("<b>", "1", "&")])


def test_the_readmes_limits_are_shown_as_they_are() -> None:
    text = limits()

    assert text is not None
    assert text.startswith("- ")
    assert "\n#" not in text
    assert "patient" in text


def test_without_a_readme_or_its_section_there_are_no_limits_to_show(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Title\n\n## Other\n", encoding="utf-8")

    assert limits(tmp_path / "README.md") is None
    assert limits(tmp_path / "none.md") is None


def test_tells_the_weights_that_the_readme_is_about_from_others(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("- Weights `0123456789ab`, data\n", encoding="utf-8")

    assert is_in_readme("0123456789abcdef", readme)
    assert not is_in_readme("1123456789abcdef", readme)
    assert not is_in_readme("0123456789abcdef", tmp_path / "none.md")


def test_what_differs_between_runs_stands_first() -> None:
    runs = [
        {"run_dir": "A", "seed": 0, "side": 160, "blocks": [3, 2]},
        {"run_dir": "B", "seed": 0, "side": 224, "blocks": [3, 2], "extra": None},
    ]

    assert run_table(runs) == {
        "setting": ["side", "seed", "blocks", "extra"],
        "A": ["160", "0", "3, 2", "–"],
        "B": ["224", "0", "3, 2", "–"],
    }
