"""The gate of the weights that ship, for others that have none of their own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from brain_tumor.errors import EngineError, WeightsError
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.familiarity import Verdict
from brain_tumor.gate.gate import Gate, open_gate
from brain_tumor.imaging.preprocess import to_network_input
from brain_tumor.model.bundle import DEFAULT_FOLDER, Bundle, open_bundle
from brain_tumor.model.engine import Engine, load_engine

NOTE: Final = (
    "These weights have no gate of their own. What is no brain MRI is refused by that of the model "
    "that ships, with its own network: as often as was measured there."
)


class LentGate:
    """A gate that is asked with its own network's view of a picture, not the classifier's.

    That costs a second forward pass. Its rates are those that were measured of it, whatever
    classifies beside it. Safe to share between threads.
    """

    def __init__(self, gate: Gate, engine: Engine) -> None:
        self.gate = gate
        self.engine = engine

    def judge(self, evidence: Evidence) -> Sequence[Verdict]:
        """Return a verdict for each picture; the squares are of the gate's own side."""
        seen = self.engine.infer(to_network_input(evidence.squares))
        return self.gate.judge(replace(evidence, features=seen.features, logits=seen.logits))

    def run_by(self, wrap: Callable[[Engine], Engine]) -> "LentGate":
        """Return the gate with its engine wrapped, such as in a queue."""
        return LentGate(self.gate, wrap(self.engine))


def lend_gate(bundle: Bundle, engine: str, folder: Path = DEFAULT_FOLDER) -> LentGate | None:
    """Return the gate of the weights in ``folder`` for another bundle.

    None where there is none, where it is that bundle's own folder, or where the two networks see
    pictures otherwise (another side, another preprocessing).
    """
    if bundle.folder.resolve() == folder.resolve():
        return None
    try:
        lender = open_bundle(folder)
        gate, _ = open_gate(lender)
        alike = (
            lender.info.grid.side == bundle.info.grid.side
            and lender.info.preprocess_version == bundle.info.preprocess_version
        )
        return LentGate(gate, load_engine(lender, engine)) if gate is not None and alike else None
    except (WeightsError, EngineError):
        return None  # the note of the bundle says that there is no gate
