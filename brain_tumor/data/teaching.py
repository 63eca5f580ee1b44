"""A small data folder to teach with: a few images a class, none of them a copy of another.

It is for showing how training goes in the minutes of a lesson. What a network learns from it is
worth nothing.
"""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from brain_tumor import CLASSES
from brain_tumor.data.dataset import TESTING, TRAINING, Dataset, Item, read_dataset
from brain_tumor.data.duplicates import Prints, duplicate_groups, read_prints
from brain_tumor.data.unpack import Unpacked, unpack_dataset
from brain_tumor.errors import DatasetError

SHIPPED: Final = Path(__file__).resolve().parents[2] / "assets" / "teaching-subset.zip"
"""A subset of the public set, made by ``teaching-subset`` with its default number of images."""

PER_CLASS: Final = 16
_TEST_SHARE: Final = 4


def unpack_shipped(to: Path) -> Unpacked:
    """Unpack the subset that comes with this project into a new folder.

    Raises:
        DatasetError: it is not there, or ``to`` exists or cannot be written.
    """
    if not SHIPPED.is_file():
        raise DatasetError(
            f"The teaching subset lies in {SHIPPED}, but this installation lacks it. "
            "Make one from the data set with --data DIR."
        )
    return unpack_dataset(SHIPPED.read_bytes(), to)


def write_teaching_subset(
    data: Path,
    to: Path,
    per_class: int = PER_CLASS,
    *,
    seed: int = 0,
    progress: Callable[[], object] | None = None,
) -> Dataset:
    """Copy a few images a class, with their outlines, into a new folder.

    Taken is at most one image of each group of near-duplicates, so nothing leaks between the
    splits; images with an outline come first. ``Testing`` gets a quarter as many as ``Training``.

    Args:
        data: a data folder; one without splits gives ``Training`` alone.
        to: the new folder, or a ``.zip`` file to pack it into.
        per_class: training images of each class, 2 or more.
        seed: another seed takes other images.
        progress: called after each image that is looked at.

    Raises:
        DatasetError: ``to`` exists, or the data hold too few images.
    """
    if per_class < 2:
        raise DatasetError(f"A class needs 2 images or more. Received: --per-class {per_class}.")
    if to.exists():
        raise DatasetError(f"The subset is a new folder or file. Received: {to}, which exists.")
    prints = read_prints(read_dataset(data).items, progress=progress)
    chosen = _choose(prints, per_class, seed)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".subset-") as aside:
            folder = Path(aside) / "data"
            _copy(chosen, folder)
            dataset = read_dataset(folder)
            if to.suffix == ".zip":
                _pack(folder, Path(aside) / to.name)
                (Path(aside) / to.name).replace(to)
                return dataset
            folder.replace(to)
    except OSError as error:
        raise DatasetError(f"The subset must be writable. {to}: {error.strerror}.") from error
    return read_dataset(to)


def _choose(prints: Prints, per_class: int, seed: int) -> list[Item]:
    """Return the images, each of another group of near-duplicates and of one class and split."""
    order = sorted(
        zip(prints.items, duplicate_groups(prints), strict=True),
        key=lambda pair: (pair[0].mask is None, _draw(pair[0], seed)),
    )
    used: set[int] = set()
    chosen: list[Item] = []
    for label, name in enumerate(CLASSES):
        for split, count in ((TESTING, max(1, per_class // _TEST_SHARE)), (TRAINING, per_class)):
            pool = [p for p in order if p[0].label == label and _split(p[0]) == split]
            found: list[Item] = []
            for item, group in pool:
                if len(found) < count and int(group) not in used:
                    used.add(int(group))
                    found.append(item)
            if len(found) < count and (split == TRAINING or pool):
                raise DatasetError(
                    f"The data must hold {count} images of {name} for {split} without copies. "
                    f"Received: {len(found)}. Ask for fewer with --per-class."
                )
            chosen += found
    return chosen


def _split(item: Item) -> str:
    return item.split or TRAINING


def _draw(item: Item, seed: int) -> str:
    return hashlib.sha256(f"{seed}/{item.name}".encode("utf-8", "surrogateescape")).hexdigest()


def _copy(items: Sequence[Item], folder: Path) -> None:
    for item in items:
        label = CLASSES[item.label]
        places = {item.path: folder / _split(item) / label / item.path.name}
        if item.mask is not None:
            places[item.mask] = folder / "masks" / label / item.mask.name
        for source, target in places.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _pack(folder: Path, file: Path) -> None:
    """Pack a folder as a ZIP archive: the same files give the same bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                archive.writestr(entry, path.read_bytes())
