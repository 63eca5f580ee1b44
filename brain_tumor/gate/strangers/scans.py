"""Real scans, changed: so that they are none any more, or only as other scanners would change them.

The functions take a grey scan, uint8 (H, W), and return another.
"""

import cv2
import numpy as np

from brain_tumor.gate.strangers.canvas import Generator, Picture, clouds, letters
from brain_tumor.imaging.crop import find_crop


def scrambled(rng: Generator, scan: Picture) -> Picture:
    """The scan cut into tiles that change places, are turned, or both."""
    count = int(rng.integers(3, 17))
    side = 240 // count
    square = cv2.resize(scan, (side * count, side * count), interpolation=cv2.INTER_AREA)
    tiles = square.reshape(count, side, count, side).swapaxes(1, 2).reshape(-1, side, side)
    tiles = tiles[rng.permutation(len(tiles))]
    if rng.random() < 0.4:
        tiles = np.stack([np.rot90(tile, int(rng.integers(0, 4))) for tile in tiles])
    rows = tiles.reshape(count, count, side, side).swapaxes(1, 2)
    return np.ascontiguousarray(rows.reshape(count * side, count * side))


def sheet(rng: Generator, scan: Picture) -> Picture:
    """A contact sheet: the scan many times over, as a film of a whole series."""
    rows, columns = rng.integers(2, 6, 2)
    small = cv2.resize(scan, (90, 90), interpolation=cv2.INTER_AREA)
    views = (small, small[:, ::-1], cv2.convertScaleAbs(small, alpha=0.7))
    picture = np.vstack(
        [np.hstack([views[int(rng.integers(0, 3))] for _ in range(columns)]) for _ in range(rows)]
    )
    return np.ascontiguousarray(picture)


def warped(rng: Generator, scan: Picture) -> Picture:
    """The scan bent and swirled beyond anatomy."""
    height, width = scan.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = (clouds(rng, height, width, 1.8) * width * rng.uniform(0.06, 0.12) for _ in range(2))
    across, down = x - width / 2, y - height / 2
    turn = rng.uniform(3, 7) * np.exp(-np.hypot(across, down) / (0.35 * width))
    turn = turn * float(rng.random() < 0.6)
    new_x = np.cos(turn) * across - np.sin(turn) * down + width / 2 + dx
    new_y = np.sin(turn) * across + np.cos(turn) * down + height / 2 + dy
    return np.asarray(
        cv2.remap(scan, new_x.astype(np.float32), new_y.astype(np.float32), cv2.INTER_LINEAR)
    )


def mangled(rng: Generator, scan: Picture) -> Picture:
    """The scan's rows shuffled, its phase lost, pixels drowned, edges alone, or blurred away."""
    kind = int(rng.integers(0, 5))
    if kind == 0:
        band = int(rng.integers(1, 16))
        bands = np.array_split(scan, max(2, scan.shape[0] // band))
        return np.ascontiguousarray(np.vstack([bands[i] for i in rng.permutation(len(bands))]))
    if kind == 1:
        amplitude = np.abs(np.fft.rfft2(scan.astype(float)))
        phase = np.angle(np.fft.rfft2(rng.normal(size=scan.shape)))
        field = np.fft.irfft2(amplitude * np.exp(1j * phase), scan.shape)
        low, high = np.percentile(field, [1, 99])
        return np.asarray(np.clip((field - low) / (high - low) * 255, 0, 255), np.uint8)
    if kind == 2:
        drowned = scan * 0.3 + rng.uniform(0, 255, scan.shape) * 0.7
        return np.asarray(np.clip(drowned, 0, 255), np.uint8)
    if kind == 3:
        edges = cv2.Canny(scan, 40, 120)
        return np.asarray(edges if rng.random() < 0.5 else 255 - edges, np.uint8)
    sigma = float(rng.uniform(0.1, 0.2)) * scan.shape[1]
    return np.asarray(cv2.GaussianBlur(scan, (0, 0), sigma), np.uint8)


STRANGE = (scrambled, scrambled, sheet, warped, mangled)
"""What makes a scan none."""


def variant(rng: Generator, scan: Picture) -> Picture:
    """The scan as it might come from elsewhere: contrast, window, inversion, margins, a label,
    sharpness, noise, JPEG, a turn, a tilt, a squeezed or stretched side, the skull cut tight."""
    picture = _placed(rng, scan)
    level = picture / 255.0
    level = np.clip(level, 0, 1) ** float(np.exp(rng.normal(0, 0.45)))
    if rng.random() < 0.3:
        level = level * float(rng.uniform(0.2, 0.8)) + float(rng.uniform(0, 0.2))
    if rng.random() < 0.3:
        shade = clouds(rng, level.shape[0], level.shape[1], 2.5)
        level = level * np.clip(1 + shade * float(rng.uniform(0, 0.2)), 0.3, 1.7)
    if rng.random() < 0.25:
        knots = np.sort(rng.uniform(0, 1, 4))
        knots[[0, -1]] = 0, 1
        inner = np.interp(level, np.linspace(0, 1, 4), rng.permutation([*knots[1:], 0.6]))
        tissue = np.clip(level * 8, 0, 1)  # another sequence's order of greys, on the same black
        level = inner * tissue
    if rng.random() < 0.4:
        sigma = float(rng.uniform(0.3, 1.6)) * level.shape[1] / 224
        level = np.asarray(cv2.GaussianBlur(level, (0, 0), sigma))
    if rng.random() < 0.4:
        level = level + rng.normal(0, rng.uniform(0.005, 0.05), level.shape)
    result = np.asarray(np.clip(level * 255, 0, 255), np.uint8)
    if rng.random() < 0.12:
        result = 255 - result
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 4))):
            letters(rng, result)
    if rng.random() < 0.3:
        _, data = cv2.imencode(
            ".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        )
        result = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return result


def without_skull(rng: Generator, scan: Picture) -> Picture:
    """The scan as a research data set would give it: scalp, skull and face blackened."""
    mask = find_crop(scan).mask
    if mask is None:
        return scan
    height, width = scan.shape
    deep = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    rough = deep / max(float(deep.max()), 1.0) + clouds(rng, height, width, 2.0) * 0.03
    kept = rough > rng.uniform(0.12, 0.3)
    rows, columns = np.nonzero(mask)
    top, left = rows.min(), columns.min()
    tall, wide = rows.max() - top, columns.max() - left
    if rng.random() < 0.7:  # what lies under the brain in slices from the front and the side
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        reach = (rng.uniform(0.4, 0.5) * wide, rng.uniform(0.34, 0.48) * tall)
        across = (x - left - wide * rng.uniform(0.45, 0.55)) / max(reach[0], 1)
        down = (y - top - reach[1] - tall * rng.uniform(0.02, 0.08)) / max(reach[1], 1)
        bumps = clouds(rng, height, width, 2.0) * 0.08
        kept &= np.hypot(across, down) + bumps < 1
    return np.asarray(scan * kept, np.uint8)


def coarse(rng: Generator, scan: Picture) -> Picture:
    """The scan of a fast or an old sequence: a few dozen pixels across."""
    side = int(rng.integers(36, 100))
    small = cv2.resize(scan, (side, side), interpolation=cv2.INTER_AREA)
    large = int(rng.integers(side, 300))
    method = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    return np.asarray(cv2.resize(small, (large, large), interpolation=method), np.uint8)


def _placed(rng: Generator, scan: Picture) -> Picture:
    """Mirror, tilt, scale, stretch, pad and trim the scan on its own background."""
    height, width = scan.shape
    ground = int(np.median(np.concatenate([scan[0], scan[-1], scan[:, 0], scan[:, -1]])))
    tall, wide = (round(side * float(np.exp(rng.normal(0, 0.12)))) for side in (height, width))
    degrees = float(rng.normal(0, 12)) + 90 * int(rng.choice([0, 0, 0, 0, 0, 1, 2, 3]))
    zoom = float(np.exp(rng.normal(-0.05, 0.12)))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    stretch = np.array([[wide / width, 0, 0], [0, tall / height, 0], [0, 0, 1]])
    matrix = (stretch @ np.vstack([turn, [0, 0, 1]]))[:2]
    picture = cv2.warpAffine(scan, matrix, (wide, tall), borderValue=ground)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.3:
        pads = [(int(a), int(b)) for a, b in rng.integers(0, 80, (2, 2))]
        picture = np.pad(picture, pads, constant_values=ground)
    if rng.random() < 0.25:
        a, b, c, d = (round(share) for share in rng.uniform(0, 0.08, 4) * min(tall, wide))
        picture = picture[a : picture.shape[0] - b, c : picture.shape[1] - d]
    return np.ascontiguousarray(picture)
