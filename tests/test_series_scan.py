"""Every slice through the network, and what the slices say together."""

import numpy as np
import pytest

from brain_tumor.intake.volume import Volume
from brain_tumor.series_scan import (
    NO_TUMOR,
    RULE,
    SeriesScan,
    SliceResult,
    SliceRun,
    summarise,
)
from tests.fakes import fake_classifier, head


def result(index: int, tumor: float, accepted: bool = True, label: int = 0) -> SliceResult:
    probabilities = [0.0] * 4
    probabilities[label] = tumor
    probabilities[NO_TUMOR] = 1 - tumor
    return SliceResult(index, tuple(probabilities), accepted, () if accepted else ("No head.",))


def results(*tumor: float | None) -> list[SliceResult]:
    """Slices by their tumor probability; None is one that is not accepted and says 1."""
    return [result(i, 1.0 if p is None else p, p is not None) for i, p in enumerate(tumor)]


def stack(*labels: int | None) -> Volume:
    """An axial volume whose slices are heads of the labels, shown as ``slice_of`` turns them."""
    slices = [np.zeros((256, 256), np.uint8) if n is None else head(n) for n in labels]
    voxels = np.stack([one[::-1, ::-1] for one in slices])
    return Volume(voxels, (1.0, 1.0, 1.0), "SAR", "axial", "NIfTI", "uint8", 8)


def test_a_scan_answers_for_every_slice_in_order() -> None:
    labels = [None, 0, 1, 2, 3, 2, 2, 1, 1, 0, None]
    scan = SeriesScan(stack(*labels), "axial")
    classifier = fake_classifier()
    while not scan.finished:
        scan.step(classifier)
    assert classifier.engine.batches == [8, 3]
    assert [one.index for one in scan.results] == list(range(11))
    for label, one in zip(labels, scan.results, strict=True):
        assert one.accepted == (label is not None)
        if label is not None:
            assert max(one.probabilities) == one.probabilities[label]
    assert scan.results[0].reasons != ()


def test_what_the_files_object_to_counts_for_every_slice() -> None:
    scan = SeriesScan(stack(0, 0, 0), "axial", ("The file says that it is no MR image.",))
    scan.step(fake_classifier())
    assert not any(one.accepted for one in scan.results)
    assert summarise(scan.results).runs == ()


def test_a_scan_cut_short_has_the_slices_so_far() -> None:
    scan = SeriesScan(stack(*[0] * 20), "axial")
    scan.step(fake_classifier())
    assert (scan.done, scan.total, len(scan.results), scan.finished) == (8, 20, 8, False)


def test_a_plane_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        SeriesScan(stack(0, 0), "coronal")  # two rows high
    with pytest.raises(ValueError, match="cannot be read"):
        SeriesScan(stack(0, 0), "acquired")


def test_a_run_of_neighbours_carries_the_finding() -> None:
    summary = summarise(results(0.1, 0.6, 0.9, 0.7, 0.2, 0.1))
    assert summary.runs == (SliceRun(1, 3, 2, pytest.approx(0.9), "glioma"),)
    assert (summary.total, summary.accepted, summary.alone) == (6, 6, ())
    assert "Slices 2 to 4 speak for a tumor, most of all slice 3 with 90 %" in summary.sentence


def test_of_equal_peaks_the_middle_one_is_named() -> None:
    (run,) = summarise(results(0.1, 0.992, 0.99, 0.991, 0.993, 0.99, 0.1)).runs
    assert (run.first, run.last, run.peak) == (1, 5, 3)


def test_half_is_enough() -> None:
    assert summarise(results(0.5, 0.5)).runs and not summarise(results(0.49, 0.5)).runs


def test_a_slice_that_is_not_accepted_carries_nothing_and_parts_its_neighbours() -> None:
    summary = summarise(results(0.9, None, 0.9, 0.9, None, None))
    assert [(run.first, run.last) for run in summary.runs] == [(2, 3)]
    assert summary.alone == (0,)
    assert summary.accepted == 3
    assert "Slice 1 does so alone" in summary.sentence


def test_the_run_with_most_comes_first() -> None:
    summary = summarise(results(0.99, 0.99, 0.1, 0.8, 0.8, 0.8, 0.1))
    assert [(run.first, run.last) for run in summary.runs] == [(3, 5), (0, 1)]
    assert "Less so: slices 1 to 2." in summary.sentence


def test_the_class_of_a_run_is_the_likeliest_tumor_over_all_of_it() -> None:
    slices = [result(0, 0.95, label=3), result(1, 0.6, label=1), result(2, 0.6, label=1)]
    (run,) = summarise(slices).runs
    assert (run.label, run.peak) == ("meningioma", 0)


def test_no_tumor_is_never_the_class_of_a_run() -> None:
    half = SliceResult(0, (0.2, 0.2, 0.45, 0.15), True)
    assert half.speaks_for_tumor and half.tumor_label == "glioma"


def test_nothing_found_says_how_high_it_got() -> None:
    summary = summarise(results(0.1, 0.23, 0.1))
    assert summary.runs == ()
    assert "the highest tumor probability is 23 % (slice 2)" in summary.sentence


def test_where_nothing_is_accepted_nothing_is_said() -> None:
    summary = summarise(results(None, None))
    assert (summary.runs, summary.highest) == ((), None)
    assert "None of the 2 slices was accepted" in summary.sentence
    assert summarise([]).highest is None


def test_a_whole_head_full_of_tumor_is_doubted() -> None:
    assert "more of the scanner" in summarise(results(0.1, *[0.9] * 9)).sentence
    assert "more of the scanner" not in summarise(results(*[0.1] * 3, *[0.9] * 9)).sentence


def test_the_rule_states_its_numbers() -> None:
    assert "2 or more neighbouring slices" in RULE and "50 %" in RULE


def test_a_result_needs_four_probabilities() -> None:
    with pytest.raises(ValueError, match="4 probabilities"):
        SliceResult(0, (0.5, 0.5), True)
