import numpy as np
import pytest

from brain_tumor.jobs.thinning import curve, thin, trailing_mean

STEPS = np.arange(10_000)


def test_few_points_are_all_drawn() -> None:
    assert thin([1, 2, 3], [5.0, 4.0, 3.0], 4).tolist() == [0, 1, 2]
    assert thin([], [], 4).tolist() == []


def test_ten_thousand_points_become_what_was_asked_for() -> None:
    noise = np.random.default_rng(0).normal(size=STEPS.size)
    chosen = thin(STEPS, noise, 800)
    assert 400 <= len(chosen) <= 800
    assert np.all(np.diff(chosen) > 0)
    assert (chosen[0], chosen[-1]) == (0, 9999)
    # Even along the axis: no stretch of the curve goes without points.
    assert np.diff(STEPS[chosen]).max() < 3 * 10_000 / 400


def test_no_extreme_is_lost() -> None:
    curve = np.exp(-STEPS / 3000)
    curve[[17, 4242, 9998]] = (9.0, -3.0, 7.0)
    chosen = thin(STEPS, curve, 100)
    assert {17, 4242, 9998} <= set(chosen.tolist())
    for part in np.array_split(STEPS, 10):
        kept = curve[np.intersect1d(chosen, part)]
        assert curve[part].max() - kept.max() < 0.05
        assert kept.min() - curve[part].min() < 0.05


def test_a_known_answer() -> None:
    # Slices [0, 3.5) and [3.5, 7]: lowest and highest of each, and the ends.
    assert thin(range(8), [0.0, 5, 1, 0.5, 2, 9, -4, 3], 6).tolist() == [0, 1, 5, 6, 7]


def test_a_value_that_is_not_finite_is_seen() -> None:
    curve = np.ones(STEPS.size)
    curve[7000:] = np.nan
    curve[123] = np.inf
    chosen = thin(STEPS, curve, 50)
    assert {123, 7000, 9999} <= set(chosen.tolist())
    assert len(chosen) <= 75
    assert thin(STEPS, np.full(STEPS.size, np.nan), 50).size >= 24


def test_uneven_steps_are_sliced_by_their_place() -> None:
    steps = np.concatenate([np.arange(1000), [5000, 10_000]])
    chosen = thin(steps, np.sin(steps), 20)
    assert {1000, 1001} <= set(chosen.tolist())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="alike"):
        thin([1, 2], [1], 10)
    with pytest.raises(ValueError, match="at least 4"):
        thin([1], [1], 3)


def test_a_metric_of_a_run_becomes_a_curve() -> None:
    records = [
        {"kind": "step", "step": 1, "loss": 2.0},
        {"kind": "step", "step": 2, "loss": float("nan")},
        {"kind": "epoch", "step": 2, "loss": 9.0, "val_loss": 3.0},
        {"kind": "step", "step": 3},
    ]
    loss = curve(records, "step", "loss")
    assert loss.steps.tolist() == [1, 2]
    assert loss.values[0] == 2.0 and np.isnan(loss.values[1])
    validation = curve(records, "epoch", "val_loss")
    assert (validation.steps.tolist(), validation.values.tolist()) == ([2], [3.0])
    assert curve(records, "step", "gpu_use").steps.size == 0


def test_a_long_run_is_thinned() -> None:
    records = [{"kind": "step", "step": step, "loss": 1.0 / step} for step in range(1, 10_001)]
    found = curve(records, "step", "loss", points=500, window=2)
    assert len(found.steps) == len(found.values) == len(found.means) <= 500
    assert (found.values[0], found.values[-1]) == (1.0, 1e-4)
    # The means are those of the whole run, not of the points that are left.
    assert found.means[-1] == pytest.approx((1 / 9999 + 1 / 10_000) / 2)


def test_a_trailing_mean_is_of_a_value_and_those_before_it() -> None:
    nan = float("nan")
    assert trailing_mean([1.0, 3.0, 5.0, 7.0], 2).tolist() == [1.0, 2.0, 4.0, 6.0]
    assert trailing_mean([1.0, 3.0], 1).tolist() == [1.0, 3.0]
    found = trailing_mean([nan, 2.0, float("inf"), 4.0, nan, nan], 2)
    np.testing.assert_array_equal(found, [nan, 2.0, 2.0, 4.0, 4.0, nan])
    assert trailing_mean([], 3).size == 0
