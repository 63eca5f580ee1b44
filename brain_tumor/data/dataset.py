"""Reads the folder layout of the Kaggle set "Brain Tumor MRI Dataset", and its usual variants."""

import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brain_tumor import CLASSES
from brain_tumor.errors import DatasetError, DecodeError
from brain_tumor.imaging.decode import EXTENSIONS, Scan, decode_file

TRAINING: Final = "Training"
TESTING: Final = "Testing"
HOW_TO_GET: Final = (
    "Expected DIR/Training/CLASS/*.jpg and DIR/Testing/CLASS/*.jpg, or DIR/CLASS/*.jpg, "
    f"with CLASS one of {', '.join(CLASSES)}. The public set: "
    "https://www.kaggle.com/datasets/masoudnickparvar/brain-tumor-mri-dataset "
    "(download, unzip, and give the unzipped folder)."
)

_SPLITS: Final = {
    "training": TRAINING,
    "train": TRAINING,
    "testing": TESTING,
    "test": TESTING,
}
_LABELS: Final = {
    **{name: label for label, name in enumerate(CLASSES)},
    **{f"{name}tumor": label for label, name in enumerate(CLASSES) if name != "notumor"},
    **{f"{name}tumour": label for label, name in enumerate(CLASSES) if name != "notumor"},
    "notumour": CLASSES.index("notumor"),
    "no": CLASSES.index("notumor"),
    "healthy": CLASSES.index("notumor"),
    "normal": CLASSES.index("notumor"),
}
_SILENT: Final = {"__macosx", "thumbs.db", "desktop.ini"}
_SILENT_AT_ROOT: Final = {"masks", "index.csv"}
_NESTING: Final = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One image file of the set.

    ``name`` is the POSIX path below the data root (``Training/glioma/x.jpg``), ``label`` the index
    into ``CLASSES``, ``split`` is ``"Training"``, ``"Testing"`` or ``""`` where the layout has no
    split folders. ``mask`` is the tumour outline ``masks/CLASS/STEM.png`` where there is one; that
    folder has no level for the split and describes training images, so test images never get one.
    """

    path: Path
    name: str
    label: int
    split: str
    mask: Path | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that was skipped, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """What a data folder holds: ``items`` and ``problems`` sorted by name."""

    root: Path
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]

    def split(self, name: str) -> tuple[Item, ...]:
        """Return the items of one split (``"Training"``, ``"Testing"`` or ``""``)."""
        return tuple(item for item in self.items if item.split == name)


def read_dataset(root: Path) -> Dataset:
    """List the images below ``root`` without decoding any.

    Folder names are compared without case; ``train``/``test`` and class names such as
    ``no_tumor``, ``glioma_tumor`` are understood; a zip's extra outer folders are stepped through.
    What does not fit is listed in ``problems`` and skipped.

    Raises:
        DatasetError: ``root`` is not a folder, or holds no image in a class folder.
    """
    base = _step_in(root.expanduser().resolve())
    problems: list[Problem] = []
    class_folders = list(_class_folders(base, problems))
    masks = _mask_stems(base)
    items = [
        _item(base, path, label, split, masks)
        for folder, label, split in class_folders
        for path in _images(base, folder, problems)
    ]
    if not items:
        seen = "; ".join(f"{p.name}: {p.reason}" for p in problems[:3]) or "nothing"
        raise DatasetError(f"No image in a class folder below {root} (found: {seen}). {HOW_TO_GET}")
    return Dataset(
        root=base,
        items=tuple(sorted(items, key=lambda item: item.name)),
        problems=tuple(sorted(problems, key=lambda problem: problem.name)),
    )


def load_scans(
    items: Iterable[Item],
    *,
    progress: Callable[[], object] | None = None,
    workers: int | None = None,
) -> Iterator[tuple[Item, Scan | DecodeError]]:
    """Decode files in a thread pool; yield in the order of ``items``, a few images ahead.

    A file that cannot be decoded yields its ``DecodeError`` instead of a scan. ``progress`` is
    called after each file. ``workers`` defaults to the number of processor cores.
    """
    count = workers or os.cpu_count() or 1
    ahead: deque[tuple[Item, Future[Scan | DecodeError]]] = deque()
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="decode") as pool:
        try:
            for item in items:
                ahead.append((item, pool.submit(_decode, item)))
                if len(ahead) > 4 * count:
                    yield _first(ahead, progress)
            while ahead:
                yield _first(ahead, progress)
        finally:  # the reader may stop early: do not decode what nobody will look at
            for _, future in ahead:
                future.cancel()


def fingerprint(items: Iterable[Item]) -> str:
    """Return the data hash: SHA-256 (hex) over the sorted names and SHA-256 of the file bytes.

    Renaming, moving to another class, adding, removing or changing a file changes it; the order
    of ``items`` and where the data folder lies do not.

    Raises:
        DatasetError: a file cannot be read.
    """
    total = hashlib.sha256()
    for item in sorted(items, key=lambda item: item.name):
        try:
            with item.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DatasetError(
                f"Every listed file must be readable. {item.name}: {error.strerror}. "
                "Restore it or remove it, then run again."
            ) from error
        total.update(f"{digest}  {item.name}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _decode(item: Item) -> Scan | DecodeError:
    try:
        return decode_file(item.path)
    except DecodeError as error:
        return error


def _first(
    ahead: deque[tuple[Item, Future[Scan | DecodeError]]], progress: Callable[[], object] | None
) -> tuple[Item, Scan | DecodeError]:
    item, future = ahead.popleft()
    result = future.result()
    if progress is not None:
        progress()
    return item, result


def _split_of(folder: Path) -> str | None:
    return _SPLITS.get(folder.name.lower())


def _label_of(folder: Path) -> int | None:
    return _LABELS.get(re.sub(r"[^a-z]", "", folder.name.lower()))


def _entries(folder: Path) -> list[Path]:
    """Return the visible entries of a folder, sorted; system clutter and hidden files left out."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(
            f"The data folder must be readable. {folder}: {error.strerror}. {HOW_TO_GET}"
        ) from error
    return [p for p in found if not p.name.startswith(".") and p.name.lower() not in _SILENT]


def _step_in(root: Path) -> Path:
    """Return the folder that holds split or class folders: ``root``, or the lone folder in it."""
    if not root.is_dir():
        raise DatasetError(f"The data set must be a folder. Received: {root}. {HOW_TO_GET}")
    base = root
    for _ in range(_NESTING):
        folders = [p for p in _entries(base) if p.is_dir()]
        known = any(_split_of(p) or _label_of(p) is not None for p in folders)
        if known or len(folders) != 1:
            return base
        base = folders[0]
    return base


def _class_folders(base: Path, problems: list[Problem]) -> Iterator[tuple[Path, int, str]]:
    """Yield (folder, label, split) for each class folder; note what stands beside them."""
    top = [p for p in _entries(base) if p.name.lower() not in _SILENT_AT_ROOT]
    splits = [p for p in top if p.is_dir() and _split_of(p)]
    if not splits:
        yield from _labelled(base, top, "", problems)
        return
    for path in top:
        if path not in splits:
            problems.append(_outside(base, path, "is not in a Training or Testing folder"))
    for folder in splits:
        yield from _labelled(base, _entries(folder), _split_of(folder) or "", problems)


def _labelled(
    base: Path, paths: list[Path], split: str, problems: list[Problem]
) -> Iterator[tuple[Path, int, str]]:
    for path in paths:
        label = _label_of(path) if path.is_dir() else None
        if label is None:
            reason = f"is not a class folder ({', '.join(CLASSES)})"
            problems.append(
                _outside(base, path, reason if path.is_dir() else "is not in a class folder")
            )
        else:
            yield path, label, split


def _images(base: Path, folder: Path, problems: list[Problem]) -> Iterator[Path]:
    found = False
    for path in _entries(folder):
        if path.is_dir():
            problems.append(_outside(base, path, "is a folder inside a class folder"))
        elif path.suffix.lower() not in EXTENSIONS:
            problems.append(Problem(_name(base, path), "is not a kind of file that is read here"))
        elif not path.is_file():
            problems.append(Problem(_name(base, path), "is a broken link or not a plain file"))
        else:
            found = True
            yield path
    if not found:
        problems.append(Problem(_name(base, folder), "is a class folder without images"))


def _outside(base: Path, path: Path, reason: str) -> Problem:
    if path.is_dir():
        count = sum(1 for p in path.rglob("*") if p.is_file())
        reason = f"{reason}; files skipped: {count}"
    return Problem(_name(base, path), reason)


def _name(base: Path, path: Path) -> str:
    return path.relative_to(base).as_posix()


def _mask_stems(base: Path) -> dict[int, dict[str, Path]]:
    """List the outlines once, by label and stem: a lookup, not a disk access, for each image."""
    folder = base / "masks"
    if not folder.is_dir():
        return {}
    return {
        label: {path.stem: path for path in _entries(sub) if path.suffix.lower() == ".png"}
        for sub in _entries(folder)
        if sub.is_dir() and (label := _label_of(sub)) is not None
    }


def _item(
    base: Path, path: Path, label: int, split: str, masks: dict[int, dict[str, Path]]
) -> Item:
    mask = None if split == TESTING else masks.get(label, {}).get(path.stem)
    return Item(path=path, name=_name(base, path), label=label, split=split, mask=mask)
