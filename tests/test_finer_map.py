import cv2
import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.finer_map import SHIFTS, with_finer_maps
from brain_tumor.imaging.crop import Crop, CropBox
from brain_tumor.imaging.decode import Scan, decode_file
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import standardise
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from brain_tumor.model.engine import RawOutput
from brain_tumor.pipeline import Classifier, load_classifier
from tests.conftest import ROOT
from tests.fakes import GRID, QuadrantEngine, fake_classifier, head

FINER = CellGrid(side=224, offset=0.0, stride=16.0)


class SamplingEngine(QuadrantEngine):
    """A class's map is the light at each cell's centre, the same for every class."""

    def infer(self, inputs: np.ndarray) -> RawOutput:
        raw = super().infer(inputs)
        light = (inputs[:, ::32, ::32, :1] + 1) * 127.5
        return RawOutput(raw.logits, np.repeat(light, 4, axis=-1).astype(np.float32), raw.features)


def scan_of(pixels: np.ndarray) -> Scan:
    return Scan(pixels, 0.0, "PNG", "L", 8)


def whole(side: int = 224) -> Crop:
    return Crop(CropBox(0, 0, side, side), points=None, mask=None, found=True, note="")


def ramp() -> np.ndarray:
    """Every pixel says where it is: brighter to the right and, half as much, downwards."""
    across = np.arange(224)
    return np.asarray((2 * across[None, :] + across[:, None]) * 255 // 669, dtype=np.uint8)


def test_each_finer_cell_sees_what_lies_at_its_centre() -> None:
    classifier = Classifier(fake_classifier().bundle, SamplingEngine())
    given = scan_of(ramp())
    answer = classifier.classify(given, whole())
    finer = with_finer_maps(classifier, given, answer)

    square = standardise(given.pixels, whole().box)
    assert answer.maps.shape == (7, 7, 4) and answer.grid == GRID
    assert finer.maps.shape == (14, 14, 4) and finer.maps.dtype == np.float32
    assert finer.grid == FINER
    assert np.allclose(finer.maps[:, :, 2], square[::16, ::16], atol=0.01)


def test_three_more_images_in_one_batch_and_the_class_stays() -> None:
    classifier = fake_classifier()
    given = scan_of(head(1))
    answer = classifier.classify(given)
    assert isinstance(classifier.engine, QuadrantEngine)
    classifier.engine.batches.clear()
    finer = with_finer_maps(classifier, given, answer)

    assert classifier.engine.batches == [SHIFTS * SHIFTS - 1]
    assert np.array_equal(finer.probabilities, answer.probabilities)
    assert np.array_equal(finer.maps[::2, ::2], answer.maps)
    assert (finer.crop, finer.label) == (answer.crop, answer.label)
    assert with_finer_maps(classifier, given, finer) is finer
    assert classifier.engine.batches == [SHIFTS * SHIFTS - 1]


@pytest.mark.parametrize("size", [224, 448])
def test_a_spot_between_the_networks_cells_is_drawn_where_it_is(size: int) -> None:
    classifier = Classifier(fake_classifier().bundle, SamplingEngine())
    dark = np.full((size, size), 20, np.uint8)
    dark[0, :] = 0
    scale = size // 224
    # A 12 pixel disc at 112, 80 of the input: half way between the network's own cells.
    cv2.circle(dark, (112 * scale, 80 * scale), 6 * scale, 250, cv2.FILLED)
    given = scan_of(dark)
    answer = classifier.classify(given, whole(size))
    plain = classifier.explain(given, answer)
    finer = classifier.explain(given, with_finer_maps(classifier, given, answer))

    at = np.unravel_index(finer.argmax(), finer.shape)
    assert np.hypot(at[0] - 80 * scale, at[1] - 112 * scale) <= 2 * scale
    assert finer[at] == 1
    assert finer.mean() < 0.5 * plain.mean()  # the network's own cells do not see the spot


def test_what_is_shifted_in_is_black() -> None:
    class Keep(QuadrantEngine):
        def infer(self, inputs: np.ndarray) -> RawOutput:
            self.seen = inputs
            return super().infer(inputs)

    engine = Keep()
    classifier = Classifier(fake_classifier().bundle, engine)
    given = scan_of(np.asarray(ramp() // 2 + 60, np.uint8))
    answer = classifier.classify(given, whole())
    original = engine.seen[0]
    with_finer_maps(classifier, given, answer)
    right, down, both = engine.seen
    assert np.array_equal(right[:, :-16], original[:, 16:])
    assert np.array_equal(down[:-16], original[16:])
    assert np.array_equal(both[:-16, :-16], original[16:, 16:])
    assert {*right[:, -16:].flat, *down[-16:].flat, *both[-16:].flat} == {-1.0}


@pytest.mark.slow
@pytest.mark.skipif(not (DEFAULT_FOLDER / SIDECAR).is_file(), reason="no weights here")
@pytest.mark.parametrize("label", [name for name in CLASSES if name != "notumor"])
def test_the_shipped_weights_see_the_same_tumour_in_finer_cells(label: str) -> None:
    classifier = load_classifier(engine="openvino")
    given = decode_file(ROOT / "assets" / f"sample-{label}.jpg")
    answer = classifier.classify(given)
    finer = with_finer_maps(classifier, given, answer)
    coarse, fine = (classifier.explain(given, one) for one in (answer, finer))
    assert finer.maps.shape == (14, 14, 4)
    assert np.corrcoef(coarse.ravel(), fine.ravel())[0, 1] > 0.8
    distance = np.subtract(
        np.unravel_index(coarse.argmax(), coarse.shape), np.unravel_index(fine.argmax(), fine.shape)
    )
    assert np.hypot(*distance) < 32 * max(coarse.shape) / 224
