import math
from dataclasses import replace

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.imaging.crop import Crop, CropBox
from brain_tumor.imaging.decode import Scan, decode_file
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from brain_tumor.pipeline import BATCH, Prepared, load_classifier, prepare
from brain_tumor.stability import (
    ALTERATIONS,
    MEANING,
    STABLE,
    UNSTABLE,
    WAVERING,
    WORDS,
    Stability,
    Variant,
    altered_copies,
    measure_stability,
    stability_of,
)
from tests.conftest import ROOT
from tests.data.pictures import pattern
from tests.fakes import QuadrantEngine, fake_classifier, head

SIDE = 224
NAMES = [one.name for one in ALTERATIONS]


def scan_of(pixels: np.ndarray) -> Scan:
    return Scan(pixels, 0.0, "PNG", "L", 8)


def crop_of(*box: int) -> Crop:
    return Crop(CropBox(*box), points=None, mask=None, found=True, note="")


def copies(pixels: np.ndarray, crop: Crop) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The square that the network is shown of a scan, and those of its copies by name."""
    original = prepare(scan_of(pixels), SIDE, crop)
    found = altered_copies(scan_of(pixels), original)
    assert all(isinstance(one, Prepared) and one.crop is crop for one in found)
    return original.square, {n: one.square for n, one in zip(NAMES, found, strict=True)}


def known(*labels: str) -> Stability:
    """A glioma, and copies that are given these classes with 0.7."""
    rows = (tuple(0.7 if name == label else 0.1 for name in CLASSES) for label in labels)
    return Stability("glioma", tuple(Variant(f"change {i}", row) for i, row in enumerate(rows, 1)))


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("larger crop", (50, 40, 160, 150)),
        ("smaller crop", (60, 50, 150, 140)),
        ("crop moved up and left", (47, 37, 147, 137)),
        ("crop moved down and right", (63, 53, 163, 153)),
    ],
)
def test_the_crop_is_moved_by_shares_of_its_own_size(name: str, box: tuple[int, ...]) -> None:
    pixels = pattern(3, 220, 200)
    _, found = copies(pixels, crop_of(55, 45, 155, 145))
    assert np.array_equal(found[name], prepare(scan_of(pixels), SIDE, crop_of(*box)).square)


def test_beyond_the_scan_its_rim_goes_on() -> None:
    inside = pattern(4, 100, 100)
    _, found = copies(inside, crop_of(0, 0, 100, 100))
    padded = scan_of(np.pad(inside, 10, mode="edge"))
    assert np.array_equal(
        found["larger crop"], prepare(padded, SIDE, crop_of(5, 5, 115, 115)).square
    )
    assert np.array_equal(
        found["crop moved down and right"], prepare(padded, SIDE, crop_of(18, 18, 118, 118)).square
    )


def test_mirror_and_grey_values() -> None:
    square, found = copies(head(0, seed=1), crop_of(20, 20, 230, 230))
    assert np.array_equal(found["mirrored"], square[:, ::-1])
    grey = int(np.median(square[square > 0]))
    assert 50 < grey < 200
    assert set(found["brighter"][square == grey]) == {round(255 * (grey / 255) ** (1 / 1.5))}
    assert set(found["darker"][square == grey]) == {round(255 * (grey / 255) ** 1.5)}
    for name in ("brighter", "darker"):
        assert set(found[name][square == 0]) == {0} and set(found[name][square == 255]) == {255}
    flat = found["less contrast"].astype(float)
    assert flat.min() == pytest.approx(25.5, abs=0.5) and flat.max() == pytest.approx(
        229.5, abs=0.5
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (700, 30)])
def test_a_crop_of_any_size_has_copies(size: tuple[int, int]) -> None:
    pixels = pattern(5, *size)
    _, found = copies(pixels, crop_of(0, 0, size[1], size[0]))
    assert {one.shape for one in found.values()} == {(SIDE, SIDE)}


def test_no_copy_is_the_scan_itself_nor_another_copy() -> None:
    square, found = copies(head(0, seed=1), crop_of(20, 20, 230, 230))
    assert len({one.tobytes() for one in (square, *found.values())}) == len(ALTERATIONS) + 1


def test_the_changes_stay_within_what_training_showed_the_network() -> None:
    augment = pytest.importorskip("brain_tumor.training.augment", exc_type=ImportError)
    limits = augment.Strength()
    for one in ALTERATIONS:
        left, top, right, bottom = one.edges
        assert max(abs(left + right), abs(top + bottom)) / 2 <= limits.shift
        assert abs(math.log(1 + right - left)) <= limits.log_scale
        assert abs(math.log(one.gamma)) <= limits.log_gamma
        assert abs(math.log(one.contrast)) <= limits.log_contrast


def test_the_copies_go_through_the_network_in_one_batch() -> None:
    classifier = fake_classifier()
    given = scan_of(head(0))
    answer = classifier.classify(given)
    assert isinstance(classifier.engine, QuadrantEngine)
    classifier.engine.batches.clear()
    measure_stability(classifier, given, answer)
    assert classifier.engine.batches == [len(ALTERATIONS)]
    assert len(ALTERATIONS) <= BATCH


@pytest.mark.parametrize(("label", "mirrored"), [(0, 1), (1, 0), (2, 3), (3, 2)])
def test_a_class_that_depends_on_the_side_flips_when_mirrored(label: int, mirrored: int) -> None:
    classifier = fake_classifier()
    given = scan_of(head(label))
    found = measure_stability(classifier, given, classifier.classify(given))
    assert found.label == CLASSES[label]
    assert [one.name for one in found.variants] == NAMES
    assert found.flips == {CLASSES[mirrored]: ("mirrored",)}
    assert (found.copies, found.agreeing, found.word) == (8, 7, WAVERING)


def test_the_copies_are_made_around_the_crop_in_use() -> None:
    classifier = fake_classifier()
    given = scan_of(head(0))
    moved = crop_of(60, 60, 256, 256)  # leaves the spot in its upper left corner, off every cell
    answer = classifier.classify(given, moved)
    found = measure_stability(classifier, given, answer)
    expected = [
        one.probabilities
        for one in classifier.answer(altered_copies(given, prepare(given, SIDE, moved)))
    ]
    assert np.allclose([one.probabilities for one in found.variants], expected, atol=1e-6)
    there = measure_stability(classifier, given, classifier.classify(given))
    assert [one.probabilities for one in there.variants] != [
        one.probabilities for one in found.variants
    ]


def test_the_answer_is_compared_with_and_not_changed() -> None:
    classifier = fake_classifier()
    given = scan_of(head(0))
    answer = classifier.classify(given)
    before = answer.probabilities.copy()
    measure_stability(classifier, given, answer)
    assert np.array_equal(answer.probabilities, before)
    other = replace(answer, probabilities=np.array([0.1, 0.1, 0.1, 0.7], np.float32))
    found = stability_of(other, [answer] * len(ALTERATIONS))
    assert (found.label, found.agreeing, found.word) == ("pituitary", 0, UNSTABLE)
    with pytest.raises(ValueError, match="shorter"):
        stability_of(answer, [answer])


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (["glioma"] * 8, STABLE),
        (["glioma"] * 7 + ["notumor"], WAVERING),
        (["glioma"] * 6 + ["notumor"] * 2, UNSTABLE),
        (["notumor"], WAVERING),
        (["notumor"] * 8, UNSTABLE),
    ],
)
def test_the_word_counts_the_copies_that_tip(labels: list[str], word: str) -> None:
    assert known(*labels).word == word
    assert word in WORDS


def test_numbers_of_known_copies() -> None:
    found = Stability(
        "glioma",
        (
            Variant("a", (0.6, 0.2, 0.1, 0.1)),
            Variant("b", (0.3, 0.4, 0.2, 0.1)),
            Variant("c", (0.995, 0.005, 0.0, 0.0)),
            Variant("d", (0.2, 0.4, 0.2, 0.2)),
            Variant("e", (0.2, 0.2, 0.2, 0.4)),
        ),
    )
    assert (found.copies, found.agreeing, found.lowest, found.highest) == (5, 2, 0.2, 0.995)
    assert found.flips == {"meningioma": ("b", "d"), "pituitary": ("e",)}
    assert found.sentence == (
        "Unstable: on 2 of 5 slightly altered copies of the scan the network gave the same class; "
        "its probability lay between 20 % and > 99 %. It changed to Meningioma (b, d) and "
        "Pituitary tumor (e)."
    )
    record = found.to_dict()
    assert (record["word"], record["copies"], record["agreeing"]) == ("unstable", 5, 2)
    assert record["variants"][1]["label"] == "meningioma"
    assert list(record["variants"][1]["probabilities"]) == list(CLASSES)


def test_a_stable_answer_in_words() -> None:
    found = known("glioma", "glioma")
    assert found.flips == {}
    assert found.sentence == (
        "Stable: on all 2 slightly altered copies of the scan the network gave the same class; "
        "its probability lay at 70 %."
    )
    assert "not thereby a right one" in MEANING


@pytest.mark.parametrize(
    "wrong", [(1.0,), (), (0.5, 0.5, 0.5, 0.5), (1.5, -0.5, 0.0, 0.0), (float("nan"), 0.5, 0.5, 0)]
)
def test_a_copy_has_probabilities(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        Variant("a", wrong)


def test_stability_is_of_a_class_and_of_copies() -> None:
    with pytest.raises(ValueError, match="1 or more copies"):
        Stability("glioma", ())
    with pytest.raises(ValueError, match="one of glioma, meningioma"):
        Stability("abscess", known("glioma").variants)


@pytest.mark.slow
@pytest.mark.skipif(not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="no weights here")
def test_the_shipped_weights_hold_their_answers_on_the_samples() -> None:
    classifier = load_classifier(engine="openvino")
    words = []
    for label in CLASSES:
        given = decode_file(ROOT / "assets" / f"sample-{label}.jpg")
        answer = classifier.classify(given)
        found = measure_stability(classifier, given, answer)
        assert found.label == answer.label
        assert all(abs(sum(one.probabilities) - 1) < 1e-3 for one in found.variants)
        # What the network is shown differs, so what it says does.
        assert len({one.probabilities for one in found.variants}) == len(ALTERATIONS)
        words.append(found.word)
    assert words.count(STABLE) >= 3
