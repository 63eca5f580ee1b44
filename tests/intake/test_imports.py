"""The readers are imported when the first such file comes, and leave no trace while they read."""

from tests.test_serving_imports import run

READERS = {"pydicom", "nibabel", "imagecodecs"}
READ = """
import gzip
from brain_tumor.intake.intake import read_uploads
from tests.intake.files import BUNDLED, axial_series, make_nifti, make_zip, phantom
block = phantom()
files = [(path.name, path.read_bytes()) for path in BUNDLED.glob("*.dcm")]
files.append(("brain.nii.gz", gzip.compress(make_nifti(block))))
files.append(("a.zip", make_zip({str(i): d for i, d in enumerate(axial_series(block))})))
events.clear()
result = read_uploads(files)
assert len(result.studies) > 20, result
"""


def test_importing_the_intake_brings_no_reader() -> None:
    report = run("import brain_tumor.intake.intake\n")
    assert "brain_tumor" in report["modules"]
    assert not READERS & set(report["modules"])


def test_reading_writes_nothing_and_calls_nobody() -> None:
    report = run(READ)
    assert set(report["modules"]) >= READERS
    assert report["events"] == []
