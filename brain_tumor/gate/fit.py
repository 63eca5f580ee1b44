"""Fits the judge with scikit-learn, and judges every picture by a judge that has not seen it."""

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.gate.collect import Collection
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.families import PHOTOGRAPHS, REWORKED, TEST, TRAIN, VALIDATION, VARIANTS
from brain_tumor.gate.judge import (
    BLOCKS,
    Floats,
    Judge,
    Network,
    Projection,
    blocks_of,
    describe,
)

FOLDS: Final = 4
COMPONENTS: Final = {"thumbnails": 40, "gradients": 64, "features": 64}
HIDDEN: Final = 48
MEMBERS: Final = 3
SEED: Final = 0

Bools = NDArray[np.bool_]
Notify = Callable[[str, int, int], object]


def projections_of(scans: Evidence) -> dict[str, Projection]:
    """Return the principal components of real scans, for each block."""
    from sklearn.decomposition import PCA

    parts = [blocks_of(scans.take(slice(at, at + 256))) for at in range(0, len(scans), 256)]
    found = {}
    for name in BLOCKS:
        values = np.concatenate([part[name] for part in parts])
        solver = "covariance_eigh" if len(values) > values.shape[1] else "full"
        count = min(COMPONENTS[name], *values.shape)
        model = PCA(count, svd_solver=solver).fit(values)
        spread = np.sqrt(model.explained_variance_)
        found[name] = Projection(
            mean=np.asarray(model.mean_, np.float32),
            components=np.ascontiguousarray(model.components_.T, np.float32),
            # Directions in which scans hardly differ would blow up their own rounding.
            spread=np.asarray(np.maximum(spread, 1e-3 * spread[0]), np.float32),
        )
    return found


def fit_networks(inputs: Floats, truth: Bools) -> tuple[Network, ...]:
    """Fit a logistic regression and a few small perceptrons, each side weighing the same.

    Args:
        inputs: float32 (N, D), standardised descriptors.
        truth: bool (N,), whether each is a scan.
    """
    return tuple(_exported(model) for model in fit_models(inputs, truth))


def fit_models(inputs: Floats, truth: Bools) -> list[Any]:
    """Return the fitted scikit-learn models whose logits are averaged."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(SEED)
    balanced = _balanced(rng, truth)
    models: list[Any] = [LogisticRegression(C=0.03, max_iter=500)]
    models += [
        MLPClassifier((HIDDEN,), alpha=3.0, max_iter=40, random_state=member)
        for member in range(MEMBERS)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for model in models:
            model.fit(inputs[balanced], truth[balanced])
    return models


def _balanced(rng: np.random.Generator, truth: Bools) -> NDArray[np.intp]:
    """Return rows with the smaller side drawn over again until both are as many."""
    sides = [np.flatnonzero(truth == value) for value in (False, True)]
    most = max(len(side) for side in sides)
    drawn = [np.concatenate([side, rng.choice(side, most - len(side))]) for side in sides]
    return np.asarray(np.sort(np.concatenate(drawn)), np.intp)


def _exported(model: Any) -> Network:
    if hasattr(model, "coefs_"):
        weights, biases = model.coefs_, model.intercepts_
    else:
        weights, biases = [model.coef_.T], [model.intercept_]
    plain = ([np.asarray(one, np.float32) for one in side] for side in (weights, biases))
    return Network(*map(tuple, plain))


class Fitting:
    """A collection with its descriptors, from which judges are fitted on some of the pictures.

    The principal components, which know no strangers, are fitted once on the training scans; only
    the networks are fitted again for each fold.
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.scans = collection.where(TRAIN, VARIANTS, REWORKED)
        self.strangers = ~(self.scans | collection.where(VALIDATION, TEST))
        self.projections = projections_of(collection.evidence.take(self.scans))
        self.descriptors = describe(collection.evidence, self.projections)
        fitted = self.descriptors[self.scans | self.strangers]
        self.shift = fitted.mean(axis=0)
        self.scale = np.maximum(fitted.std(axis=0), 1e-6)

    def judge(self, rows: Bools) -> Judge:
        """Fit a judge on the training scans and strangers among ``rows``."""
        empty = Judge(self.projections, self.shift, self.scale, ())
        used = rows & (self.scans | self.strangers)
        inputs = empty.standardise(self.descriptors[used])
        networks = fit_networks(inputs, self.scans[used])
        return Judge(self.projections, self.shift, self.scale, networks)

    def scores(self, judge: Judge, rows: Bools) -> Floats:
        """Return a judge's scores of some of the pictures."""
        return judge.score_of(judge.standardise(self.descriptors[rows]))

    def out_of_fold(self, notify: Notify) -> Floats:
        """Score each picture by a judge that saw none of its group; NaN for the test scans."""
        rng = np.random.default_rng(SEED)
        groups = self.collection.group
        fold = rng.integers(0, FOLDS, int(groups.max()) + 1)[groups]
        seen = ~self.collection.where(TEST)
        scores = np.full(len(groups), np.nan, np.float32)
        for number in range(FOLDS):
            held = (fold == number) & seen
            scores[held] = self.scores(self.judge((fold != number) & seen), held)
            notify("folds", number + 1, FOLDS)
        return scores

    def without_family(self, notify: Notify) -> Floats:
        """Score each stranger by a judge that saw none of its family; NaN for scans.

        All photographs count as one family.
        """
        kind = kinds(self.collection.family)
        scores = np.full(len(kind), np.nan, np.float32)
        families = sorted(set(kind[self.strangers].tolist()))
        for number, family in enumerate(families):
            held = self.strangers & (kind == family)
            scores[held] = self.scores(self.judge(~held), held)
            notify("families left out", number + 1, len(families))
        return scores


def kinds(family: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the families with all those of photographs under one name."""
    return np.where(np.char.startswith(family, PHOTOGRAPHS), PHOTOGRAPHS, family)
