"""An evaluation as Markdown: what ``evaluate`` prints, and what the README shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from brain_tumor.data.dataset import TESTING
from brain_tumor.evaluation.doubt_tables import review_figures, stability_table
from brain_tumor.evaluation.markdown import Record, count, interval, number, percent, share, table
from brain_tumor.evaluation.parts import NO_COPIES, NO_MIRRORED_COPIES
from brain_tumor.evaluation.readme import read_record, update_between
from brain_tumor.model.record import FORMAT

START: Final = "<!-- results:start -->"
END: Final = "<!-- results:end -->"

_SHORT: Final = {NO_COPIES: "without copies", NO_MIRRORED_COPIES: "without mirrored copies either"}
_REMEDY: Final = "Make it with `python -m brain_tumor evaluate --data DIR --json FILE`."


def results_table(report: Record) -> str:
    """Return Markdown tables of a report (``EvaluationReport.to_dict``), without a heading.

    Accuracy stands first, on all images and on what is left without copies of training images.
    """
    blocks = [
        _accuracy(report["parts"], report["judged"]),
        _classes(report["parts"]),
        _confusion(report["parts"]),
        stability_table(report),
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
    return read_record(path, "An evaluation", FORMAT, _REMEDY)


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
            count(whole["n"]),
            count(whole["successes"]),
            percent(whole["value"]),
            interval(whole),
            percent(part["classification"]["macro_recall"]),
        )
        for part in parts
        for whole in [part["classification"]["accuracy"]]
    ]
    return table(header, rows)


def _classes(parts: Sequence[Record]) -> list[str]:
    if not parts:
        return []
    header = ["class", "images", "precision", "recall", "F1", "ROC AUC"]
    header += [f"recall {_SHORT[part['name']]} (images)" for part in parts[1:]]
    columns = [part["classification"]["classes"] for part in parts]
    rows = [
        [
            whole["name"],
            count(whole["support"]),
            percent(whole["precision"]),
            percent(whole["recall"] and whole["recall"]["value"]),
            percent(whole["f1"]),
            number(whole["roc_auc"], 4),
            *(
                f"{percent(one['recall'] and one['recall']['value'])} ({count(one['support'])})"
                for one in others
            ),
        ]
        for whole, *others in zip(*columns, strict=True)
    ]
    return table(header, rows)


def _confusion(parts: Sequence[Record]) -> list[str]:
    if not parts:
        return []
    whole = parts[0]["classification"]
    names = [one["name"] for one in whole["classes"]]
    rows = [[name, *map(count, row)] for name, row in zip(names, whole["confusion"], strict=True)]
    return table(["true class, by what it was called", *names], rows)


def _pointing(pointing: Record | None) -> list[str]:
    if pointing is None or pointing["aligned"] is None:
        return []
    maps = [pointing["aligned"], pointing["plain_resize"]]
    finer = pointing.get("finer")
    maps += [finer] if finer else []
    groups = [("all", *(one["overall"] for one in maps))]
    groups += [(name, *(one["classes"][name] for one in maps)) for name in maps[0]["classes"]]
    header = (
        "validation images with an outline, rightly classified",
        "images",
        "peak in the tumour",
        "95 % interval",
        "by chance",
        "heat in the tumour",
        "tumour's share of the image",
        "peak, map not aligned",
        *(("peak, finer map", "heat, finer map") if finer else ()),
    )
    rows = [
        (
            name,
            count(one["images"]),
            percent(one["pointing"]["value"]),
            interval(one["pointing"]),
            percent(one["chance_hit"]),
            percent(one["inside"]),
            percent(one["outline_share"]),
            percent(plain["pointing"]["value"]),
            *(
                text
                for fine in rest
                for text in (percent(fine["pointing"]["value"]), percent(fine["inside"]))
            ),
        )
        for name, one, plain, *rest in groups
    ]
    return table(header, rows)


def _figures(report: Record) -> list[str]:
    rows = [
        *_judged_figures(report),
        *_quantisation_figures(report["quantisation"]),
        *_pointing_figures(report["pointing"]),
        *_crop_figures(report["crops"]),
    ]
    return table(("figure", "value"), rows)


def _judged_figures(report: Record) -> list[tuple[str, str]]:
    if not report["parts"]:
        return []
    whole = report["parts"][0]
    classification = whole["classification"]
    before = number(whole["uncalibrated_calibration_error"], 4)
    after = number(classification["expected_calibration_error"], 4)
    return [
        (
            f"expected calibration error, before and after temperature "
            f"{number(report['temperature'], 3)}",
            f"{before}, {after}",
        ),
        *review_figures(whole, report.get("validation")),
        ("not accepted by the quality checks", share(report["rejection"]["rejected"])),
    ]


def _quantisation_figures(found: Record | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    return [
        ("int8 names the class that float32 names", share(found["agreement"])),
        ("accuracy of int8", share(found["int8"])),
        ("accuracy of float32", share(found["float32"])),
    ]


def _pointing_figures(found: Record | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    right = f"{count(found['right'])} of {count(found['outlined'])}"
    rows = [("outlined validation images rightly classified", right)]
    more = found.get("finer_holds_more")
    if more is not None:
        rows.append(("the finer map has more of its heat in the tumour", share(more)))
    return rows


def _crop_figures(crops: Record) -> list[tuple[str, str]]:
    rows = [("no head found, whole image used", share(crops["not_found"]))]
    areas = crops["area_percentiles"]
    if areas:
        spread = f"{percent(areas['50'])} ({percent(areas['5'])} to {percent(areas['95'])})"
        rows.append(("area of the crop: median (5th to 95th percentile)", spread))
    if crops["outlined"]:
        cut = f"{count(crops['outlines_cut'])} of {count(crops['outlined'])}"
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
