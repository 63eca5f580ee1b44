"""What the page about the model says in words, all of it reckoned from the records."""

from pathlib import Path
from typing import Any, Final

from brain_tumor import CLASSES
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.markdown import percent
from brain_tumor.stability import MEANING, STABLE, UNSTABLE, WAVERING
from brain_tumor.wording import CLASS_NAMES

Record = dict[str, Any]

README: Final = Path(__file__).resolve().parents[2] / "README.md"
LIMITS: Final = "## Limits"
"""The heading of the README's section that is shown as it is."""


def limits(readme: Path = README) -> str | None:
    """Return the README's section on limits as Markdown, without its heading; None without one."""
    if not readme.is_file():
        return None
    _, found, rest = readme.read_text(encoding="utf-8").partition(f"\n{LIMITS}\n")
    return rest.partition("\n## ")[0].strip() if found else None


def is_in_readme(weights_hash: str, readme: Path = README) -> bool:
    """Whether the README is about these weights: its tables of results name their hash."""
    return readme.is_file() and f"`{weights_hash[:12]}`" in readme.read_text(encoding="utf-8")


def counted(one: Proportion) -> str:
    """Return what a share is of: "12 of 1,300"."""
    return f"{one.successes:,} of {one.n:,}"


def interval(one: Proportion) -> str:
    """Return a share's interval: "96.0–98.1 %"."""
    return f"{100 * one.low:.1f}–{100 * one.high:.1f} %"


def proportion(record: Record | None) -> Proportion | None:
    """Return a share as it stands in a record."""
    return None if record is None else Proportion(**record)


def class_names(evaluation: Record) -> list[str]:
    """Return the classes' names for people, in the order of the record."""
    classes = evaluation["parts"][0]["classification"]["classes"]
    return [CLASS_NAMES.get(one["name"], one["name"]) for one in classes]


def ordered_classes(found: Record) -> list[str]:
    """Return those of the known classes that a record by class holds, in their order."""
    return [name for name in CLASSES if name in found]


def peaks(evaluation: Record) -> Record | None:
    """Return the pointing figures over all classes; None where they were not measured."""
    pointing = evaluation["pointing"]
    if pointing is None or pointing["aligned"] is None:
        return None
    overall: Record = pointing["aligned"]["overall"]
    return overall


def on_calibration(evaluation: Record) -> str:
    """Return what the reliability diagram shows."""
    part = evaluation["parts"][0]
    after = part["classification"]["expected_calibration_error"]
    before = part["uncalibrated_calibration_error"]
    return (
        "On the dashed line a probability is what it says. A dot's size tells how many images it "
        "stands for, its bar the 95 % interval: where few images lie, little can be said. "
        f"Expected calibration error: {100 * after:.1f} points of per cent, "
        f"{100 * before:.1f} before temperature {evaluation['temperature']:.3f}."
    )


def on_stability(found: Record) -> str:
    """Return what the words for the stability rest on."""
    return (
        f"The class on {len(found['tipped'])} slightly altered copies of each of "
        f"{found['images']:,} test images: {STABLE} where all agree, {WAVERING} where one differs, "
        f"{UNSTABLE} where more do. {MEANING}"
    )


def on_pointing(evaluation: Record) -> str:
    """Return what the pointing figures rest on, and what chance would give."""
    overall = evaluation["pointing"]["aligned"]["overall"]
    text = (
        f"Measured on {overall['images']:,} validation images with a radiologist's outline that "
        "are rightly classified: the network's hottest point lies in the outlined tumor, within "
        f"{evaluation['pointing']['aligned']['tolerance_at_224']:.0f} of 224 pixels. The tumor "
        f"takes {percent(overall['outline_share'])} of the image on average, so that a point put "
        f"down at random would hit in {percent(overall['chance_hit'])}. "
        f"{percent(overall['inside'])} of all heat lies inside: a map is no outline."
    )
    more = proportion(evaluation["pointing"].get("finer_holds_more"))
    if more is None:
        return text
    return (
        f"{text} The finer map, of four times as many cells, holds more of its heat in the tumor "
        f"in {counted(more)}."
    )


def on_quantisation(evaluation: Record) -> str:
    """Return what int8 costs; nothing where it was not measured."""
    found = evaluation["quantisation"]
    if found is None:
        return ""
    same = Proportion(**found["agreement"])
    int8, exact = Proportion(**found["int8"]), Proportion(**found["float32"])
    return (
        f"The int8 network that answers here names the same class as the float32 one in "
        f"{counted(same)} test images ({percent(same.value)}); right are {percent(int8.value)} and "
        f"{percent(exact.value)}."
    )


def on_speed(benchmark: Record) -> str:
    """Return how the ways were timed."""
    machine = benchmark["machine"]
    ratios = benchmark["round_ratios"]
    return (
        "The tutorial's way is model.predict, then Grad-CAM by tf.GradientTape, on the same "
        f"weights. Timed in turns, {len(ratios)} rounds ({min(ratios):.1f} to {max(ratios):.1f} "
        f"times), on {machine['cores']} cores of {machine['cpu']}. Another machine has other "
        "times; the ratio is what carries over."
    )
