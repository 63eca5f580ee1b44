"""Plain facts about an image that speak against its being a brain MRI."""

from typing import Final

from brain_tumor.imaging.crop import Crop
from brain_tumor.imaging.decode import Scan

MAX_COLOURFULNESS: Final = 0.06
"""Mean spread of the colour channels (0..1) above which an image is not a grey scan."""


def objections(scan: Scan, crop: Crop) -> tuple[str, ...]:
    """Return why an answer for this image should not be trusted, empty if nothing speaks against.

    Each reason is a sentence that can be shown as it is.
    """
    reasons = []
    if scan.colourfulness > MAX_COLOURFULNESS:
        reasons.append("The image is in colour; an MRI slice is grey.")
    if not crop.found:
        reasons.append(f"{crop.note} The whole image was used.")
    return tuple(reasons)
