"""Where findings come from: the slice of a volume, and the versions behind the numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the numbers come from: versions and hashes as in ``FIELDS``."""

    software: str
    weights: str
    data: str
    preprocessing: str
    temperature: float


@dataclass(frozen=True, slots=True)
class SliceOrigin:
    """Where a slice lies in its volume or series.

    Attributes:
        plane: axial, coronal, sagittal or acquired.
        number: of the slice, from 1.
        count: how many slices the plane has.

    Raises:
        ValueError: the plane has no such slice.
    """

    plane: str
    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ValueError(f"Slices count from 1 to {self.count}. Received: {self.number}")
