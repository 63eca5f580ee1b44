"""What an evaluation was made with."""

import platform
from importlib import metadata
from typing import Final

from brain_tumor import __version__

PACKAGES: Final = (
    "numpy",
    "opencv-python-headless",
    "pillow",
    "openvino",
    "scikit-learn",
    "scipy",
    "keras",
    "tensorflow",
)


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python, and of ``PACKAGES`` that are here."""
    found = {"brain_tumor": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # an extra that is not installed has no part in the figures
    return found
