"""Records beside the weights: handed out for these weights alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.evaluation.measured import (
    BENCHMARK,
    EVALUATION,
    OUTLINES,
    read_measured,
    read_outlines,
)
from brain_tumor.model.bundle import DEFAULT_FOLDER, Bundle, open_bundle
from tests.fakes import fake_classifier


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """A bundle of other weights than the shipped ones, with the shipped records beside it."""
    for name in (EVALUATION.file, BENCHMARK.file, OUTLINES):
        (tmp_path / name).write_bytes((DEFAULT_FOLDER / name).read_bytes())
    return fake_classifier(tmp_path).bundle


def rewrite(path: Path, **changes: Any) -> None:
    record = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("kind", [EVALUATION, BENCHMARK])
def test_the_shipped_records_are_of_the_shipped_weights(kind: Any) -> None:
    found = read_measured(open_bundle(), kind)

    assert isinstance(found, dict), found
    assert found["weights_hash"] == open_bundle().info.weights_hash


def test_a_record_of_other_weights_is_not_handed_out(bundle: Bundle) -> None:
    found = read_measured(bundle, EVALUATION)

    shipped = open_bundle().info.weights_hash[:12]
    assert found == f"The evaluation here is of other weights: {shipped}."


def test_a_record_of_these_weights_is(bundle: Bundle) -> None:
    rewrite(bundle.folder / BENCHMARK.file, weights_hash=bundle.info.weights_hash)

    assert isinstance(read_measured(bundle, BENCHMARK), dict)


def test_says_that_there_is_none(tmp_path: Path) -> None:
    found = read_measured(fake_classifier(tmp_path).bundle, EVALUATION)

    assert found == "There is no evaluation of these weights."


def test_says_which_format_it_wants(bundle: Bundle) -> None:
    rewrite(bundle.folder / EVALUATION.file, format=0)

    assert read_measured(bundle, EVALUATION) == (
        f"The evaluation here is of format 0, not {EVALUATION.format}."
    )


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": {}}'])
def test_a_file_that_is_no_record_is_called_damaged(content: bytes, bundle: Bundle) -> None:
    (bundle.folder / BENCHMARK.file).write_bytes(content)

    assert "damaged" in read_measured(bundle, BENCHMARK)


def test_a_record_that_lacks_a_figure_is_called_damaged(bundle: Bundle) -> None:
    path = bundle.folder / BENCHMARK.file
    rewrite(path, weights_hash=bundle.info.weights_hash, ours={})

    assert "damaged" in read_measured(bundle, BENCHMARK)


def test_the_remedy_names_the_folder_unless_it_is_the_shipped_one(tmp_path: Path) -> None:
    shipped = EVALUATION.remedy(DEFAULT_FOLDER)
    other = EVALUATION.remedy(tmp_path / "ours")

    start = "python -m brain_tumor evaluate --data DIR"
    assert shipped == f"{start} --json models/evaluation.json"
    assert other == f"{start} --models ours --json ours/evaluation.json"


def test_the_comparison_of_runs_is_of_the_shipped_lineage() -> None:
    found = read_outlines(open_bundle())

    assert found is not None
    with_outlines, without = sorted(found.runs, key=lambda run: -run.mask_weight)
    assert without.mask_weight == 0 < with_outlines.mask_weight
    assert with_outlines.pointing > without.pointing


def test_a_comparison_of_runs_that_lacks_a_figure_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / OUTLINES
    path.write_bytes((DEFAULT_FOLDER / OUTLINES).read_bytes())
    bundle = replace(open_bundle(), folder=tmp_path)
    assert read_outlines(bundle) is not None
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    del runs[0]["results"]["val_pointing"]
    rewrite(path, runs=runs)

    assert read_outlines(bundle) is None


def test_the_comparison_of_runs_is_left_aside_for_another_lineage(bundle: Bundle) -> None:
    assert (bundle.folder / OUTLINES).is_file()
    assert read_outlines(bundle) is None
