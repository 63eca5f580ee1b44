"""How often the gate refuses what it should, and what it should not."""

from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.gate.collect import Collection
from brain_tumor.gate.families import PHOTOGRAPHS, REWORKED, TEST, TRAIN, VALIDATION, VARIANTS
from brain_tumor.gate.fit import Fitting, kinds
from brain_tumor.gate.judge import Floats, Judge
from brain_tumor.imaging.quality import MAX_COLOURFULNESS

REFUSED_SCANS: Final = 0.003
"""Share of the training scans, judged out of fold, that the threshold refuses."""

ROC_POINTS: Final = 60

Record = dict[str, Any]
Bools = NDArray[np.bool_]


def choose_threshold(collection: Collection, out_of_fold: Floats) -> float:
    """Return the score that ``REFUSED_SCANS`` of the training and validation scans stay under."""
    known = out_of_fold[collection.where(TRAIN, VALIDATION)]
    return float(np.quantile(known, REFUSED_SCANS))


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
    photographs = fitting.strangers & (kinds(collection.family) == PHOTOGRAPHS)
    others = fitting.strangers & ~photographs
    in_domain = np.concatenate(list(held.values()))
    sides = {"photographs": photographs, "others": others}
    families = sorted(set(collection.family[fitting.strangers].tolist()))
    rows = {name: fitting.strangers & (collection.family == name) for name in families}
    figures = {
        name: _strangers(chosen, threshold, colour, out_of_fold, left_out)
        for name, chosen in (sides | rows).items()
    }
    return {
        "threshold": threshold,
        "refused_scans_aimed_at": REFUSED_SCANS,
        "scans": scans,
        "totals": {name: figures[name] for name in sides},
        "families": {name: figures[name] for name in families},
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
