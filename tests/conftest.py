"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def dataset() -> Path:
    """The Kaggle data set, or a skip where it is not on this machine."""
    named = os.environ.get("BRAIN_TUMOR_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "brain-tumor-mri"
    if not (folder / "Training").is_dir():
        pytest.skip("the Kaggle data set is not here: set BRAIN_TUMOR_DATA to its folder")
    return folder
