"""The bundles that have been put into service, and which of them serves.

    bundles/0001-3f2a…/   a bundle's folder with its companions; never changed once it is there
    service.json          {"history": ["", "0001-3f2a…"]}: the last one serves, "" is what ships
    .lock                 locked by the operating system while somebody changes these

The pointer is written aside and renamed over the old one, so whoever reads it finds the old bundle
or the new one, whole. A bundle that serves or has served is never removed by a switch.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import filelock

from brain_tumor.errors import WeightsError
from brain_tumor.model.bundle import DEFAULT_FOLDER, Bundle, open_bundle
from brain_tumor.model.bundle_zip import check_files, travelling_files

MODELS_VARIABLE: Final = "BRAIN_TUMOR_MODELS"
"""Environment variable that names another folder of weights than the shipped one."""

SERVICE_VARIABLE: Final = "BRAIN_TUMOR_SERVICE"
"""Environment variable that names another folder for what was put into service than `service/`."""

SHIPPED: Final = ""
"""The name of the bundle that ships, in the history."""

_POINTER: Final = "service.json"
_BUNDLES: Final = "bundles"
_PATIENCE: Final = 60.0  # seconds; another server may be copying 160 MB


@dataclass(frozen=True, slots=True)
class InService:
    """What serves.

    Attributes:
        name: of the version; ``SHIPPED`` for what ships.
        folder: the bundle's.
        problem: why it is not the version that was chosen, a sentence; empty where it is.
    """

    name: str
    folder: Path
    problem: str = ""


class BundleStore:
    """The versions below one folder. Any number of processes may read, one at a time changes."""

    def __init__(self, root: Path, shipped: Path = DEFAULT_FOLDER) -> None:
        self.root = root
        self._shipped = shipped

    def in_service(self) -> InService:
        """Return what serves: the chosen version, or the latest before it that can be opened.

        The bundle's record is looked at, its weights are not. Where nothing opens it is what
        ships, and opening that tells why it does not either.
        """
        problem = ""
        try:
            history = self.history()
        except WeightsError as error:
            return InService(SHIPPED, self._shipped, str(error))
        for name in reversed(history):
            try:
                open_bundle(self.folder_of(name))
            except WeightsError as error:
                problem = problem or f"What was put into service cannot be used. {error}"
            else:
                return InService(name, self.folder_of(name), problem)
        return InService(SHIPPED, self._shipped, problem)

    def history(self) -> tuple[str, ...]:
        """Return the names of what served, the present one last.

        Raises:
            WeightsError: the pointer is damaged.
        """
        path = self.root / _POINTER
        try:
            names = json.loads(path.read_bytes())["history"]
            if not names or not all(isinstance(n, str) and Path(n).name == n for n in names):
                raise ValueError("no list of names")
        except FileNotFoundError:
            return (SHIPPED,)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(
                f"{path} must name what serves. It is damaged ({error}), so what ships serves. "
                "Put a bundle into service again."
            ) from error
        return tuple(names)

    def versions(self) -> tuple[str, ...]:
        """Return the names of all versions, the oldest first."""
        folder = self.root / _BUNDLES
        if not folder.is_dir():
            return ()
        return tuple(sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")))

    def folder_of(self, name: str) -> Path:
        """Return the folder of a version."""
        return self._shipped if name == SHIPPED else self.root / _BUNDLES / name

    @contextmanager
    def staged(self, source: Path) -> Iterator[Bundle]:
        """Copy a bundle in and check its files; gone again unless it is ``keep``-t meanwhile.

        Raises:
            WeightsError: there is no bundle, its files are not those recorded, or no room for it.
        """
        bundle = open_bundle(source)
        try:
            (self.root / _BUNDLES).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.root / _BUNDLES, prefix=".new-") as aside:
                folder = Path(aside) / "bundle"
                folder.mkdir()
                for path in travelling_files(bundle.folder):
                    shutil.copyfile(path, folder / path.name)
                copied = open_bundle(folder)
                check_files(copied)
                yield copied
        except OSError as error:
            raise WeightsError(
                f"A bundle put into service is copied to {self.root}, which must have room for it: "
                f"{error.strerror}. Free some space."
            ) from error

    def put(self, staged: Bundle) -> InService:
        """Make a staged bundle a version and let it serve from now on."""
        with self._locked():
            taken = [int(name[:4]) for name in self.versions() if name[:4].isdigit()]
            name = f"{max(taken, default=0) + 1:04}-{staged.info.weights_hash[:12]}"
            staged.folder.replace(self.folder_of(name))
            self._point([*self._known_history(), name])
        return InService(name, self.folder_of(name))

    def take_back(self) -> InService:
        """Let what served before serve again.

        Raises:
            WeightsError: nothing served before, or it cannot be used any more.
        """
        with self._locked():
            history = self.history()
            if len(history) < 2:
                raise WeightsError("Nothing was put into service, so nothing can be taken back.")
            before = history[-2]
            check_files(open_bundle(self.folder_of(before)))
            self._point(history[:-1])
        return InService(before, self.folder_of(before))

    def remove(self, name: str) -> None:
        """Delete a version that does not serve.

        Raises:
            WeightsError: there is no such version, or it serves.
        """
        with self._locked():
            if name not in self.versions() or name == self.in_service().name:
                raise WeightsError(
                    f"A version that does not serve can be removed. Received: {name!r}, which "
                    "serves or is none."
                )
            self._point([n for n in self._known_history() if n != name])
            aside = self.root / _BUNDLES / f".removed-{name}"
            self.folder_of(name).replace(aside)
            shutil.rmtree(aside)

    def _known_history(self) -> tuple[str, ...]:
        try:
            return self.history()
        except WeightsError:
            return (SHIPPED,)

    def _point(self, history: "list[str] | tuple[str, ...]") -> None:
        aside = self.root / f"{_POINTER}.new"
        with aside.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"history": list(history)}, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.root / _POINTER)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            taken = filelock.FileLock(self.root / ".lock", thread_local=False).acquire(_PATIENCE)
        except filelock.Timeout as error:
            raise WeightsError(
                f"One process at a time changes what serves. {self.root} is in use by another. "
                "Try again in a moment."
            ) from error
        with taken:
            yield


def models_folder() -> Path:
    """Return the folder of the weights that serve where nothing was put into service."""
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else DEFAULT_FOLDER


def service_store() -> BundleStore:
    """Return the store that this installation's app serves from."""
    named = os.environ.get(SERVICE_VARIABLE)
    root = Path(named) if named else DEFAULT_FOLDER.with_name("service")
    return BundleStore(root, models_folder())
