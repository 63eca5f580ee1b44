import numpy as np
import pytest

pytest.importorskip("keras")

from brain_tumor.training.arrays import Arrays
from brain_tumor.training.augment import Strength
from brain_tumor.training.batches import EpochBatches


def arrays(n: int = 23, side: int = 8) -> Arrays:
    """Image i is i everywhere; its label is i % 4."""
    images = np.repeat(np.arange(n, dtype=np.uint8), side * side).reshape(n, side, side)
    return Arrays(
        images=images,
        outlines=images // 2,
        labels=(np.arange(n) % 4).astype(np.int32),
        names=tuple(str(i) for i in range(n)),
        skipped=(),
    )


def rows_of(batches: EpochBatches) -> list[list[int]]:
    return [batches[i][0]["image"][:, 0, 0, 0].tolist() for i in range(len(batches))]


def test_an_epoch_sees_each_image_at_most_once() -> None:
    batches = EpochBatches(arrays(), 5, seed=0, strength=None)
    assert len(batches) == batches.steps_per_epoch == 4
    seen = [number for rows in rows_of(batches) for number in rows]
    assert len(set(seen)) == len(seen) == 20


def test_image_outline_and_label_belong_together() -> None:
    batches = EpochBatches(arrays(), 5, seed=0, strength=None)
    inputs, labels = batches[2]
    assert inputs["image"].shape == (5, 8, 8, 1)
    assert inputs["image"].dtype == np.uint8
    number = inputs["image"][:, 3, 3, 0]
    assert np.array_equal(labels, number % 4)
    assert np.array_equal(inputs["outline"][:, 3, 3, 0], number // 2)


def test_the_order_follows_from_seed_and_epoch() -> None:
    first = EpochBatches(arrays(), 5, seed=1, strength=Strength())
    again = EpochBatches(arrays(), 5, seed=1, strength=Strength())
    again.set_epoch(3)
    again.set_epoch(0)
    assert rows_of(first) == rows_of(again)
    again.set_epoch(1)
    assert rows_of(first) != rows_of(again)
    other = EpochBatches(arrays(), 5, seed=2, strength=Strength())
    assert rows_of(first) != rows_of(other)


def test_skipping_gives_the_tail_of_the_epoch() -> None:
    whole = EpochBatches(arrays(), 5, seed=1, strength=Strength())
    tail = EpochBatches(arrays(), 5, seed=1, strength=Strength())
    for epoch in (0, 2):
        whole.set_epoch(epoch)
        tail.set_epoch(epoch, skip=3)
        assert len(tail) == len(whole) - 3 == 1
        (wanted, wanted_labels), (inputs, labels) = whole[3], tail[0]
        assert wanted.keys() == inputs.keys()
        assert all(np.array_equal(wanted[name], inputs[name]) for name in wanted)
        assert np.array_equal(wanted_labels, labels)


def test_parameters_differ_from_step_to_step_and_epoch_to_epoch() -> None:
    batches = EpochBatches(arrays(), 5, seed=1, strength=Strength())
    drawn = [batches[i][0]["affine"] for i in range(2)]
    batches.set_epoch(1)
    drawn.append(batches[0][0]["affine"])
    assert not any(np.array_equal(a, b) for a, b in ((drawn[0], drawn[1]), (drawn[0], drawn[2])))


def test_a_batch_is_never_larger_than_the_set() -> None:
    batches = EpochBatches(arrays(3), 32, seed=0, strength=None)
    assert len(batches) == 1
    assert len(batches[0][1]) == 3
