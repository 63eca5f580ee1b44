import pytest

from brain_tumor.evaluation.intervals import Proportion, wilson_interval


def test_nine_of_ten():
    assert wilson_interval(9, 10) == pytest.approx((0.595850, 0.982124), abs=1e-6)


def test_the_ends_are_exact_and_the_other_side_is_not():
    z2 = 1.959963984540054**2
    assert wilson_interval(0, 10) == (0.0, pytest.approx(z2 / (10 + z2)))
    assert wilson_interval(10, 10) == (pytest.approx(10 / (10 + z2)), 1.0)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 2), (3, 7), (1271, 1311), (1311, 1311)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_agrees_with_scipy(k, n, confidence):
    binomtest = pytest.importorskip("scipy.stats").binomtest
    expected = binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert wilson_interval(k, n, confidence) == pytest.approx(tuple(expected), abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "confidence", "message"),
    [
        (0, 0, 0.95, "at least one image"),
        (3, 2, 0.95, "0 .. 2"),
        (-1, 2, 0.95, "0 .. 2"),
        (1, 2, 1.0, "between 0 and 1"),
        (1, 2, 95, "between 0 and 1"),
    ],
)
def test_impossible_counts_are_refused(k, n, confidence, message):
    with pytest.raises(ValueError, match=message):
        wilson_interval(k, n, confidence)


def test_proportion_carries_its_counts():
    share = Proportion.of(1, 4)
    assert (share.successes, share.n, share.value, share.confidence) == (1, 4, 0.25, 0.95)
    assert (share.low, share.high) == wilson_interval(1, 4)
