"""What the network did on the judged images, as sentences for one who asks whether to trust it."""

from typing import Final

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.markdown import percent
from brain_tumor.ui.model_words import (
    Record,
    class_names,
    counted,
    interval,
    peaks,
    proportion,
)

_NO_TUMOR: Final = "notumor"


def deeds(evaluation: Record) -> list[str]:
    """Return what the network did on the judged images, as sentences for a clinician."""
    return [*_on_tumors(evaluation), *_on_weakest(evaluation), *_on_doubt_and_place(evaluation)]


def tumor_or_not(evaluation: Record) -> tuple[Proportion, Proportion] | None:
    """Return the share of tumors called "no tumor", and of images without one called a tumor.

    None where the judged images lack one of the two.
    """
    if not evaluation["parts"]:
        return None
    whole = evaluation["parts"][0]["classification"]
    names = [one["name"] for one in whole["classes"]]
    if _NO_TUMOR not in names:
        return None
    at, table = names.index(_NO_TUMOR), whole["confusion"]
    tumors = sum(sum(row) for number, row in enumerate(table) if number != at)
    missed = sum(row[at] for number, row in enumerate(table) if number != at)
    healthy = sum(table[at])
    if not (tumors and healthy):
        return None
    return Proportion.of(missed, tumors), Proportion.of(healthy - table[at][at], healthy)


def _on_tumors(evaluation: Record) -> list[str]:
    found = tumor_or_not(evaluation)
    if found is None:
        return []
    missed, alarms = found
    return [
        f"It called a tumor no tumor in {counted(missed)} images "
        f"({percent(missed.value)}, interval {interval(missed)}).",
        f"It named a tumor in {counted(alarms)} images without one "
        f"({percent(alarms.value)}, interval {interval(alarms)}).",
    ]


def _on_weakest(evaluation: Record) -> list[str]:
    if not evaluation["parts"]:
        return []
    classes = evaluation["parts"][0]["classification"]["classes"]
    known = [
        (Proportion(**one["recall"]), name)
        for one, name in zip(classes, class_names(evaluation), strict=True)
        if one["recall"] is not None
    ]
    if len(known) < 2:
        return []
    recall, name = min(known, key=lambda pair: pair[0].value)
    return [f"It finds this class least well: {name}, {counted(recall)} ({percent(recall.value)})."]


def _on_doubt_and_place(evaluation: Record) -> list[str]:
    found = []
    if evaluation["parts"]:
        review = evaluation["parts"][0]["review"]
        aside, rest = Proportion(**review["set_aside"]), proportion(review["accuracy_on_rest"])
        text = f"It was unsure of {counted(aside)} ({percent(aside.value)}) and set them aside"
        found.append(
            f"{text}." if rest is None else f"{text}; {percent(rest.value)} of the rest are right."
        )
    overall = peaks(evaluation)
    if overall is not None:
        peak = Proportion(**overall["pointing"])
        found.append(
            f"Its heat map peaked in the tumor that a radiologist outlined in {counted(peak)} "
            f"({percent(peak.value)}); by chance it were {percent(overall['chance_hit'])}."
        )
    return found
