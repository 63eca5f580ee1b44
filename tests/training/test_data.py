from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("keras")

from brain_tumor.data.dataset import read_dataset
from brain_tumor.errors import DatasetError
from brain_tumor.training.arrays import load_arrays
from brain_tumor.training.config import TrainConfig
from brain_tumor.training.data import balanced_weights, load_run_data
from tests.training.tiny import write_data


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


def config(data: Path, tmp_path: Path, **settings: object) -> TrainConfig:
    base = {"side": 64, "weights": "none", "validation_fraction": 0.25}
    return TrainConfig(data=str(data), run_dir=str(tmp_path / "run"), **{**base, **settings})


def test_each_image_is_on_one_side_and_comes_with_its_outline(data: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    run = load_run_data(config(data, tmp_path), lines.append)
    names = {*run.training.names, *run.validation.names}
    assert len(names) == len(run.training) + len(run.validation) == 32
    assert np.bincount(run.validation.labels).tolist() == [2, 2, 2, 2]
    for side in (run.training, run.validation):
        assert np.array_equal(side.has_outline, side.labels != 2)
        bright = side.images[side.has_outline] > 240
        drawn = side.outlines[side.has_outline] > 0
        assert (bright & drawn).sum() / drawn.sum() > 0.8
    assert "24 images to learn from, 8 to validate on." in lines


def test_the_split_follows_from_the_seed(data: Path, tmp_path: Path) -> None:
    first, again, other = (
        load_run_data(config(data, tmp_path, seed=seed), print).validation.names
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_mirrored_copies_without_an_outline_get_their_twins(data: Path, tmp_path: Path) -> None:
    scan = cv2.imread(str(data / "Training/glioma/glioma0.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(data / "Training/glioma/copy.png"), scan[:, ::-1])
    lines: list[str] = []
    listed = tmp_path / "validation.txt"
    listed.write_text("Training/notumor/notumor0.png\n")
    run = load_run_data(config(data, tmp_path, validation_list=str(listed)), lines.append)
    assert any(line.startswith("1 images without an outline") for line in lines)
    rows = [run.training.names.index(f"Training/glioma/{n}.png") for n in ("glioma0", "copy")]
    twin, copy = run.training.outlines[rows]
    overlap = (copy & twin[:, ::-1]).astype(bool).sum() / twin.astype(bool).sum()
    assert overlap > 0.9
    assert not np.array_equal(copy, twin)


def test_copies_that_contradict_each_other_are_left_out(data: Path, tmp_path: Path) -> None:
    scan = cv2.imread(str(data / "Training/glioma/glioma0.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(data / "Training/pituitary/copy.png"), scan)
    lines: list[str] = []
    listed = tmp_path / "validation.txt"
    listed.write_text("Training/notumor/notumor0.png\n")
    run = load_run_data(config(data, tmp_path, validation_list=str(listed)), lines.append)
    assert len(run.training) == 33 - 1 - 2
    assert any("Left out Training/pituitary/copy.png: it is a copy of" in line for line in lines)


def test_near_duplicates_of_listed_validation_images_are_left_out(
    data: Path, tmp_path: Path
) -> None:
    scan = cv2.imread(str(data / "Training/notumor/notumor0.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(data / "Training/notumor/copy.png"), scan[::-1])
    listed = tmp_path / "validation.txt"
    listed.write_text("Training/notumor/notumor0.png\n")
    run = load_run_data(config(data, tmp_path, validation_list=str(listed)), print)
    assert run.validation.names == ("Training/notumor/notumor0.png",)
    assert "Training/notumor/copy.png" not in run.training.names


def test_a_damaged_file_is_left_out_and_named(data: Path, tmp_path: Path) -> None:
    (data / "Training/glioma/torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    lines: list[str] = []
    run = load_run_data(config(data, tmp_path), lines.append)
    assert len(run.training) + len(run.validation) == 32
    assert any(line.startswith("Left out Training/glioma/torn.png") for line in lines)


def test_test_images_are_never_looked_at(data: Path, tmp_path: Path) -> None:
    before = load_run_data(config(data, tmp_path), print).data_hash
    (data / "Testing" / "glioma").mkdir(parents=True)
    (data / "Testing/glioma/torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert load_run_data(config(data, tmp_path), print).data_hash == before


def test_images_with_a_copy_in_testing_are_left_out_where_asked(data: Path, tmp_path: Path) -> None:
    taken = data / "Training/glioma/glioma3.png"
    mirrored = cv2.imread(str(taken), cv2.IMREAD_GRAYSCALE)[:, ::-1]
    (data / "Testing/glioma").mkdir(parents=True)
    cv2.imwrite(str(data / "Testing/glioma/copy.png"), mirrored)

    def names(**settings: object) -> tuple[set[str], list[str]]:
        told: list[str] = []
        found = load_run_data(config(data, tmp_path, **settings), told.append)
        return {*found.training.names, *found.validation.names}, told

    everything, _ = names()
    rest, told = names(leave_out_leaks=True)
    assert everything - rest == {"Training/glioma/glioma3.png"}
    assert not any(name.startswith("Testing") for name in everything | rest)
    assert any("1 training images are near-duplicates of test images" in line for line in told)


def test_a_folder_of_test_images_only_is_refused(data: Path, tmp_path: Path) -> None:
    (data / "Training").rename(data / "Testing")
    with pytest.raises(DatasetError, match="test images only"):
        load_run_data(config(data, tmp_path), print)


def test_a_class_without_training_images_is_named(data: Path, tmp_path: Path) -> None:
    for path in (data / "Training/notumor").iterdir():
        path.unlink()
    with pytest.raises(DatasetError, match="Without any: notumor"):
        load_run_data(config(data, tmp_path), print)


def test_none_readable_is_an_error(data: Path) -> None:
    items = read_dataset(data).items
    for item in items:
        item.path.write_bytes(b"")
    with pytest.raises(DatasetError, match="none of them readable"):
        load_arrays(items, 32)


def test_balanced_weights_weigh_each_class_alike() -> None:
    labels = np.array([0] * 6 + [1] * 2 + [2] * 3 + [3], np.int32)
    weights = balanced_weights(labels, enabled=True)
    sums = np.bincount(labels) * weights
    assert np.allclose(sums, 3)
    assert weights[labels].mean() == pytest.approx(1)
    assert np.array_equal(balanced_weights(labels, enabled=False), np.ones(4))
