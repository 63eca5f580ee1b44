"""A finished run becomes a bundle: quantised, calibrated on validation, and compared before use."""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES, __version__
from brain_tumor.data.dataset import Item, read_dataset
from brain_tumor.errors import TrainingError
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import PREPROCESS_VERSION, to_network_input
from brain_tumor.jobs.layout import CONFIG, FACTS
from brain_tumor.model.bundle import (
    SIDECAR,
    BundleInfo,
    open_bundle,
    sha256_of,
    write_bundle_info,
)
from brain_tumor.model.calibration import fit_temperature, review_threshold, softmax
from brain_tumor.model.export import quantise, save_openvino, serving_model, to_openvino
from brain_tumor.model.network import Network, build_network
from brain_tumor.model.weights_file import load_parts, save_parts, set_weights, tensors_of, to_half
from brain_tumor.training.arrays import Arrays, load_arrays
from brain_tumor.training.config import TrainConfig
from brain_tumor.training.validation import judge

CALIBRATION_IMAGES: Final = 256
MAX_LOSS: Final = 0.002
"""Share of validation images that int8 may lose against float32."""

KEPT_IN_FLOAT: Final[tuple[tuple[int, int], ...]] = ((0, 0), (11, 0), (11, 10))
"""How many convolutions nearest the input and the output stay float32, tried in this order until
int8 loses no more than ``MAX_LOSS``. In ResNet152V2 the stem and the first stage are 11
convolutions, the last stage is 10."""

STEM: Final = "classifier"
_PACKAGES: Final = ("keras", "numpy", "openvino", "nncf", "opencv-python-headless", "pillow")


@dataclass(frozen=True, slots=True)
class Scores:
    """Outputs of a network for a list of images: logits (N, 4), maps (N, h, w, 4)."""

    logits: NDArray[np.float32]
    maps: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, and what quantisation cost on the validation images."""

    folder: Path
    info: BundleInfo
    float32: dict[str, Any]
    int8: dict[str, Any]
    same_class: float


def export_run(
    run_dir: Path,
    to: Path,
    *,
    data: Path | None = None,
    with_keras: bool = True,
    command: str = "",
    say: Callable[[str], None] = lambda text: None,
) -> ExportReport:
    """Make a bundle from a run's best weights.

    Args:
        run_dir: the run folder.
        to: folder of the bundle; an older bundle there is replaced once the new one is complete.
        data: the data folder, where it is no longer the run's own.
        with_keras: include the float16 Keras weights.
        command: recorded in the bundle.
        say: told what is going on.

    Raises:
        TrainingError: the run has no best weights yet, or its data are gone.
    """
    config, facts = _read_run(run_dir)
    say("Reading the images.")
    validation, calibration = _images(config, facts, data)
    network = _network(config, run_dir)
    model = to_openvino(serving_model(network))
    say(f"Running {len(validation)} validation images in float32.")
    reference = run_openvino(model, validation.images)
    exact = _metrics(reference, validation, network.grid)
    for first, last in KEPT_IN_FLOAT:
        say(f"Quantising to int8; the first {first} and last {last} convolutions stay float32.")
        quantised = quantise(model, calibration.images, first, last)
        scores = run_openvino(quantised, validation.images)
        rounded = _metrics(scores, validation, network.grid)
        if exact["accuracy"] - rounded["accuracy"] <= MAX_LOSS:
            break
    else:
        say(f"No quantisation kept the loss under {MAX_LOSS:.1%}: the one that keeps most is used.")
    temperature = fit_temperature(scores.logits, validation.labels)
    threshold = review_threshold(softmax(scores.logits, temperature), validation.labels)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix=".new-") as aside:
        folder = Path(aside)
        network_files = save_openvino(quantised, folder, f"{STEM}-int8")
        keras_files = _save_keras(network, folder) if with_keras else []
        info = BundleInfo(
            classes=CLASSES,
            backbone=config.backbone,
            grid=network.grid,
            preprocess_version=PREPROCESS_VERSION,
            temperature=float(temperature),
            review_threshold=float(threshold),
            openvino_files=tuple(path.name for path in network_files),
            keras_files=tuple(path.name for path in keras_files),
            hashes={path.name: sha256_of(path) for path in [*network_files, *keras_files]},
            data_hash=str(facts["data_hash"]),
            training={
                "runs": lineage(config),
                **facts,
                "identity_blocks": identity_blocks(network),
                "kept_in_float32": [first, last],
            },
            validation={"float32": exact, "int8": rounded},
            versions={
                "brain_tumor": __version__,
                "python": platform.python_version(),
                **{name: metadata.version(name) for name in _PACKAGES},
            },
            command=command,
        )
        write_bundle_info(folder, info)
        replace_bundle(folder, to)
    same = float((scores.logits.argmax(1) == reference.logits.argmax(1)).mean())
    return ExportReport(to, info, exact, rounded, same)


def run_openvino(model: Any, squares: NDArray[np.uint8], batch: int = 8) -> Scores:
    """Run standardised images, uint8 (N, side, side), through an OpenVINO model on the CPU."""
    from brain_tumor.model.openvino_core import openvino_core

    hints = {"INFERENCE_PRECISION_HINT": "f32"}
    request = openvino_core().compile_model(model, "CPU", hints).create_infer_request()
    logits, maps = [], []
    for start in range(0, len(squares), batch):
        results = request.infer([to_network_input(squares[start : start + batch])])
        logits.append(np.array(results[0]))
        maps.append(np.array(results[1]))
    return Scores(np.concatenate(logits), np.concatenate(maps))


def replace_bundle(new: Path, to: Path) -> None:
    """Move a complete bundle into place; the record goes last, so a half-made one is refused."""
    old = {path.name for path in to.glob(f"{STEM}-*")} - {path.name for path in new.iterdir()}
    for path in sorted(new.iterdir(), key=lambda path: path.name == SIDECAR):
        shutil.move(path, to / path.name)
    for name in old:
        (to / name).unlink()


def _read_run(run_dir: Path) -> tuple[TrainConfig, dict[str, Any]]:
    try:
        config = json.loads((run_dir / CONFIG).read_text(encoding="utf-8"))
        facts = json.loads((run_dir / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"A run folder holds {CONFIG} and {FACTS}. {run_dir} cannot be read ({error}). "
            "Give the --run-dir of a training run."
        ) from error
    return TrainConfig.from_dict(config), facts


def identity_blocks(network: Network) -> list[str]:
    """Return the residual blocks whose last convolution is zero: grown, and not yet trained."""
    return [
        layer.name.removesuffix("_3_conv")
        for layer in network.model.layers
        if layer.name.endswith("_3_conv") and not layer.kernel.numpy().any()
    ]


def lineage(config: TrainConfig) -> list[dict[str, Any]]:
    """Return the settings of a run and of the runs that its weights came from, the first first.

    Folders are named without their place on this machine.
    """
    record = config.to_dict()
    for name in ("data", "run_dir", "weights", "validation_list"):
        if record[name]:
            record[name] = Path(record[name]).name
    if config.weights == "shipped":
        return [*open_bundle().info.training.get("runs", []), record]
    parent = Path(config.weights).parent.parent
    if Path(config.weights).suffix == ".npz" and (parent / "config.json").is_file():
        return [*lineage(_read_run(parent)[0]), record]
    return [record]


def _images(config: TrainConfig, facts: dict[str, Any], data: Path | None) -> tuple[Arrays, Arrays]:
    """Return the run's validation images, and training images to calibrate int8 on."""
    items = {item.name: item for item in read_dataset(data or Path(config.data)).items}
    names = set(facts["validation_images"])
    missing = sorted(names - set(items))
    if missing:
        raise TrainingError(
            f"Export needs the run's validation images. {len(missing)} of them are gone, "
            f"{missing[0]} for one. Name the data folder with --data."
        )
    training = [i for i in items.values() if i.name not in names and i.split != "Testing"]
    rng = np.random.default_rng(0)
    chosen: list[Item] = []
    for label in range(len(CLASSES)):
        group = [item for item in training if item.label == label]
        count = min(len(group), CALIBRATION_IMAGES // len(CLASSES))
        chosen += [group[i] for i in rng.choice(len(group), count, replace=False)]
    side = config.side
    return load_arrays([items[name] for name in sorted(names)], side), load_arrays(chosen, side)


def _network(config: TrainConfig, run_dir: Path) -> Network:
    """Build the whole network, whatever part of it was trained, with the run's best weights."""
    best = run_dir / "checkpoints" / "best.npz"
    if not best.is_file():
        raise TrainingError(f"The run has no best weights yet: {best} does not exist.")
    network = build_network(config.backbone, config.side)
    set_weights(network.model, load_parts([best]))
    return network


def _save_keras(network: Network, folder: Path) -> list[Path]:
    return save_parts(to_half(tensors_of(network.model)), folder, f"{STEM}-keras")


def _metrics(scores: Scores, arrays: Arrays, grid: CellGrid) -> dict[str, Any]:
    return asdict(judge(scores.logits, scores.maps, arrays, grid))
