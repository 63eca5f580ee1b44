"""The gate's figures as Markdown: what ``gate`` prints, and what the README shows."""

from pathlib import Path
from typing import Any, Final

from brain_tumor.evaluation.markdown import count, interval, percent, table
from brain_tumor.evaluation.readme import read_record, update_between
from brain_tumor.gate.make import FORMAT

START: Final = "<!-- gate:start -->"
END: Final = "<!-- gate:end -->"

_REMEDY: Final = "Make it with `python -m brain_tumor gate --data DIR`."

Record = dict[str, Any]


def gate_tables(record: Record) -> str:
    """Return Markdown tables of a gate's evaluation, without a heading."""
    blocks = [_scans(record), _strangers(record), _similar(record), _notes(record)]
    return "\n\n".join("\n".join(block) for block in blocks)


def read_gate_evaluation(path: Path) -> Record:
    """Read what ``make_gate`` has written.

    Raises:
        BrainTumorError: there is no such file, or it is of another format.
    """
    return read_record(path, "A gate's evaluation", FORMAT, _REMEDY)


def update_readme(readme: Path, evaluation: Path) -> bool:
    """Write a gate's tables between the marker lines of a text; return whether it has changed.

    Raises:
        BrainTumorError: a file cannot be read, has no markers, or is no gate's evaluation.
    """
    return update_between(readme, START, END, gate_tables(read_gate_evaluation(evaluation)))


def _scans(record: Record) -> list[str]:
    rows = [
        (name, count(found["n"]), count(found["successes"]), _rate(found))
        for name, found in record["scans"].items()
    ]
    return table(("scans", "images", "refused", "share (95 % interval)"), rows)


def _strangers(record: Record) -> list[str]:
    named = {
        "**all photographs**": record["totals"]["photographs"],
        "**all others**": record["totals"]["others"],
        **record["families"],
    }
    columns = ("as_they_are", "in_grey", "family_left_out")
    rows = [
        (name, count(one["in_grey"]["n"]), *(_rate(one[column]) for column in columns))
        for name, one in named.items()
    ]
    header = (
        "refused of pictures that are no scan",
        "images",
        "as they are",
        "made grey",
        "made grey, family unknown",
    )
    return table(header, rows)


def _similar(record: Record) -> list[str]:
    found = record["similar"]
    rows = [
        ("neighbours of the scan's own class", found["same_class"]),
        ("the nearest is of its class", found["nearest_same_class"]),
        ("most of them are of its class", found["majority_same_class"]),
        ("neighbours that the full features name too", found["as_by_full_features"]),
    ]
    what = (
        f"the {found['neighbours']} most similar of {count(found['cases'])} training scans, "
        f"for {found['queries']} validation scans"
    )
    return table((what, "share (95 % interval)"), [(name, _rate(one)) for name, one in rows])


def _notes(record: Record) -> list[str]:
    areas = {name: roc["auc"] for name, roc in record["roc"].items()}
    hashes = ", ".join(f"{name} `{digest[:12]}`" for name, digest in record["data_hash"].items())
    pictures, aims = record["pictures"], record["aims"]
    return [
        f"- ROC AUC, validation and test scans against photographs {areas['photographs']:.4f}, "
        f"against the others {areas['others']:.4f} (in grey).",
        "- Each picture is judged by a judge that saw neither it nor another cut of its source; in "
        "the last column by one that saw none of its family (all photographs are one family). "
        "Validation and test scans took no part in any fit, and the test scans in no choice.",
        f"- The threshold {record['threshold']:.4f} is the lowest that refuses "
        f"{percent(aims['photographs'])} of the photographs and {percent(aims['others'])} of the "
        f"others, or the one that refuses {percent(aims['most_scans'])} of the training and "
        "validation scans where that is lower; all judged as above.",
        f"- Weights `{record['weights_hash'][:12]}`, data {hashes}, {count(pictures['files'])} "
        f"pictures from files `{pictures['hash'][:12]}`, {record['date'][:10]}.",
    ]


def _rate(found: Record) -> str:
    return f"{percent(found['value'])} ({interval(found)})"
