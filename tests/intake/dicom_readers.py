"""Ways to read a DICOM file through the intake, for its tests."""

import numpy as np
import pytest

from brain_tumor.errors import (
    DecodeError,
)
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.dicom import open_dicom
from brain_tumor.intake.dicom_pixels import stored_frames
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Study

RAMP = np.arange(64 * 64, dtype=np.int16).reshape(64, 64)


def study(data: bytes) -> Study:
    result = read_uploads([("file", data)])
    assert result.problems == ()
    (only,) = result.studies
    return only


def pixels(data: bytes) -> np.ndarray:
    content = study(data).content
    assert isinstance(content, Scan)
    return content.pixels


def refused(data: bytes, error: type[DecodeError], match: str) -> None:
    with pytest.raises(error, match=match):
        image = open_dicom(data, b"key")
        list(stored_frames(image))
    (problem,) = read_uploads([("file", data)]).problems
    assert problem.kind == error.__name__


def one_frame(data: bytes) -> np.ndarray:
    (frame,) = stored_frames(open_dicom(data, b"key"))
    return frame
