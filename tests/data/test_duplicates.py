from pathlib import Path

import cv2
import numpy as np
import pytest

from brain_tumor.data.dataset import read_dataset
from brain_tumor.data.duplicates import (
    NEAR_DUPLICATE_COSINE,
    ORIENTATIONS,
    duplicate_free,
    duplicate_groups,
    exact_pairs,
    groups,
    nearest,
    pixel_digest,
    read_prints,
    signature,
    signatures,
    similar_pairs,
)
from tests.data.pictures import pattern, write


def _cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(signature(first) @ signature(second))


def test_signature_is_the_centred_thumbnail_of_length_one() -> None:
    pixels = np.zeros((64, 64), np.uint8)
    pixels[:, 32:] = 200  # halves: after removing the mean, -100 and +100 everywhere

    grid = signature(pixels).reshape(32, 32)

    assert grid.dtype == np.float32
    np.testing.assert_allclose(grid[:, :16], -1 / 32, atol=1e-7)
    np.testing.assert_allclose(grid[:, 16:], 1 / 32, atol=1e-7)


def test_signature_shrugs_off_brightness_contrast_and_size() -> None:
    pixels = pattern(1, 200, 200)
    assert _cosine(pixels, pixels // 3 + 60) > 0.999
    squeezed = cv2.resize(pixels, (300, 90), interpolation=cv2.INTER_AREA)
    assert _cosine(pixels, squeezed) > 0.999
    assert _cosine(pixels, pattern(2, 200, 200)) < 0.9


def test_constant_images_resemble_nothing() -> None:
    flat = [np.full((40, 40), grey, np.uint8) for grey in (0, 90, 255)]
    found = signatures([*flat, pattern(1)])
    assert np.isfinite(found).all()
    assert len(similar_pairs(found, 0.5).index) == 0
    np.testing.assert_array_equal(nearest(found[:3], found[3:]).cosine, 0)


def test_signatures_of_nothing() -> None:
    empty = signatures([])
    assert empty.shape == (0, 1024)
    assert similar_pairs(empty).index.shape == (0, 2)
    assert nearest(signatures([pattern(1)]), empty).cosine.tolist() == [-1]
    assert nearest(empty, empty).index.shape == (0,)


def test_similar_pairs_equal_those_of_a_plain_double_loop() -> None:
    """Over more images than a block holds, with near-duplicates in and across blocks."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(600, 1024))
    base[590:] = base[:10] + 0.05 * rng.normal(size=(10, 1024))
    base[300] = base[301] + 0.05 * rng.normal(size=1024)
    base -= base.mean(axis=1, keepdims=True)
    found = (base / np.linalg.norm(base, axis=1, keepdims=True)).astype(np.float32)

    pairs = similar_pairs(found, 0.9, flips=False)

    full = found @ found.T
    expected = [(i, j) for i in range(600) for j in range(i + 1, 600) if full[i, j] > 0.9]
    assert len(expected) == 11
    assert sorted(map(tuple, pairs.index.tolist())) == expected
    np.testing.assert_allclose(pairs.cosine, full[tuple(pairs.index.T)], atol=1e-6)


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        ("same", np.s_[:, :]),
        ("mirrored", np.s_[:, ::-1]),
        ("flipped", np.s_[::-1, :]),
        ("turned", np.s_[::-1, ::-1]),
    ],
)
def test_copies_are_found_in_each_orientation(orientation: str, turn: tuple[slice, slice]) -> None:
    pixels = pattern(1)
    found = signatures([pixels, pattern(2), np.ascontiguousarray(pixels[turn])])

    pairs = similar_pairs(found)
    assert pairs.index.tolist() == [[0, 2]]
    assert ORIENTATIONS[pairs.orientation[0]] == orientation
    assert pairs.cosine[0] == pytest.approx(1, abs=1e-6)

    best = nearest(found[2:], found[:2])
    assert (best.index.tolist(), ORIENTATIONS[best.orientation[0]]) == ([0], orientation)

    unflipped = similar_pairs(found, flips=False)
    assert len(unflipped.index) == (1 if orientation == "same" else 0)


def test_a_quarter_turn_is_no_copy() -> None:
    pixels = pattern(1)
    found = signatures([pixels, np.ascontiguousarray(np.rot90(pixels))])
    assert len(similar_pairs(found).index) == 0


def test_duplicate_free_counts_only_copies_above_the_threshold() -> None:
    train = signatures([pattern(1), pattern(2)])
    mirrored = np.ascontiguousarray(pattern(2)[:, ::-1])
    test = signatures([pattern(1), pattern(3), mirrored])
    assert duplicate_free(test, train).tolist() == [False, True, True]
    assert duplicate_free(test, train, flips=True).tolist() == [False, True, False]
    assert duplicate_free(test, train, threshold=-0.99, flips=True).tolist() == [False] * 3


def test_groups_are_chains_numbered_by_their_first_member() -> None:
    pairs = np.array([[5, 1], [1, 3], [2, 4]])
    assert groups(7, pairs).tolist() == [0, 1, 2, 1, 2, 1, 3]
    assert groups(3, np.zeros((0, 2), np.int64)).tolist() == [0, 1, 2]
    assert groups(0, np.zeros((0, 2), np.int64)).tolist() == []


def test_pixel_digest_knows_the_shape() -> None:
    row = np.arange(12, dtype=np.uint8)
    assert pixel_digest(row.reshape(3, 4)) == pixel_digest(row.reshape(3, 4).copy())
    assert pixel_digest(row.reshape(3, 4)) != pixel_digest(row.reshape(4, 3))
    assert pixel_digest(row.reshape(3, 4)) == pixel_digest(np.asfortranarray(row.reshape(3, 4)))


def test_exact_pairs_name_the_first() -> None:
    assert exact_pairs(["a", "b", "a", "c", "a", "b"]).tolist() == [[0, 2], [0, 4], [1, 5]]
    assert exact_pairs(["a", "b"]).shape == (0, 2)


def test_groups_of_files(tmp_path: Path) -> None:
    """Equal blank images group together, unlike blank ones do not, damage is set aside."""
    write(tmp_path / "glioma/a.png", pattern(1))
    write(tmp_path / "glioma/b.png", np.zeros((40, 40), np.uint8))
    write(tmp_path / "glioma/c.png", np.full((40, 40), 9, np.uint8))
    write(tmp_path / "glioma/d.png", np.zeros((40, 40), np.uint8))
    write(tmp_path / "glioma/e.jpg", np.dstack([pattern(1, 96, 128)[::-1]] * 3))
    (tmp_path / "glioma/f.png").write_bytes(b"")

    prints = read_prints(read_dataset(tmp_path).items)

    assert [Path(item.name).stem for item in prints.items] == ["a", "b", "c", "d", "e"]
    assert [problem.name for problem in prints.damaged] == ["glioma/f.png"]
    assert prints.sizes == ((64, 64), (40, 40), (40, 40), (40, 40), (128, 96))
    assert prints.kinds[0] == ("PNG", "L") and prints.kinds[4] == ("JPEG", "RGB")
    assert prints.signatures.shape == (5, 1024)
    assert duplicate_groups(prints).tolist() == [0, 1, 2, 1, 0]
    assert duplicate_groups(prints, flips=False).tolist() == [0, 1, 2, 1, 3]


@pytest.mark.data
@pytest.mark.slow
def test_reproduces_the_known_duplicates_of_the_public_set(dataset: Path) -> None:
    found = read_dataset(dataset)
    test = read_prints(found.split("Testing"))
    train = read_prints(found.split("Training"))
    assert (len(test.items), len(train.items)) == (1311, 5708)

    unflipped = nearest(test.signatures, train.signatures, flips=False).cosine
    # The last places of a float32 decide on images near 0.9999: other processors sum otherwise.
    sure, possible = ((unflipped > 0.9999 + error).sum() for error in (2e-6, -2e-6))
    assert sure <= 297 <= possible
    assert possible - sure < 10
    assert int((unflipped > NEAR_DUPLICATE_COSINE).sum()) == 486
    assert int((unflipped > 0.95).sum()) == 847
    assert int(duplicate_free(test.signatures, train.signatures).sum()) == 825
    assert int(duplicate_free(test.signatures, train.signatures, flips=True).sum()) == 319
