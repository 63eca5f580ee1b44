"""The fitted judge: from evidence to the probability that a picture is a slice of a head.

Descriptors of the square, facts of the frame and the network's pooled features are brought to the
principal components of real scans. What these components leave over, and how far out a picture lies
among them, tells what is new (as in ViM; Wang et al., 2022). Small dense networks weigh all of it.
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

LIMIT: Final = 8.0
"""A descriptor counts for at most so many standard deviations."""

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
        centred = values - self.mean
        codes = centred @ self.components
        left = np.maximum((centred**2).sum(axis=1) - (codes**2).sum(axis=1), 0)
        white = codes / self.spread
        distance = np.sqrt((white**2).sum(axis=1))
        return np.column_stack([white, np.log(np.sqrt(left) + _FLOOR), distance])


@dataclass(frozen=True, slots=True)
class Network:
    """Dense layers with ReLU between them: ``weights`` (in, out) and ``biases`` (out,) of each."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    def logit(self, inputs: Floats) -> Floats:
        """Return float32 (N,) of (N, D)."""
        values = inputs
        for at, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = values @ weight + bias
            if at + 1 < len(self.weights):
                values = np.maximum(values, 0)
        return np.asarray(values[:, 0], np.float32)


@dataclass(frozen=True, slots=True)
class Judge:
    """Everything that was fitted.

    Attributes:
        projections: one for each of ``BLOCKS``.
        shift: (D,), the descriptors' means.
        scale: (D,), their standard deviations.
        networks: whose logits are averaged.
    """

    projections: Mapping[str, Projection]
    shift: Floats
    scale: Floats
    networks: tuple[Network, ...]

    def score(self, evidence: Evidence) -> Floats:
        """Return float32 (N,), 0..1: how likely each picture is a slice of a head."""
        return self.score_of(self.standardise(describe(evidence, self.projections)))

    def standardise(self, descriptors: Floats) -> Floats:
        """Return descriptors in standard deviations, at most ``LIMIT`` of them."""
        return np.clip((descriptors - self.shift) / self.scale, -LIMIT, LIMIT)

    def score_of(self, standardised: Floats) -> Floats:
        """Return the scores of descriptors that ``standardise`` has seen."""
        logit = np.mean([network.logit(standardised) for network in self.networks], axis=0)
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return plain arrays by name, for an npz file."""
        arrays: dict[str, NDArray[Any]] = {"shift": self.shift, "scale": self.scale}
        for name, one in self.projections.items():
            arrays[f"{name}/mean"] = one.mean
            arrays[f"{name}/components"] = one.components
            arrays[f"{name}/spread"] = one.spread
        for at, network in enumerate(self.networks):
            for layer, pair in enumerate(zip(network.weights, network.biases, strict=True)):
                arrays[f"network{at}/weight{layer}"], arrays[f"network{at}/bias{layer}"] = pair
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Judge":
        """Build a judge from what ``to_arrays`` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: the arrays do not fit one another.
        """
        plain = {name: np.asarray(arrays[name], np.float32) for name in arrays}
        projections = {
            name: Projection(
                *(plain[f"{name}/{part}"] for part in ("mean", "components", "spread"))
            )
            for name in BLOCKS
        }
        networks: list[Network] = []
        while f"network{len(networks)}/weight0" in plain:
            stem = f"network{len(networks)}"
            layers = sum(name.startswith(f"{stem}/weight") for name in plain)
            weights, biases = (
                tuple(plain[f"{stem}/{kind}{layer}"] for layer in range(layers))
                for kind in ("weight", "bias")
            )
            networks.append(Network(weights, biases))
        judge = cls(projections, plain["shift"], plain["scale"], tuple(networks))
        judge._check()
        return judge

    def _check(self) -> None:
        count = len(self.shift)
        fit = len(self.scale) == count and self.networks
        if not fit or any(len(network.weights[0]) != count for network in self.networks):
            raise ValueError(f"A judge's arrays must be of {count} descriptors throughout.")


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
