"""Brain tumour classification of MRI slices: crop, ResNet152V2, Grad-CAM. A demonstrator."""

from typing import Final

__version__: Final = "0.1.0"

CLASSES: Final[tuple[str, ...]] = ("glioma", "meningioma", "notumor", "pituitary")
"""Class names in the order of every probability vector in this project (alphabetical)."""
