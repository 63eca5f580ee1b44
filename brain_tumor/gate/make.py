"""Makes the gate and the index of similar cases for a bundle, and says how good they are."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from brain_tumor.data.dataset import TESTING, TRAINING, Dataset, fingerprint, read_dataset
from brain_tumor.errors import BrainTumorError
from brain_tumor.gate.collect import Collection, collect, folder_hash
from brain_tumor.gate.families import TRAIN, VALIDATION
from brain_tumor.gate.fit import Fitting
from brain_tumor.gate.gate import ARRAYS_FILE, GATE
from brain_tumor.gate.judge import Judge
from brain_tumor.gate.measure import choose_threshold, measure
from brain_tumor.model.companion import write_companion
from brain_tumor.pipeline import Classifier
from brain_tumor.similar import INDEX, open_similar_cases
from brain_tumor.similar_index import Cases, build_index, measure_index

EVALUATION_FILE: Final = "gate-evaluation.json"
FORMAT: Final = 1

_PACKAGES: Final = ("numpy", "opencv-python-headless", "scikit-learn", "scikit-image", "matplotlib")
_RANGE: Final = (0.5, 99.5)  # percentiles of the training scans' facts

Notify = Callable[[str, int, int], object]
Record = dict[str, Any]


def make_gate(
    classifier: Classifier,
    data: Path,
    pictures: Path | None,
    *,
    work: Path | None = None,
    command: str = "",
    notify: Notify,
) -> Record:
    """Fit and measure the gate, build the index, and write both beside the weights.

    Args:
        classifier: the bundle that they are for.
        data: the data set's folder.
        pictures: a folder with a folder of image files for each further family of strangers.
        work: a file that keeps what the network said of the pictures; where it exists already,
            and is of the same weights and data, it is read instead of asking the network again.
        command: recorded.
        notify: told of the progress.

    Returns:
        The evaluation, as it was written to ``EVALUATION_FILE``.

    Raises:
        DatasetError: the data folder lacks what is needed.
        BrainTumorError: ``work`` is of other weights or data.
    """
    dataset = read_dataset(data)
    facts = _provenance(classifier, dataset, pictures, command)
    collection = _collected(classifier, dataset, pictures, work, facts, notify)
    fitting = Fitting(collection)
    out_of_fold = fitting.out_of_fold(notify)
    threshold = choose_threshold(fitting, out_of_fold)
    judge = fitting.judge(np.ones(len(collection.family), bool))
    left_out = fitting.without_family(notify)
    figures = measure(fitting, judge, threshold, out_of_fold, left_out)
    folder = classifier.bundle.folder
    sizes = _write_gate(folder, facts, collection, judge, threshold)
    similar, more = _make_index(classifier, dataset.root, collection, facts, notify)
    record = {
        "format": FORMAT,
        **facts,
        **figures,
        "similar": similar,
        "bytes": sizes | more,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / EVALUATION_FILE).write_text(text + "\n", encoding="utf-8")
    return record


def _provenance(
    classifier: Classifier, dataset: Dataset, pictures: Path | None, command: str
) -> Record:
    count, digest = (0, "") if pictures is None else folder_hash(pictures)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": {name: metadata.version(name) for name in _PACKAGES},
        "engine": classifier.engine.name,
        "weights_hash": classifier.info.weights_hash,
        "data_hash": {name: fingerprint(dataset.split(name)) for name in (TRAINING, TESTING)},
        "pictures": {"files": count, "hash": digest},
    }


def _collected(
    classifier: Classifier,
    dataset: Dataset,
    pictures: Path | None,
    work: Path | None,
    facts: Record,
    notify: Notify,
) -> Collection:
    key = json.dumps([facts[name] for name in ("weights_hash", "data_hash", "pictures")])
    if work is not None and work.is_file():
        stored, collection = Collection.load(work)
        if stored != key:
            raise BrainTumorError(
                "--work must name a new file, or one of the same weights, data and pictures. "
                f"Received: {work}, which is of others. Remove it or name another."
            )
        return collection
    collection = collect(classifier, dataset, pictures, notify)
    if work is not None:
        collection.save(work, key)
    return collection


def _write_gate(
    folder: Path, facts: Record, collection: Collection, judge: Judge, threshold: float
) -> dict[str, int]:
    known = collection.evidence.facts[collection.where(TRAIN)]
    low, high = np.percentile(known, _RANGE, axis=0).astype(np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **judge.to_arrays(), **{"facts/low": low, "facts/high": high})  # type: ignore[arg-type]
    record = {name: value for name, value in facts.items() if name != "weights_hash"}
    files = {ARRAYS_FILE: buffer.getvalue()}
    record["threshold"] = threshold
    write_companion(folder, GATE, facts["weights_hash"], files, record)
    return {name: len(content) for name, content in files.items()}


def _make_index(
    classifier: Classifier, root: Path, collection: Collection, facts: Record, notify: Notify
) -> tuple[Record, dict[str, int]]:
    cases, queries = (_cases(collection, name) for name in (TRAIN, VALIDATION))
    files = build_index(root, cases, notify)
    record = {name: value for name, value in facts.items() if name != "weights_hash"}
    write_companion(classifier.bundle.folder, INDEX, facts["weights_hash"], files, record)
    index = open_similar_cases(classifier.bundle)
    assert index is not None  # it was written for this bundle
    figures = measure_index(index, cases, queries)
    return figures, {name: len(content) for name, content in files.items()}


def _cases(collection: Collection, family: str) -> Cases:
    rows = np.flatnonzero(collection.where(family))
    return Cases(
        features=collection.evidence.features[rows],
        labels=collection.label[rows],
        names=tuple(collection.name[rows].tolist()),
        groups=collection.group[rows],
    )
