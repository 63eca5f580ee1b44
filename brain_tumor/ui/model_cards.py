"""Headline figures: a name, a number, and what it rests on."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.markdown import percent
from brain_tumor.ui.model_words import Record, counted, interval, peaks, proportion


@dataclass(frozen=True, slots=True)
class Card:
    """One headline figure: its name, the figure, and what it rests on."""

    name: str
    value: str
    note: str


def cards_html(cards: Sequence[Card]) -> str:
    """Return headline figures as a description list; all of their text is escaped."""
    rows = "".join(
        f"<div><dt>{html.escape(card.name)}</dt>"
        f'<dd class="value">{html.escape(card.value)}</dd>'
        f'<dd class="note">{html.escape(card.note)}</dd></div>'
        for card in cards
    )
    return f'<dl class="bt-cards">{rows}</dl>' if cards else ""


def cards(evaluation: Record) -> list[Card]:
    """Return the headline figures: right, right without copies, pointing, review."""
    found = []
    for part in evaluation["parts"]:
        right = Proportion(**part["classification"]["accuracy"])
        found.append(
            Card(
                f"Accuracy, {part['description']}",
                percent(right.value),
                f"{interval(right)}; {counted(right)}",
            )
        )
    overall = peaks(evaluation)
    if overall is not None:
        peak = Proportion(**overall["pointing"])
        note = f"{interval(peak)}; {counted(peak)}; by chance {percent(overall['chance_hit'])}"
        found.append(Card("Heat map peaks in the tumor", percent(peak.value), note))
    if evaluation["parts"]:
        review = evaluation["parts"][0]["review"]
        aside, rest = Proportion(**review["set_aside"]), proportion(review["accuracy_on_rest"])
        note = counted(aside)
        if rest is not None:
            note += f"; of the rest {percent(rest.value)} are right ({interval(rest)})"
        found.append(Card("Set aside for review", percent(aside.value), note))
    return found


def speed_cards(benchmark: Record) -> list[Card]:
    """Return the benchmark's figures; without the tutorial's way there is nothing to compare."""
    ours, other = benchmark["ours"], benchmark["tutorial"]
    if other is None:
        return []
    return [
        Card(
            "A scan's class and heat map, faster than a tutorial's",
            f"{benchmark['ratio']:.1f} ×",
            f"{ours['seconds']['median']:.3f} s instead of {other['seconds']['median']:.3f} s",
        ),
        Card(
            "The first answer after a start, faster",
            f"{other['cold_start']['median'] / ours['cold_start']['median']:.1f} ×",
            f"{ours['cold_start']['median']:.1f} s instead of "
            f"{other['cold_start']['median']:.1f} s",
        ),
        Card(
            f"Peak memory after {ours['answered']} scans",
            f"{ours['peak_bytes'] / 1e6:,.0f} MB",
            f"instead of {other['peak_bytes'] / 1e6:,.0f} MB for a tutorial's",
        ),
    ]
