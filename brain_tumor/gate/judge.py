"""The fitted judge: from evidence to the probability that a picture is a slice of a head.

Descriptors of the square, facts of the frame and the network's pooled features are brought to the
principal components of real scans. What these components leave over, and how far out a picture lies
among them, tells what is new (as in ViM; Wang et al., 2022). A support vector machine with a radial
kernel weighs all of it: far from everything it knows its answer is the same, whatever the picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.gate.descriptors import oriented_gradients, statistics, thumbnails
from brain_tumor.gate.evidence import Evidence

Floats = NDArray[np.float32]

BLOCKS: Final = ("thumbnails", "gradients", "features")
"""What is brought to principal components, in this order."""

LOGIT_FACTS: Final = 3
"""What is taken of the logits and the features' length."""

LIMIT: Final = 8.0
"""A descriptor counts for at most so many standard deviations."""

SLOPE: Final = 2.0
"""Of the logistic function that brings decisions to 0..1."""

_FLOOR: Final = 1e-3  # residuals under it are rounding
_PART: Final = 64  # pictures described at once: the gradients of more would fill the memory


@dataclass(frozen=True, slots=True)
class Projection:
    """Principal components of one block: ``mean`` (K,), ``components`` (K, D), ``spread`` (D,)."""

    mean: Floats
    components: Floats
    spread: Floats

    def describe(self, values: Floats) -> Floats:
        """Return float32 (N, D + 2) of (N, K): whitened components, log residual, distance."""
        # In double precision: what is left over is the small difference of two large sums.
        centred = values.astype(np.float64) - self.mean
        codes = centred @ self.components
        left = np.maximum((centred**2).sum(axis=1) - (codes**2).sum(axis=1), 0)
        white = codes / self.spread
        distance = np.sqrt((white**2).sum(axis=1))
        described = np.column_stack([white, np.log(np.sqrt(left) + _FLOOR), distance])
        return np.asarray(described, np.float32)


@dataclass(frozen=True, slots=True)
class Machine:
    """A support vector machine with the kernel exp(-gamma |a - b|²) (Cortes and Vapnik, 1995).

    Attributes:
        support: float32 (S, D), its support vectors.
        dual: float32 (S,), their coefficients.
        intercept: what is added to the sum.
        gamma: the kernel's.
    """

    support: Floats
    dual: Floats
    intercept: float
    gamma: float

    def decide(self, inputs: Floats) -> Floats:
        """Return float32 (N,) of (N, D): about 1 and more for scans, -1 and less for strangers."""
        squares = (inputs**2).sum(axis=1)[:, np.newaxis] + (self.support**2).sum(axis=1)
        distances = np.maximum(squares - 2 * inputs @ self.support.T, 0)
        return np.asarray(np.exp(-self.gamma * distances) @ self.dual + self.intercept, np.float32)


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything that was fitted.

    Attributes:
        projections: one for each of ``BLOCKS``.
        shift: (D,), the descriptors' means.
        scale: (D,), their standard deviations.
        weight: (D,), how much a standard deviation of each counts.
        machine: what decides.
    """

    projections: Mapping[str, Projection]
    shift: Floats
    scale: Floats
    weight: Floats
    machine: Machine

    def score(self, evidence: Evidence) -> Floats:
        """Return float32 (N,), 0..1: how sure the judge is that each is a slice of a head."""
        return self.score_of(self.standardise(describe(evidence, self.projections)))

    def standardise(self, descriptors: Floats) -> Floats:
        """Return weighted descriptors in standard deviations, at most ``LIMIT`` of them."""
        return standardise(descriptors, self.shift, self.scale, self.weight)

    def score_of(self, standardised: Floats) -> Floats:
        """Return the scores of descriptors that ``standardise`` has seen: 0.5 is undecided."""
        return np.asarray(1 / (1 + np.exp(-SLOPE * self.machine.decide(standardised))), np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return plain arrays by name, for an npz file."""
        arrays: dict[str, NDArray[Any]] = {
            "shift": self.shift,
            "scale": self.scale,
            "weight": self.weight,
            "machine/support": self.machine.support.astype(np.float16),  # most of the file
            "machine/dual": self.machine.dual,
            "machine/numbers": np.array([self.machine.intercept, self.machine.gamma]),
        }
        for name, one in self.projections.items():
            arrays[f"{name}/mean"] = one.mean
            arrays[f"{name}/components"] = one.components
            arrays[f"{name}/spread"] = one.spread
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Judge":
        """Build a judge from what ``to_arrays`` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: the arrays do not fit one another.
        """
        plain = {name: np.asarray(arrays[name], np.float32) for name in arrays}
        parts = ("mean", "components", "spread")
        projections = {
            name: Projection(*(plain[f"{name}/{part}"] for part in parts)) for name in BLOCKS
        }
        intercept, gamma = arrays["machine/numbers"].tolist()
        machine = Machine(plain["machine/support"], plain["machine/dual"], intercept, gamma)
        shift, scale, weight = (plain[name] for name in ("shift", "scale", "weight"))
        count = len(shift)
        if not len(scale) == len(weight) == machine.support.shape[1] == count:
            raise ValueError(f"A judge's arrays must be of {count} descriptors throughout.")
        if len(machine.dual) != len(machine.support):
            raise ValueError("A machine must have a coefficient for each support vector.")
        return cls(projections, shift, scale, weight, machine)


def standardise(descriptors: Floats, shift: Floats, scale: Floats, weight: Floats) -> Floats:
    """Return ``(descriptors - shift) / scale`` within ``LIMIT``, times ``weight``."""
    return np.asarray(np.clip((descriptors - shift) / scale, -LIMIT, LIMIT) * weight, np.float32)


def blocks_of(evidence: Evidence) -> dict[str, Floats]:
    """Return the block values (N, K) by name, before any projection.

    The pooled features are rooted: they are means of rectified maps and have long tails.
    """
    return {
        "thumbnails": thumbnails(evidence.squares),
        "gradients": oriented_gradients(evidence.squares),
        "features": np.sqrt(np.maximum(evidence.features, 0)),
    }


def describe(evidence: Evidence, projections: Mapping[str, Projection]) -> Floats:
    """Return float32 (N, D): facts, statistics, what the logits say, and each block's projection.

    Of the logits: energy (log-sum-exp; Liu et al., 2020), the largest one, and the features' norm.
    """
    parts = [
        _describe(evidence.take(slice(start, start + _PART)), projections)
        for start in range(0, len(evidence), _PART)
    ]
    return np.concatenate(parts).astype(np.float32)


def _describe(evidence: Evidence, projections: Mapping[str, Projection]) -> Floats:
    top = evidence.logits.max(axis=1)
    energy = np.log(np.exp(evidence.logits - top[:, np.newaxis]).sum(axis=1)) + top
    norm = np.linalg.norm(evidence.features, axis=1)
    blocks = blocks_of(evidence)
    projected = [projections[name].describe(blocks[name]) for name in BLOCKS]
    own = np.column_stack([energy, top, norm])
    return np.concatenate([evidence.facts, statistics(evidence.squares), own, *projected], axis=1)
