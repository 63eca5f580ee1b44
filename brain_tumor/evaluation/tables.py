"""An evaluation as Markdown: what ``evaluate`` prints, and what the README shows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from brain_tumor.data.dataset import TESTING
from brain_tumor.errors import BrainTumorError
from brain_tumor.evaluation.parts import NO_COPIES, NO_MIRRORED_COPIES
from brain_tumor.evaluation.readme import update_between
from brain_tumor.evaluation.report import FORMAT

START: Final = "<!-- results:start -->"
END: Final = "<!-- results:end -->"

_SHORT: Final = {NO_COPIES: "without copies", NO_MIRRORED_COPIES: "without mirrored copies either"}
_REMEDY: Final = "Make it with `python -m brain_tumor evaluate --data DIR --json FILE`."

Record = dict[str, Any]


def results_table(report: Record) -> str:
    """Return Markdown tables of a report (``EvaluationReport.to_dict``), without a heading.

    Accuracy stands first, on all images and on what is left without copies of training images.
    """
    blocks = [
        _accuracy(report["parts"], report["judged"]),
        _classes(report["parts"]),
        _confusion(report["parts"]),
        _pointing(report["pointing"]),
        _figures(report),
        [*_notes(report), _source(report)],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def read_report(path: Path) -> Record:
    """Read a report that ``evaluate --json`` has written.

    Raises:
        BrainTumorError: there is no such report, or it is of another format.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrainTumorError(
            f"An evaluation must be a readable JSON file. Received: {path} ({error}). {_REMEDY}"
        ) from error
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise BrainTumorError(
            f"An evaluation must be of format {FORMAT}. Received: {path}. {_REMEDY}"
        )
    return report


def update_readme(readme: Path, report: Path) -> bool:
    """Write a report's tables between the marker lines of a text file.

    Returns:
        Whether the file has changed.

    Raises:
        BrainTumorError: a file cannot be read, has no markers, or is no report.
    """
    return update_between(readme, START, END, results_table(read_report(report)))


def _accuracy(parts: Sequence[Record], judged: str | None) -> list[str]:
    if not parts:
        return []
    what = "test images" if judged == TESTING else "judged images"
    header = (what, "images", "right", "accuracy", "95 % interval", "mean recall")
    rows = [
        (
            part["description"],
            _count(whole["n"]),
            _count(whole["successes"]),
            _percent(whole["value"]),
            _interval(whole),
            _percent(part["classification"]["macro_recall"]),
        )
        for part in parts
        for whole in [part["classification"]["accuracy"]]
    ]
    return _table(header, rows)


def _classes(parts: Sequence[Record]) -> list[str]:
    if not parts:
        return []
    header = ["class", "images", "precision", "recall", "F1", "ROC AUC"]
    header += [f"recall {_SHORT[part['name']]} (images)" for part in parts[1:]]
    columns = [part["classification"]["classes"] for part in parts]
    rows = [
        [
            whole["name"],
            _count(whole["support"]),
            _percent(whole["precision"]),
            _percent(whole["recall"] and whole["recall"]["value"]),
            _percent(whole["f1"]),
            _number(whole["roc_auc"], 4),
            *(
                f"{_percent(one['recall'] and one['recall']['value'])} ({_count(one['support'])})"
                for one in others
            ),
        ]
        for whole, *others in zip(*columns, strict=True)
    ]
    return _table(header, rows)


def _confusion(parts: Sequence[Record]) -> list[str]:
    if not parts:
        return []
    whole = parts[0]["classification"]
    names = [one["name"] for one in whole["classes"]]
    rows = [[name, *map(_count, row)] for name, row in zip(names, whole["confusion"], strict=True)]
    return _table(["true class, by what it was called", *names], rows)


def _pointing(pointing: Record | None) -> list[str]:
    if pointing is None or pointing["aligned"] is None:
        return []
    aligned, plain = pointing["aligned"], pointing["plain_resize"]
    groups = [("all", aligned["overall"], plain["overall"])]
    groups += [(name, one, plain["classes"][name]) for name, one in aligned["classes"].items()]
    header = (
        "validation images with an outline, rightly classified",
        "images",
        "peak in the tumour",
        "95 % interval",
        "by chance",
        "heat in the tumour",
        "tumour's share of the image",
        "peak, map not aligned",
    )
    rows = [
        (
            name,
            _count(one["images"]),
            _percent(one["pointing"]["value"]),
            _interval(one["pointing"]),
            _percent(one["chance_hit"]),
            _percent(one["inside"]),
            _percent(one["outline_share"]),
            _percent(other["pointing"]["value"]),
        )
        for name, one, other in groups
    ]
    return _table(header, rows)


def _figures(report: Record) -> list[str]:
    rows = [
        *_judged_figures(report),
        *_quantisation_figures(report["quantisation"]),
        *_pointing_figures(report["pointing"]),
        *_crop_figures(report["crops"]),
    ]
    return _table(("figure", "value"), rows)


def _judged_figures(report: Record) -> list[tuple[str, str]]:
    if not report["parts"]:
        return []
    whole = report["parts"][0]
    classification, review = whole["classification"], whole["review"]
    rest = review["accuracy_on_rest"]
    before = _number(whole["uncalibrated_calibration_error"], 4)
    after = _number(classification["expected_calibration_error"], 4)
    threshold = _number(review["threshold"], 3)
    return [
        (
            f"expected calibration error, before and after temperature "
            f"{_number(report['temperature'], 3)}",
            f"{before}, {after}",
        ),
        (f"set aside for review (probability under {threshold})", _share(review["set_aside"])),
        ("accuracy on the rest", "none left" if rest is None else _share(rest)),
        ("not accepted by the quality checks", _share(report["rejection"]["rejected"])),
    ]


def _quantisation_figures(found: Record | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    return [
        ("int8 names the class that float32 names", _share(found["agreement"])),
        ("accuracy of int8", _share(found["int8"])),
        ("accuracy of float32", _share(found["float32"])),
    ]


def _pointing_figures(found: Record | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    share = f"{_count(found['right'])} of {_count(found['outlined'])}"
    return [("outlined validation images rightly classified", share)]


def _crop_figures(crops: Record) -> list[tuple[str, str]]:
    rows = [("no head found, whole image used", _share(crops["not_found"]))]
    areas = crops["area_percentiles"]
    if areas:
        spread = f"{_percent(areas['50'])} ({_percent(areas['5'])} to {_percent(areas['95'])})"
        rows.append(("area of the crop: median (5th to 95th percentile)", spread))
    if crops["outlined"]:
        cut = f"{_count(crops['outlines_cut'])} of {_count(crops['outlined'])}"
        rows.append(("tumour outlines that the crop cuts into", cut))
    return rows


def _notes(report: Record) -> list[str]:
    return [f"- {note}" for note in report["notes"]]


def _source(report: Record) -> str:
    hashes = ", ".join(f"{split} `{value[:12]}`" for split, value in report["data_hash"].items())
    return (
        f"- Weights `{report['weights_hash'][:12]}`, data {hashes}, engine {report['engine']}, "
        f"{report['date'][:10]}."
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table, its cells padded so that it can be read as it is."""
    cells = [list(header), *map(list, rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        for row in cells
    ]
    return [f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]]]


def _count(value: int) -> str:
    return f"{value:,}"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _interval(share: Record) -> str:
    return f"{100 * share['low']:.1f}–{100 * share['high']:.1f} %"


def _share(share: Record) -> str:
    return f"{_percent(share['value'])} ({_count(share['successes'])} of {_count(share['n'])})"
