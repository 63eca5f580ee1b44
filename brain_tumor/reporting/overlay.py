"""The heat map over the scan as a file that says what it is."""

import io

from PIL import Image, PngImagePlugin

from brain_tumor.drawing.overlay import OPACITY, Heat, overlay_picture
from brain_tumor.drawing.scaling import Grey
from brain_tumor.reporting.findings import Findings
from brain_tumor.wording import CLASS_NAMES, percent


def overlay_png(
    pixels: Grey,
    heat: Heat,
    findings: Findings,
    *,
    label: str | None = None,
    opacity: float = OPACITY,
) -> bytes:
    """Return the overlay as a PNG of the scan's size that says what it is.

    Its text chunks name the class, the weights and the disclaimer: a picture is soon parted from
    its page. They hold neither the file's name nor the patient's label nor the note.

    Args:
        pixels: uint8 (H, W), the scan.
        heat: float32 (H, W), 0..1, the Grad-CAM of ``label`` on the scan.
        findings: of the scan.
        label: the class the heat map was asked for; by default the predicted one.
        opacity: 0 (the scan alone) to 1.
    """
    label = label or findings.label
    probability = dict(findings.to_dict()["probabilities"])[label]
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Title", f"Grad-CAM: {CLASS_NAMES[label]} ({percent(probability)})")
    facts.add_text("Disclaimer", findings.disclaimer)
    facts.add_text("Source", f"weights {findings.provenance.weights}")
    facts.add_text("Software", f"brain-tumor-mri {findings.provenance.software}")
    buffer = io.BytesIO()
    picture = Image.fromarray(overlay_picture(pixels, heat, opacity))
    picture.save(buffer, "PNG", pnginfo=facts, compress_level=4)
    return buffer.getvalue()
