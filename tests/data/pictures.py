"""Small data folders with known contents."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image


def pattern(seed: int, height: int = 64, width: int = 64) -> npt.NDArray[np.uint8]:
    """A smooth random picture without symmetry: another seed gives an unlike one."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def write(path: Path, pixels: npt.NDArray[np.uint8]) -> Path:
    """Write a picture in the format that the suffix says; make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def audited_folder(root: Path) -> Path:
    """A set in which each kind of trouble that an audit reports occurs a known number of times.

    Training/glioma      a, a-copy (equal), b
    Training/meningioma  c, broken.png (not an image), notes.txt
    Training/notumor     d
    Training/pituitary   e (128x96, RGB, JPEG)
    Training/other       one image of an unknown class
    Testing/glioma       a-bright (a, brighter and larger), f
    Testing/meningioma   b-mirrored (b of glioma: the labels disagree)
    Testing/notumor      g
    Testing/pituitary    empty
    """
    a, b = pattern(1), pattern(2)
    write(root / "Training/glioma/a.png", a)
    write(root / "Training/glioma/a-copy.png", a)
    write(root / "Training/glioma/b.png", b)
    write(root / "Training/meningioma/c.png", pattern(3))
    (root / "Training/meningioma/broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (root / "Training/meningioma/notes.txt").write_text("notes")
    write(root / "Training/notumor/d.png", pattern(4))
    write(root / "Training/pituitary/e.jpg", np.dstack([pattern(5, 96, 128)] * 3))
    write(root / "Training/other/x.png", pattern(9))
    bright = cv2.resize(a // 2 + 100, (80, 100), interpolation=cv2.INTER_LINEAR)
    write(root / "Testing/glioma/a-bright.png", bright)
    write(root / "Testing/glioma/f.png", pattern(6))
    write(root / "Testing/meningioma/b-mirrored.png", np.ascontiguousarray(b[:, ::-1]))
    write(root / "Testing/notumor/g.png", pattern(7))
    (root / "Testing/pituitary").mkdir(parents=True)
    write(root / "masks/glioma/a.png", (a > 128).astype(np.uint8) * 255)
    (root / "index.csv").write_text("file\n")
    (root / ".hidden").write_text("")
    return root
