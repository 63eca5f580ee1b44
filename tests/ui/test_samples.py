import hashlib
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.data.dataset import TRAINING, read_dataset
from brain_tumor.data.duplicates import (
    NEAR_DUPLICATE_COSINE,
    nearest,
    read_prints,
    signatures,
)
from brain_tumor.imaging.crop import find_crop
from brain_tumor.imaging.decode import decode_file
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR, open_bundle
from brain_tumor.ui.samples import ASSETS, THUMBNAIL, samples, thumbnail


def recorded() -> dict[str, tuple[str, str]]:
    """What assets/README.md says: the file's name in the data set, and its SHA-256."""
    text = (ASSETS / "README.md").read_text(encoding="utf-8")
    row = r"\| `(sample-\w+\.jpg)` \| `((?:Testing|Training)/[^`]+)` \|[^|]*\| `([0-9a-f]{64})` \|"
    return {name: (source, digest) for name, source, digest in re.findall(row, text)}


def test_there_is_one_of_each_class_in_their_order() -> None:
    assert tuple(sample.label for sample in samples()) == CLASSES


def test_each_is_a_grey_scan_with_a_head() -> None:
    for sample in samples():
        scan = decode_file(sample.path)
        assert find_crop(scan.pixels).found
        assert scan.colourfulness < 0.06


def test_each_is_the_file_that_the_readme_names() -> None:
    files = recorded()
    assert len(files) == len(CLASSES)
    for sample in samples():
        source, digest = files[sample.path.name]
        assert hashlib.sha256(sample.path.read_bytes()).hexdigest() == digest
        assert source.split("/")[1] == sample.label


def test_a_folder_without_samples_offers_none(tmp_path: Path) -> None:
    assert samples(tmp_path) == ()


def test_thumbnails_are_small_and_grey() -> None:
    for sample in samples():
        picture = cv2.imdecode(np.frombuffer(thumbnail(sample), np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (THUMBNAIL, THUMBNAIL, 3)
        assert np.array_equal(picture[..., 0], picture[..., 2])


@pytest.mark.data
def test_each_is_an_unchanged_copy_from_the_set(dataset: Path) -> None:
    for name, (source, _) in recorded().items():
        assert (ASSETS / name).read_bytes() == (dataset / source).read_bytes()


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(
    not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="there are no weights: see the README"
)
def test_none_has_a_near_duplicate_among_what_the_model_learned_from(dataset: Path) -> None:
    held_out = set(open_bundle().info.training["validation_images"])
    items = [i for i in read_dataset(dataset).split(TRAINING) if i.name not in held_out]
    own = signatures(decode_file(sample.path).pixels for sample in samples())

    assert len(own) == len(CLASSES)
    assert len(held_out) > 0
    assert (nearest(own, read_prints(items).signatures).cosine <= NEAR_DUPLICATE_COSINE).all()
