"""Names of the families of scans, as the gate's figures have them."""

from typing import Final

TRAIN: Final = "training scans"
VALIDATION: Final = "validation scans"
TEST: Final = "test scans"
VARIANTS: Final = "changed training scans, still scans"
REWORKED: Final = "training scans without skull, or coarse"
MANGLED: Final = "mangled scans"
PHOTOGRAPHS: Final = "photographs"
"""Families of strangers whose name begins so hold photographs."""
