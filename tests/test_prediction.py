"""Files in, answers out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.gate.familiarity import Familiarity
from brain_tumor.imaging.decode import decode_file
from brain_tumor.prediction import FilePrediction, heatmap_name, predict_files
from tests.data.pictures import write
from tests.fakes import fake_classifier, head


def _heads(folder: Path, count: int) -> list[str]:
    return [str(write(folder / f"{i}.png", head(i % 4))) for i in range(count)]


def test_each_file_gets_its_own_answer_in_order(tmp_path: Path) -> None:
    files = _heads(tmp_path, 19)
    files.insert(5, str(tmp_path / "none.png"))
    classifier = fake_classifier()

    results = list(predict_files(classifier, files))

    assert [one.file for one in results] == files
    labels = [one.answer.label if one.answer else None for one in results]
    assert labels.pop(5) is None
    assert labels == [CLASSES[i % 4] for i in range(19)]
    assert classifier.engine.batches == [7, 8, 4]  # the bad file took a place in the first eight


def test_is_what_the_pipeline_says_of_each_scan_alone(tmp_path: Path) -> None:
    files = _heads(tmp_path, 9)
    classifier = fake_classifier()
    for one in predict_files(classifier, files):
        alone = classifier.classify(decode_file(Path(one.file)))
        assert one.answer is not None
        assert np.array_equal(one.answer.probabilities, alone.probabilities)
        assert one.answer.crop.box == alone.crop.box


def test_the_record_of_an_answer(tmp_path: Path) -> None:
    file = str(write(tmp_path / "a.png", head(2, size=200)))
    (one,) = predict_files(fake_classifier(), [file])
    record = one.to_dict()
    assert list(record) == ["file", "label", "probabilities", "crop", "accepted", "reasons"]
    assert record["file"] == file
    assert record["label"] == "notumor"
    assert list(record["probabilities"]) == list(CLASSES)
    assert sum(record["probabilities"].values()) == pytest.approx(1, abs=1e-6)
    assert max(record["probabilities"], key=record["probabilities"].get) == "notumor"
    assert one.answer is not None
    for name, value in zip(CLASSES, one.answer.probabilities, strict=True):
        assert np.float32(record["probabilities"][name]) == value
    x0, y0, x1, y1 = record["crop"]
    # The disc of radius 80 about (100, 100), give or take what blurring and eroding do.
    assert np.abs(np.subtract([x0, y0, x1, y1], [20, 20, 181, 181])).max() <= 3
    assert (record["accepted"], record["reasons"]) == (True, [])


def test_the_record_says_why_an_answer_is_not_accepted(tmp_path: Path) -> None:
    file = str(write(tmp_path / "flat.png", np.full((64, 64), 9, np.uint8)))
    (one,) = predict_files(fake_classifier(), [file])
    record = one.to_dict()
    assert record["crop"] == [0, 0, 64, 64]
    assert record["accepted"] is False
    assert "contrast" in record["reasons"][0]


def test_the_record_of_an_error() -> None:
    assert FilePrediction("a", error="no").to_dict() == {"file": "a", "error": "no"}


def test_heat_maps_lie_on_the_decoded_image(tmp_path: Path) -> None:
    scan = head(3)
    tall = np.vstack([scan, np.zeros((60, 256), np.uint8)])
    files = [str(write(tmp_path / place / "a.png", tall)) for place in ("x", "y")]
    maps = tmp_path / "maps"
    maps.mkdir()

    results = list(predict_files(fake_classifier(), files, maps))

    paths = [one.heatmap for one in results]
    assert paths == [maps / "00001-a.npy", maps / "00002-a.npy"]
    assert list(results[0].to_dict())[-1] == "heatmap"
    assert results[0].to_dict()["heatmap"] == str(paths[0])
    heat = np.load(maps / "00001-a.npy")
    assert (heat.dtype, heat.shape) == (np.float32, (316, 256))
    assert (heat.min(), heat.max()) == (0, 1)
    # The predicted class's map, on its spot: 0.172 of 256 off the middle (128, 128).
    assert np.abs(np.subtract(np.unravel_index(heat.argmax(), heat.shape), 172)).max() <= 4


def test_a_map_that_cannot_be_written_is_that_file_s_error(tmp_path: Path) -> None:
    files = _heads(tmp_path, 2)
    (tmp_path / "00001-0.npy").mkdir()
    first, second = predict_files(fake_classifier(), files, tmp_path)
    assert first.answer is None and "must be writable" in str(first.error)
    assert second.heatmap == tmp_path / "00002-1.npy"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a/scan.v2.png", "00007-scan.v2.npy"),
        ("ä b\n\udc80.png", "00007-_" + "_b__.npy"),
        ("x" * 300 + ".png", "00007-" + "x" * 80 + ".npy"),
        ("", "00007-.npy"),
    ],
)
def test_names_of_heat_maps_suit_any_file_system(file: str, name: str) -> None:
    assert heatmap_name(7, file) == name


def test_stops_reading_when_nobody_listens(tmp_path: Path) -> None:
    results = predict_files(fake_classifier(), _heads(tmp_path, 40))
    assert next(results).answer is not None
    results.close()


def test_the_record_has_the_gates_score_where_there_is_a_gate(tmp_path: Path) -> None:
    (one,) = predict_files(fake_classifier(), _heads(tmp_path, 1))
    assert "familiarity" not in one.to_dict()
    assert one.answer is not None
    judged = replace(one.answer, familiarity=Familiarity(0.123456, 0.5))
    record = FilePrediction(one.file, judged).to_dict()
    assert record["familiarity"] == {"score": 0.1235, "threshold": 0.5}
