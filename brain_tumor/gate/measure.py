"""How often the gate refuses what it should, and what it should not."""

from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.gate.families import PHOTOGRAPHS, REWORKED, TEST, TRAIN, VALIDATION, VARIANTS
from brain_tumor.gate.fit import Fitting, kinds
from brain_tumor.gate.judge import Floats, Judge
from brain_tumor.imaging.quality import MAX_COLOURFULNESS

REFUSED_SCANS: Final = 0.006
"""Most of the training and validation scans that the threshold may refuse, judged out of fold."""

REFUSED_PHOTOGRAPHS: Final = 0.993
"""Share of the photographs, judged out of fold, that the threshold should refuse."""

REFUSED_OTHERS: Final = 0.975
"""Share of the other strangers, judged out of fold, that the threshold should refuse."""

ROC_POINTS: Final = 60

Record = dict[str, Any]
Bools = NDArray[np.bool_]


def choose_threshold(fitting: Fitting, out_of_fold: Floats) -> float:
    """Return the lowest threshold that refuses enough strangers, and not too many scans.

    Lower is kinder to scans of other kinds than the data set's, of which nothing can be measured
    here. Where both cannot be had, ``REFUSED_SCANS`` decides.
    """
    collection = fitting.collection
    photographs, others = _sides(fitting)
    needed = max(
        float(np.quantile(out_of_fold[photographs], REFUSED_PHOTOGRAPHS)),
        float(np.quantile(out_of_fold[others], REFUSED_OTHERS)),
    )
    known = out_of_fold[collection.where(TRAIN, VALIDATION)]
    return min(needed, float(np.quantile(known, REFUSED_SCANS)))


def _sides(fitting: Fitting) -> tuple[Bools, Bools]:
    photographs = kinds(fitting.collection.family) == PHOTOGRAPHS
    return fitting.strangers & photographs, fitting.strangers & ~photographs


def measure(
    fitting: Fitting, judge: Judge, threshold: float, out_of_fold: Floats, left_out: Floats
) -> Record:
    """Return the gate's figures.

    Args:
        fitting: the pictures.
        judge: the shipped judge, fitted on all training scans and strangers. It scores the
            validation and test scans, of which it has seen none.
        threshold: from ``choose_threshold``.
        out_of_fold: float32 (N,), scores by judges that saw none of a picture's group.
        left_out: float32 (N,), scores by judges that saw none of a stranger's family.
    """
    collection = fitting.collection
    held = {name: fitting.scores(judge, collection.where(name)) for name in (VALIDATION, TEST)}
    known = {name: out_of_fold[collection.where(name)] for name in (TRAIN, VARIANTS, REWORKED)}
    scans = {name: _refused(scores, threshold) for name, scores in (known | held).items()}
    colour = collection.evidence.colourfulness > MAX_COLOURFULNESS
    photographs, others = _sides(fitting)
    in_domain = np.concatenate(list(held.values()))
    sides = {"photographs": photographs, "others": others}
    rows = {
        name: fitting.strangers & (collection.family == name)
        for name in sorted(set(collection.family[fitting.strangers].tolist()))
    }
    totals, families = (
        {name: _strangers(at, threshold, colour, out_of_fold, left_out) for name, at in one.items()}
        for one in (sides, rows)
    )
    return {
        "threshold": threshold,
        "aims": {
            "most_scans": REFUSED_SCANS,
            "photographs": REFUSED_PHOTOGRAPHS,
            "others": REFUSED_OTHERS,
        },
        "scans": scans,
        "totals": totals,
        "families": families,
        "roc": {name: roc(in_domain, out_of_fold[chosen]) for name, chosen in sides.items()},
    }


def _strangers(
    chosen: Bools, threshold: float, colour: Bools, out_of_fold: Floats, left_out: Floats
) -> Record:
    refused = out_of_fold[chosen] < threshold
    as_they_are = refused | colour[chosen]
    return {
        "in_grey": _share(refused),
        "as_they_are": _share(as_they_are),
        "family_left_out": _refused(left_out[chosen], threshold),
    }


def roc(scans: Floats, strangers: Floats) -> Record:
    """Return the area under the ROC curve and about ``ROC_POINTS`` of its points.

    A point is (share of strangers let through, share of scans let through).
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    truth = np.concatenate([np.ones(len(scans)), np.zeros(len(strangers))])
    scores = np.concatenate([scans, strangers])
    let_in, kept, _ = roc_curve(truth, scores)
    at = np.unique(np.linspace(0, len(let_in) - 1, ROC_POINTS).round().astype(int))
    return {
        "scans": len(scans),
        "strangers": len(strangers),
        "auc": float(roc_auc_score(truth, scores)),
        "points": [[round(float(let_in[i]), 5), round(float(kept[i]), 5)] for i in at],
    }


def _refused(scores: Floats, threshold: float) -> Record:
    return _share(scores < threshold)


def _share(refused: Bools) -> Record:
    return asdict(Proportion.of(int(refused.sum()), len(refused)))
