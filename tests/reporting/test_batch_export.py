"""What is taken away of a batch."""

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from brain_tumor.batch import Batch
from brain_tumor.intake.intake import read_uploads
from brain_tumor.reporting import batch_export
from brain_tumor.reporting.batch_export import batch_csv, batch_zip
from tests.fakes import fake_classifier, head
from tests.imaging.image_files import encode
from tests.intake.files import make_nifti, phantom

CLASSIFIER = fake_classifier()


@pytest.fixture(scope="module")
def batch() -> Batch:
    """A large head, a small one, an empty image, a damaged one, a series, and no image at all."""
    small, large = encode(head(3), "PNG"), encode(head(1, 900), "PNG")
    blank = encode(np.zeros((64, 64), np.uint8), "PNG")
    files = {
        "large.png": large,
        "small.png": small,
        "blank.png": blank,
        "cut.png": small[:-500],
        "series.nii": make_nifti(phantom()),
        "empty.png": b"",
    }
    batch = Batch(read_uploads(list(files.items())))
    while not batch.finished:
        batch.step(CLASSIFIER)
    return batch


def table(data: bytes) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    return {row["file_name"]: row for row in rows}


def test_the_table_has_a_row_for_every_file(batch: Batch) -> None:
    rows = table(batch_csv(batch.rows, CLASSIFIER.info))
    labels = {name: row["label"] for name, row in rows.items()}
    assert labels == {
        "large.png": "meningioma",
        "small.png": "pituitary",
        "blank.png": "",
        "cut.png": "",
        "series.nii": "",
        "empty.png": "",
    }
    assert rows["large.png"]["image_width"] == "900"
    assert len(rows["large.png"]["image_sha256"]) == 64
    assert "ends before its image" in rows["cut.png"]["error"]
    assert "48 slices" in rows["series.nii"]["error"]
    assert "0 bytes" in rows["empty.png"]["error"]


def test_no_class_is_told_of_what_was_refused(batch: Batch) -> None:
    row = table(batch_csv(batch.rows, CLASSIFIER.info))["blank.png"]
    assert row["error"].startswith("Not taken for a brain MRI slice")
    assert row["glioma"] == row["confidence"] == ""


def test_the_archive_holds_an_overlay_of_each_answer(batch: Batch) -> None:
    with zipfile.ZipFile(io.BytesIO(batch_zip(batch, batch.rows, CLASSIFIER.info))) as archive:
        names = ["01-large-meningioma.png", "02-small-pituitary.png"]
        assert archive.namelist() == [*names, "findings.csv", "findings.json"]
        sizes = [Image.open(archive.open(name)).size for name in names]
        rows = table(archive.read("findings.csv"))
    assert sizes == [(512, 512), (256, 256)]
    assert [rows[name]["overlay"] for name in ("large.png", "small.png", "cut.png")] == [*names, ""]


def test_the_heat_lies_where_the_spot_is(batch: Batch) -> None:
    with zipfile.ZipFile(io.BytesIO(batch_zip(batch, batch.rows, CLASSIFIER.info))) as archive:
        picture = np.asarray(Image.open(archive.open("01-large-meningioma.png"))).astype(int)
    colour = picture.max(axis=-1) - picture.min(axis=-1)
    quarters = [colour[:256, :256], colour[:256, 256:], colour[256:, :256], colour[256:, 256:]]
    assert int(np.argmax([quarter.sum() for quarter in quarters])) == 1  # top right


def test_many_scans_get_smaller_overlays(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_export, "MANY", 1)
    with zipfile.ZipFile(io.BytesIO(batch_zip(batch, batch.rows, CLASSIFIER.info))) as archive:
        assert Image.open(archive.open("01-large-meningioma.png")).size == (256, 256)


def test_a_part_of_the_rows_can_be_taken(batch: Batch) -> None:
    data = batch_zip(batch, batch.rows[1:2], CLASSIFIER.info)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[0] == "01-small-pituitary.png"
        assert len(archive.namelist()) == 3
