"""Files in, answers out: what the command line says of a list of images, file by file."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from brain_tumor import CLASSES
from brain_tumor.errors import DecodeError
from brain_tumor.pipeline import BATCH, Answer, Classifier, Prepared
from brain_tumor.reader import read_prepared


@dataclass(frozen=True, slots=True)
class FilePrediction:
    """What came of one file: an ``answer``, or the ``error`` that says why there is none.

    ``file`` is its name as it was given; ``heatmap`` the file of its heat map where one was asked
    for.
    """

    file: str
    answer: Answer | None = None
    heatmap: Path | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record that other programs read: plain types only, in this order of keys."""
        if self.answer is None:
            return {"file": self.file, "error": self.error}
        answer = self.answer
        record: dict[str, Any] = {
            "file": self.file,
            "label": answer.label,
            # str gives the shortest digits that stand for the float32: 0.93, not 0.9300000071.
            "probabilities": {
                name: float(str(value))
                for name, value in zip(CLASSES, answer.probabilities, strict=True)
            },
            "crop": list(answer.crop.box.as_tuple()),
            "accepted": answer.accepted,
            "reasons": list(answer.reasons),
        }
        if answer.familiarity is not None:
            record["familiarity"] = {
                "score": round(answer.familiarity.score, 4),
                "threshold": round(answer.familiarity.threshold, 4),
            }
        if self.heatmap is not None:
            record["heatmap"] = str(self.heatmap)
        return record


def predict_files(
    classifier: Classifier, files: Sequence[str], heatmaps: Path | None = None
) -> Iterator[FilePrediction]:
    """Answer for each file, in order, while the next ones are being decoded.

    Args:
        classifier: the network.
        files: names of image files.
        heatmaps: an existing folder; each answer's Grad-CAM is written there as
            ``heatmap_name`` says, a float32 (H, W) array, 0..1, of the decoded image's size.
    """
    side = classifier.info.grid.side
    numbered = enumerate(files, 1)
    with closing(read_prepared([Path(file) for file in files], side)) as reader:
        while batch := list(islice(zip(numbered, reader, strict=False), BATCH)):
            answers = iter(
                classifier.answer([one for _, one in batch if isinstance(one, Prepared)])
            )
            for (number, file), one in batch:
                if isinstance(one, DecodeError):
                    yield FilePrediction(file, error=str(one))
                    continue
                answer = next(answers)
                if heatmaps is None:
                    yield FilePrediction(file, answer)
                else:
                    path = heatmaps / heatmap_name(number, file)
                    yield _with_heatmap(classifier, file, one, answer, path)


def heatmap_name(number: int, file: str) -> str:
    """Return ``NNNNN-STEM.npy``: unique by its number, plain enough for any file system."""
    stem = re.sub(r"[^\w.-]", "_", Path(file).stem, flags=re.ASCII)
    return f"{number:05d}-{stem[:80]}.npy"


def _with_heatmap(
    classifier: Classifier, file: str, prepared: Prepared, answer: Answer, path: Path
) -> FilePrediction:
    try:
        np.save(path, classifier.explain(prepared, answer))
    except OSError as error:
        with suppress(OSError):  # half a map is no map; if it cannot go either, the error stands
            path.unlink(missing_ok=True)
        message = (
            f"The heat map must be writable. Received: {path} ({error.strerror or error}). "
            "Name another folder with --heatmaps."
        )
        return FilePrediction(file, error=message)
    return FilePrediction(file, answer, path)
