"""The gate's figures on the page about the model."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.measured import GATE
from brain_tumor.gate.families import TEST, VALIDATION
from brain_tumor.gate.tables import read_gate_evaluation
from brain_tumor.ui.model_curves import roc_chart
from brain_tumor.ui.model_gate import families_chart, gate_cards, on_gate, scans_chart
from tests.gate.test_make import folders  # noqa: F401


def gate_record(weights_hash: str = "0" * 64) -> dict[str, Any]:
    """A gate's evaluation, as the command ``gate`` writes it, of known figures."""

    def share(part: int, whole: int) -> dict[str, Any]:
        return asdict(Proportion.of(part, whole))

    def refused(number: int) -> dict[str, Any]:
        ways = ("in_grey", "as_they_are", "family_left_out")
        return {way: share(number - at, 10) for at, way in enumerate(ways)}

    roc = {"scans": 9, "strangers": 10, "auc": 0.98, "points": [[0, 0], [0.05, 0.97], [1, 1]]}
    similar = {
        name: share(4, 5)
        for name in (
            "same_class",
            "nearest_same_class",
            "majority_same_class",
            "as_by_full_features",
        )
    }
    return {
        "format": GATE.format,
        "date": "2026-01-02T03:04:05+00:00",
        "weights_hash": weights_hash,
        "data_hash": {"Training": "1" * 64},
        "pictures": {"files": 10, "hash": "2" * 64},
        "threshold": 0.5,
        "aims": {"most_scans": 0.01, "photographs": 0.99, "others": 0.95},
        "scans": {VALIDATION: share(0, 3), TEST: share(1, 200)},
        "totals": {"photographs": refused(10), "others": refused(8)},
        "families": {"photographs": refused(10), "charts": refused(8)},
        "roc": {"photographs": roc, "others": roc},
        "similar": {"neighbours": 5, "cases": 9, "queries": 3, **similar},
    }


def test_the_record_of_these_tests_is_one_that_the_gates_own_tables_accept() -> None:
    assert re.search(r"\| charts +\| +10 \|", GATE.table(gate_record()))


def test_the_headline_has_what_is_refused_and_what_should_not_have_been() -> None:
    photographs, others, scans = gate_cards(gate_record())

    assert (photographs.value, others.value, scans.value) == ("90.0 %", "70.0 %", "0.5 %")
    assert scans.name == "Test scans refused by mistake"
    assert scans.note.endswith("; 1 of 200")


def test_a_row_for_each_family_as_it_is_and_unknown() -> None:
    figure = families_chart(gate_record(), dark=False)
    known, unknown = figure.data

    assert figure.layout.yaxis.ticktext == ("photographs", "charts")
    np.testing.assert_allclose(known.x, [90, 70])
    np.testing.assert_allclose(unknown.x, [80, 60])


def test_a_row_for_each_set_of_scans() -> None:
    figure = scans_chart(gate_record(), dark=False)

    assert figure.layout.yaxis.ticktext == ("Validation scans", "Test scans")
    np.testing.assert_allclose(figure.data[0].x, [0, 0.5])


def test_what_the_command_writes_is_drawn(
    folders: tuple[Path, Path],  # noqa: F811
) -> None:
    record = read_gate_evaluation(folders[1] / GATE.file)

    photographs, others, scans = gate_cards(record)
    assert photographs.note.endswith(" of 20") and others.note.endswith(" of 20")
    assert scans.note.endswith(" of 4")
    assert len(families_chart(record, dark=False).data[0].x) == 3
    assert len(scans_chart(record, dark=False).data[0].x) == 5
    assert [one.name for one in roc_chart(record["roc"]).data] == ["photographs", "others"]
    assert "1.0000 against photographs" in on_gate(record)
