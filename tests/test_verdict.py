import numpy as np
import pytest

from brain_tumor.verdict import Verdict, verdict


@pytest.mark.parametrize(
    ("accepted", "confidence", "expected"),
    [
        (True, float(np.float32(0.8)), Verdict.CLEAR),
        (True, float(np.float32(0.79)), Verdict.UNSURE),
        (False, 0.99, Verdict.REFUSED),
    ],
)
def test_verdict(accepted: bool, confidence: float, expected: Verdict) -> None:
    # The threshold as float32 holds it: 0.8 itself is not below it.
    assert verdict(accepted, confidence, float(np.float32(0.8))) is expected
