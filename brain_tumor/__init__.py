"""Brain tumour classification of MRI slices: crop, ResNet152V2, Grad-CAM. A demonstrator."""

import sys
from typing import Final

# A clinician's tool sends nothing. `import openvino` would send an event to an analytics service
# from a forked process, NNCF would report each use, and no environment variable but those of CI
# services stops them. Both do without where the package cannot be imported, which None in
# sys.modules brings about; every import of either comes after the import of this package.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

__version__: Final = "0.1.0"

CLASSES: Final[tuple[str, ...]] = ("glioma", "meningioma", "notumor", "pituitary")
"""Class names in the order of every probability vector in this project (alphabetical)."""
