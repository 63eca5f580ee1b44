"""The shipped model: weights that travel with a record of what they are.

A bundle is a folder with ``bundle.json`` and the files it names. Whatever a number depends on is in
the record: class order, input, preprocessing version, temperature, hashes. A bundle that does not
fit this code, or whose files are not the ones recorded, is refused.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from brain_tumor import CLASSES
from brain_tumor.errors import WeightsError
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import PREPROCESS_VERSION

SIDECAR: Final = "bundle.json"
FORMAT: Final = 1
DEFAULT_FOLDER: Final = Path(__file__).resolve().parents[2] / "models"

_REMEDY: Final = (
    "Make a bundle with `python -m brain_tumor export`, or restore the models/ folder from the "
    "repository."
)


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What ``bundle.json`` says.

    Attributes:
        classes: class names in the order of the probabilities.
        backbone: the network's name in ``keras.applications``.
        grid: input side in pixels, and where the feature map's cells lie on it.
        preprocess_version: the version of ``imaging.preprocess`` that the weights were trained on.
        temperature: divides the logits before the softmax (Guo et al., 2017).
        review_threshold: calibrated probability under which an answer needs review.
        openvino_files: the int8 network: one ``.xml``, then the parts of its ``.bin`` in order.
        keras_files: the float16 Keras weights, npz parts.
        hashes: SHA-256 of each file.
        data_hash: the hash of the training data (``data.dataset.fingerprint``).
        training: configuration and facts of the run.
        validation: metrics on the validation images.
        versions: of the packages that made the bundle.
        command: what made the bundle.
    """

    classes: tuple[str, ...]
    backbone: str
    grid: CellGrid
    preprocess_version: str
    temperature: float
    review_threshold: float
    openvino_files: tuple[str, ...]
    keras_files: tuple[str, ...]
    hashes: dict[str, str]
    data_hash: str
    training: dict[str, Any] = field(default_factory=dict)
    validation: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    command: str = ""

    @property
    def weights_hash(self) -> str:
        """One SHA-256 for all files of the bundle: what evaluation files name."""
        lines = "".join(f"{self.hashes[name]}  {name}\n" for name in sorted(self.hashes))
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk, its record read and found to fit this code."""

    folder: Path
    info: BundleInfo

    def files(self, names: tuple[str, ...]) -> list[Path]:
        """Return the paths of named files once their hashes have been checked.

        Raises:
            WeightsError: a file is missing or is not the one recorded.
        """
        for name in names:
            path = self.folder / name
            if not path.is_file():
                raise WeightsError(
                    f"The bundle must hold every file it names. Missing: {path}. {_REMEDY}"
                )
            if sha256_of(path) != self.info.hashes.get(name):
                raise WeightsError(
                    f"Weights must be the ones that {SIDECAR} describes. {path} is not: its SHA-256"
                    f" differs. {_REMEDY}"
                )
        return [self.folder / name for name in names]


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_bundle_info(folder: Path, info: BundleInfo) -> Path:
    """Write ``bundle.json`` into ``folder``."""
    path = folder / SIDECAR
    record = {"format": FORMAT, **asdict(info), "weights_hash": info.weights_hash}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


def open_bundle(folder: Path | None = None) -> Bundle:
    """Read a bundle's record and check that this code can use it; the weights are not read.

    Raises:
        WeightsError: there is no bundle, its record is damaged, or it does not fit this code.
    """
    folder = folder or DEFAULT_FOLDER
    path = folder / SIDECAR
    if not path.is_file():
        raise WeightsError(f"There are no weights: {path} does not exist. {_REMEDY}")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("format") != FORMAT:
            raise WeightsError(f"{path} must be of format {FORMAT}. {_REMEDY}")
        recorded_hash = record.pop("weights_hash")
        record["grid"] = CellGrid(**record["grid"])
        for name in ("classes", "openvino_files", "keras_files"):
            record[name] = tuple(record[name])
        info = BundleInfo(**record)
        if info.weights_hash != recorded_hash:
            raise WeightsError(f"{path} is damaged: its hashes do not add up. {_REMEDY}")
        _check_fit(path, info)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{path} is damaged ({type(error).__name__}: {error}). {_REMEDY}"
        ) from error
    return Bundle(folder, info)


def _check_fit(path: Path, info: BundleInfo) -> None:
    wanted = {"classes": CLASSES, "preprocess_version": PREPROCESS_VERSION}
    for name, value in wanted.items():
        if getattr(info, name) != value:
            raise WeightsError(
                f"The weights must fit this code: {name} must be {value}. {path} says "
                f"{getattr(info, name)}. {_REMEDY}"
            )
    for name in (*info.openvino_files, *info.keras_files):
        if Path(name).name != name:
            raise WeightsError(f"A bundle names files of its own folder. {path}: {name}. {_REMEDY}")
    if not (info.grid.side > 0 and info.grid.stride > 0):
        raise WeightsError(
            f"The grid's side and stride lie above 0. {path}: {info.grid}. {_REMEDY}"
        )
    if not (0 < info.temperature < 100 and 0 <= info.review_threshold <= 1):
        raise WeightsError(
            f"A temperature lies above 0 and a threshold in 0..1. {path} says "
            f"{info.temperature} and {info.review_threshold}. {_REMEDY}"
        )
