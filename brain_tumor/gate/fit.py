"""Fits the judge with scikit-learn, and judges every picture by a judge that has not seen it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.gate.collect import Collection
from brain_tumor.gate.descriptors import STATISTICS
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.facts import FRAME_FACTS
from brain_tumor.gate.families import PHOTOGRAPHS, REWORKED, TEST, TRAIN, VALIDATION, VARIANTS
from brain_tumor.gate.judge import (
    BLOCKS,
    LOGIT_FACTS,
    Floats,
    Judge,
    Machine,
    Projection,
    blocks_of,
    describe,
    standardise,
)

FOLDS: Final = 4
COMPONENTS: Final = {"thumbnails": 40, "gradients": 64, "features": 64}
PENALTY: Final = 30.0
GAMMA: Final = 0.002
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


def weights_of(projections: Mapping[str, Projection]) -> Floats:
    """Return (D,): how much a standard deviation of each descriptor counts, 1 in mean square.

    The few facts about frame and texture count for more than the many components, those for less
    the less scans differ along them, and what the components leave over as much as facts.
    """
    parts = [np.full(len(FRAME_FACTS), 2.0), np.full(STATISTICS + LOGIT_FACTS, 1.5)]
    for name in BLOCKS:
        falling = np.arange(1, len(projections[name].spread) + 1) ** -0.3
        parts += [falling / falling.mean(), np.full(2, 2.0)]
    weight = np.concatenate(parts)
    return np.asarray(weight / np.sqrt((weight**2).mean()), np.float32)


def fit_machine(inputs: Floats, truth: Bools) -> Machine:
    """Fit a support vector machine on (N, D) weighted descriptors; ``truth`` is true for scans."""
    model = fit_model(inputs, truth)
    return Machine(
        support=np.asarray(model.support_vectors_, np.float32),
        dual=np.asarray(model.dual_coef_[0], np.float32),
        intercept=float(model.intercept_[0]),
        gamma=GAMMA,
    )


def fit_model(inputs: Floats, truth: Bools) -> Any:
    """Return the fitted scikit-learn model; its support vectors are exact as half floats."""
    from sklearn.svm import SVC

    rounded = inputs.astype(np.float16).astype(np.float32)
    return SVC(C=PENALTY, gamma=GAMMA).fit(rounded, truth)


class Fitting:
    """A collection with its descriptors, from which judges are fitted on some of the pictures.

    The principal components, which know no strangers, are fitted once on the training scans; only
    the machine is fitted again for each fold.
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
        self.weight = weights_of(self.projections)
        self.inputs = standardise(self.descriptors, self.shift, self.scale, self.weight)

    def judge(self, rows: Bools) -> Judge:
        """Fit a judge on the training scans and strangers among ``rows``."""
        used = rows & (self.scans | self.strangers)
        machine = fit_machine(self.inputs[used], self.scans[used])
        return Judge(self.projections, self.shift, self.scale, self.weight, machine)

    def scores(self, judge: Judge, rows: Bools) -> Floats:
        """Return a judge's scores of some of the pictures."""
        return judge.score_of(self.inputs[rows])

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
