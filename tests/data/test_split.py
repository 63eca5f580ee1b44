from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from brain_tumor.data.dataset import Item, read_dataset
from brain_tumor.data.duplicates import duplicate_groups, read_prints
from brain_tumor.data.split import grouped_split, overlap, read_validation_list
from brain_tumor.errors import DatasetError


def _item(name: str, label: int) -> Item:
    return Item(path=Path("/") / name, name=name, label=label, split="Training", mask=None)


def _grouped_items(seed: int, count: int = 400) -> tuple[list[Item], list[int]]:
    """Items of four uneven classes in groups of 1 to 12, one class a group."""
    rng = np.random.default_rng(seed)
    items: list[Item] = []
    ids: list[int] = []
    group = 0
    while len(items) < count:
        label = int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))
        for _ in range(int(rng.choice([1, 1, 1, 2, 3, 12]))):
            items.append(_item(f"Training/{label}/{len(items):04}.jpg", label))
            ids.append(group)
        group += 1
    return items, ids


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5])
def test_no_group_spans_and_classes_keep_their_share(seed: int, fraction: float) -> None:
    items, ids = _grouped_items(seed)
    train, validation = grouped_split(items, ids, fraction, seed=seed)

    assert sorted(i.name for i in (*train, *validation)) == sorted(i.name for i in items)
    group_of = {item.name: group for item, group in zip(items, ids, strict=True)}
    assert not {group_of[i.name] for i in train} & {group_of[i.name] for i in validation}
    assert not overlap(items, ids, validation)

    whole = Counter(item.label for item in items)
    drawn = Counter(item.label for item in validation)
    largest = max(Counter(ids).values())
    for label, images in whole.items():
        assert drawn[label] >= 1
        assert abs(drawn[label] - fraction * images) <= largest


def test_single_images_give_the_exact_share() -> None:
    items = [_item(f"Training/{n % 4}/{n:04}.jpg", n % 4) for n in range(400)]
    _, validation = grouped_split(items, range(400), 0.1)
    assert Counter(item.label for item in validation) == {0: 10, 1: 10, 2: 10, 3: 10}


def test_depends_on_the_seed_and_not_on_order_or_numbering() -> None:
    items, ids = _grouped_items(3)
    reference = grouped_split(items, ids, seed=5)
    assert grouped_split(items, ids, seed=5) == reference
    assert grouped_split(items, ids, seed=6) != reference

    order = np.random.default_rng(0).permutation(len(items))
    shuffled = [items[at] for at in order]
    renumbered = [1000 - 3 * ids[at] for at in order]
    assert grouped_split(shuffled, renumbered, seed=5) == reference


def test_the_draw_is_the_same_on_every_machine() -> None:
    """A changed draw would silently move images that runs validated on into training."""
    items = [_item(f"Training/{n % 2}/{n}.jpg", n % 2) for n in range(20)]
    _, validation = grouped_split(items, range(20), 0.2, seed=0)
    assert [item.name for item in validation] == [
        "Training/0/0.jpg",
        "Training/0/8.jpg",
        "Training/1/15.jpg",
        "Training/1/3.jpg",
    ]


def test_a_group_of_two_labels_stays_whole() -> None:
    items = [_item(f"{n}.jpg", 0 if n < 10 else 1) for n in range(20)]
    ids = [*range(10), 9, *range(10, 19)]  # 9.jpg and 10.jpg are copies with different labels
    for seed in range(10):
        _, validation = grouped_split(items, ids, 0.3, seed)
        assert not overlap(items, ids, validation)


def test_the_smallest_group_is_drawn_when_none_fits() -> None:
    items = [_item(f"{n}.jpg", 0) for n in range(9)]
    _, validation = grouped_split(items, [0, 0, 0, 0, 0, 1, 1, 1, 1], 0.1)
    assert [item.name for item in validation] == ["5.jpg", "6.jpg", "7.jpg", "8.jpg"]


def test_refuses_what_cannot_be_split() -> None:
    items = [_item("a.jpg", 0), _item("b.jpg", 0)]
    with pytest.raises(DatasetError, match="glioma has one, of 2 images"):
        grouped_split(items, [0, 0])
    with pytest.raises(DatasetError, match=r"between 0 and 1\. Received: 1\.0"):
        grouped_split(items, [0, 1], 1.0)
    with pytest.raises(DatasetError, match="2 items and 1 numbers"):
        grouped_split(items, [0])


def test_reads_a_list_made_by_hand(tmp_path: Path) -> None:
    items = [_item(f"Training/glioma/{name}.jpg", 0) for name in "abc"]
    path = tmp_path / "list.txt"
    path.write_bytes(
        b"\xef\xbb\xbf# held out\r\nTraining\\glioma\\c.jpg\r\n\r\n  Training/glioma/a.jpg \r\n"
        b"Training/glioma/a.jpg\r\n"
    )
    assert read_validation_list(path, items) == (items[0], items[2])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Training/glioma/z.jpg\nTraining/glioma/a.jpg\n", r"names 2, of which 1 .*glioma/z\.jpg"),
        (b"# nothing\n\n", "names 0"),
        (b"\xff\xfe\x00\xd8", "readable UTF-8"),
        (None, "readable UTF-8"),
    ],
)
def test_refuses_a_bad_list(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        read_validation_list(path, [_item("Training/glioma/a.jpg", 0)])


def test_overlap_names_both_sides() -> None:
    items = [_item(name, 0) for name in "abcdef"]
    ids = [0, 0, 1, 1, 2, 3]
    found = overlap(items, ids, [items[1], items[2], items[3], items[4]])
    assert found
    assert (found.training, found.validation, found.groups) == (("a",), ("b",), 1)
    with pytest.raises(DatasetError, match="Received 1 others: z"):
        overlap(items, ids, [_item("z", 0)])


@pytest.mark.data
@pytest.mark.slow
def test_splits_the_public_set_without_leaks(dataset: Path) -> None:
    prints = read_prints(read_dataset(dataset).split("Training"))
    ids = duplicate_groups(prints)
    train, validation = grouped_split(prints.items, ids, 0.1)
    assert not overlap(prints.items, ids, validation)
    share = Counter(item.label for item in validation)
    for label, images in enumerate((1321, 1339, 1591, 1457)):
        assert abs(share[label] - 0.1 * images) < 2
    assert len(train) + len(validation) == 5708
