"""The JSON record of findings: what it is called and what each of its keys holds."""

from typing import Final

FORMAT: Final = "brain-tumor-findings"
FORMAT_VERSION: Final = 2

FIELDS: Final[dict[str, str]] = {
    "format": f'always "{FORMAT}"',
    "format_version": "whole number; changes when a key changes its meaning or goes",
    "disclaimer": "what the findings must not be used for",
    "file_name": "the image file's or the series' name, without its folder",
    "date": "ISO 8601 with offset: when the answer was given",
    "patient": 'label that the user typed for the patient; "" if none',
    "note": 'free text of the user, lines end in "\\n"; "" if none',
    "label": "the most probable class: glioma, meningioma, notumor or pituitary",
    "confidence": "its probability, 0..1",
    "probabilities": "probability of each class by its name, 0..1; they add up to 1",
    "gate.accepted": "whether the image is one that the model can know; where it is not, label "
    "and probabilities are what the network says all the same, and no answer",
    "gate.reasons": "list of sentences: what speaks against the image itself",
    "review.state": "refused by the gate, unsure (below the threshold) or clear",
    "review.needed": "whether the state is another than clear",
    "review.threshold": "probability below which an answer needs review, 0..1",
    "crop.x0": "first column of the part that the network saw, in pixels of the image",
    "crop.y0": "its first row",
    "crop.x1": "the column after its last",
    "crop.y1": "the row after its last",
    "crop.moved": "whether a person moved the crop from where the head was found",
    "image.width": "columns of the image",
    "image.height": "rows of the image",
    "image.sha256": 'hash of the image file\'s bytes, hexadecimal; "" if not known',
    "slice": "null for a single image, or where in the file or series the image lies:",
    "slice.plane": "axial, coronal, sagittal, or acquired where the patient's position is unknown",
    "slice.number": "of the slice, from 1; towards the head, the front or the patient's right",
    "slice.count": "how many slices the plane has",
    "heat_map.label": "the class that the pictures' heat map is of",
    "heat_map.colour_map": "its colours, by matplotlib's name, or grey",
    "heat_map.opacity": "of the colours over the scan, 0..1",
    "heat_map.threshold": "heat below this share of the strongest is not coloured, 0..1",
    "heat_map.line": "share of the strongest heat that the white line encloses, 0..1",
    "stability": "null, or what became of the answer on altered copies of the scan:",
    "stability.word": "stable, wavering (one copy has another class) or unstable (more than one)",
    "stability.copies": "how many copies were classified",
    "stability.agreeing": "on how many of them the class was the same",
    "stability.lowest": "lowest probability of the class among the copies, 0..1",
    "stability.highest": "highest probability of the class among the copies, 0..1",
    "stability.variants": "list, one for each copy: name of the change, label, probabilities",
    "provenance.software": "version of this package",
    "provenance.weights": "SHA-256 over all files of the weights",
    "provenance.data": "hash of the training data",
    "provenance.preprocessing": "version of the preprocessing",
    "provenance.temperature": "divides the logits before the softmax; 1 if not calibrated",
}
"""The JSON record's keys, nested at each dot, and what they hold."""
