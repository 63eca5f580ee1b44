"""A real bundle of a few kilobytes: an OpenVINO network that reads light in a 7 x 7 grid."""

from pathlib import Path
from typing import Any

import numpy as np

from brain_tumor import CLASSES
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import PREPROCESS_VERSION
from brain_tumor.model.bundle import BundleInfo, sha256_of, write_bundle_info


def network(kernel: np.ndarray) -> Any:
    """float32 (N, 224, 224, 3) to logits (N, 4), maps (N, 7, 7, 4) and features (N, 3)."""
    import openvino as ov
    from openvino import opset13 as ops

    data = ops.parameter([-1, 224, 224, 3], np.float32)
    planes = ops.transpose(data, np.array([0, 3, 1, 2]))
    cells = ops.avg_pool(planes, [32, 32], [0, 0], [0, 0], [32, 32], True, "floor", "explicit")
    rows = ops.transpose(cells, np.array([0, 2, 3, 1]))
    maps = ops.matmul(rows, kernel.astype(np.float32), False, False)
    axes = np.array([1, 2])
    return ov.Model(
        [ops.reduce_mean(maps, axes), maps, ops.reduce_mean(rows, axes)], [data], "small"
    )


def write_small_bundle(folder: Path, seed: int = 0, scale: float = 10.0) -> BundleInfo:
    """Write a bundle; another seed gives another one, ``scale`` multiplies what it answers."""
    import openvino as ov

    folder.mkdir(parents=True, exist_ok=True)
    kernel = scale * np.random.default_rng(seed).normal(size=(3, 4))
    ov.save_model(network(kernel), folder / "net.xml", compress_to_fp16=False)
    (folder / "net.bin").rename(folder / "net-1.bin")
    np.savez(folder / "net-1.npz", kernel=kernel)
    files = ("net.xml", "net-1.bin", "net-1.npz")
    info = BundleInfo(
        classes=CLASSES,
        backbone="ResNet152V2",
        grid=CellGrid(224, 15.5, 32.0),
        preprocess_version=PREPROCESS_VERSION,
        temperature=1.0,
        review_threshold=0.5,
        openvino_files=files[:2],
        keras_files=files[2:],
        hashes={name: sha256_of(folder / name) for name in files},
        data_hash="f" * 64,
    )
    write_bundle_info(folder, info)
    return info
