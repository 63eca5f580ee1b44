import numpy as np
import pytest

from brain_tumor.evaluation.comparison import accuracy_with_interval, agreement, mcnemar


def test_accuracy_counts_the_equal_ones():
    share = accuracy_with_interval([0, 1, 2, 3], [0, 1, 2, 0])
    assert (share.successes, share.n, share.value) == (3, 4, 0.75)
    assert share.low < 0.75 < share.high


def test_agreement_takes_no_side():
    assert agreement([0, 1, 1], [0, 1, 2]) == agreement([0, 1, 2], [0, 1, 1])
    assert agreement([0, 1, 1], [0, 1, 2]).successes == 2


def test_mcnemar_by_hand():
    # 1 against 7 of 8 discordant: twice P(at most 1 of 8) = 2 * 9 / 256.
    a = np.array([True] * 5 + [True] * 1 + [False] * 7)
    b = np.array([True] * 5 + [False] * 1 + [True] * 7)
    result = mcnemar(a, b)
    assert (result.only_a, result.only_b) == (1, 7)
    assert result.p_value == pytest.approx(18 / 256)
    assert mcnemar(b, a).p_value == pytest.approx(18 / 256)


def test_predictors_that_never_differ_give_p_one():
    assert mcnemar(np.array([True, False]), np.array([True, False])).p_value == 1.0


@pytest.mark.parametrize("compare", [accuracy_with_interval, agreement, mcnemar])
@pytest.mark.parametrize(("a", "b"), [([], []), ([1], [1, 2]), ([[1]], [[1]])])
def test_empty_or_unlike_inputs_are_refused(compare, a, b):
    with pytest.raises(ValueError, match="at least one image"):
        compare(a, b)


def test_mcnemar_refuses_class_indices():
    with pytest.raises(ValueError, match="bool arrays"):
        mcnemar([0, 1], [1, 1])
