"""Series: order, places, gaps, geometry, several frames a file."""

import random
from itertools import product

import numpy as np
import pytest

from brain_tumor.imaging.decode import Scan
from brain_tumor.intake import series as module
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Study
from brain_tumor.intake.volume import Volume, slice_of
from tests.intake.files import AXIAL, axial_series, item, make_dicom, phantom, voi

PHANTOM = phantom()


def named(files: list[bytes]) -> list[tuple[str, bytes]]:
    return [(f"IM{i:04}", data) for i, data in enumerate(files)]


def only(files: list[bytes]) -> Study:
    result = read_uploads(named(files))
    assert result.problems == ()
    (study,) = result.studies
    return study


def volume_of(files: list[bytes]) -> Volume:
    content = only(files).content
    assert isinstance(content, Volume)
    return content


def eight_bits(values: np.ndarray) -> np.ndarray:
    return np.rint(values / values.max() * 255)


def test_a_shuffled_series_comes_out_in_order() -> None:
    files = axial_series(PHANTOM)
    random.Random(3).shuffle(files)
    study = only(files)
    volume = study.content
    assert isinstance(volume, Volume)
    assert np.abs(volume.voxels - eight_bits(PHANTOM)).max() <= 1
    assert volume.spacing == (2.0, 1.0, 1.0)
    assert volume.orientation == "SAR" and volume.native == "axial"
    assert (study.name, study.modality, study.files, study.notes) == ("MR series 1", "MR", 40, ())


def test_an_axial_slice_is_shown_as_stored() -> None:
    volume = volume_of(axial_series(PHANTOM))
    shown = slice_of(volume, "axial", 5)
    assert (shown.pixels == volume.voxels[5, ::-1, ::-1]).all()


@pytest.mark.parametrize("flips", list(product((1, -1), repeat=2)))
@pytest.mark.parametrize("plane", ["coronal", "sagittal", "axial"])
def test_every_way_of_scanning_gives_the_same_volume(plane: str, flips: tuple[int, int]) -> None:
    """Slices along any axis, rows and columns running either way: LPS directions by hand."""
    axes = {"axial": (0, 1, 2), "coronal": (1, 0, 2), "sagittal": (2, 0, 1)}[plane]
    ras = {0: np.array([0, 0, 1.0]), 1: np.array([0, 1.0, 0]), 2: np.array([1.0, 0, 0])}
    lps = {axis: direction * [-1, -1, 1] for axis, direction in ras.items()}
    across, down, along = axes
    size = PHANTOM.shape
    files = []
    for index in range(size[across]):
        image = np.take(PHANTOM, index, axis=across)  # (down, along), growing
        corner = index * lps[across]
        if flips[0] < 0:
            image, corner = image[::-1], corner + (size[down] - 1) * lps[down]
        if flips[1] < 0:
            image, corner = image[:, ::-1], corner + (size[along] - 1) * lps[along]
        files.append(
            make_dicom(
                np.ascontiguousarray(image),
                ImageOrientationPatient=[*(flips[1] * lps[along]), *(flips[0] * lps[down])],
                ImagePositionPatient=list(corner),
                PixelSpacing=[1, 1],
            )
        )
    volume = volume_of(files)
    assert volume.native == plane
    assert np.abs(volume.voxels - eight_bits(PHANTOM)).max() <= 1


def test_without_positions_numbers_decide_and_nothing_is_said_of_sides() -> None:
    files = [make_dicom(PHANTOM[z + 10], InstanceNumber=z + 1) for z in range(10)]
    study = only(files[::-1])
    volume = study.content
    assert isinstance(volume, Volume)
    assert volume.planes == ("acquired",) and volume.orientation is None
    means = volume.voxels.mean(axis=(1, 2))
    assert (np.diff(means) > 0).all()
    assert any("do not say where they lie" in note for note in study.notes)
    assert (slice_of(volume, "acquired", 0).pixels == volume.voxels[0]).all()


def test_gaps_are_reported() -> None:
    files = axial_series(PHANTOM)
    volume = volume_of(files[:10] + files[13:])
    assert volume.spacing[0] == 2.0
    assert volume.notes == (
        "About 3 slices are missing, in 1 gaps: proportions are not true there.",
    )


def test_slices_in_one_place_are_reported() -> None:
    twice = axial_series(PHANTOM) + axial_series(PHANTOM // 2, EchoTime=9)
    volume = volume_of(twice)
    assert volume.voxels.shape == PHANTOM.shape
    assert "There are 2 slices in each place: the first of each is used." in volume.notes
    once_more = volume_of(axial_series(PHANTOM) + axial_series(PHANTOM // 2, EchoTime=9)[:1])
    assert "1 slices lie where another one does: the first of each is used." in once_more.notes


def test_a_file_sent_twice_counts_once() -> None:
    files = axial_series(PHANTOM)
    result = read_uploads(named([*files, files[4]]))
    (problem,) = result.problems
    assert "counts once" in problem.message
    (study,) = result.studies
    assert study.files == len(files) and study.notes == ()


def test_series_and_directions_are_kept_apart() -> None:
    files = axial_series(PHANTOM[:4])
    other = axial_series(PHANTOM[:4], SeriesInstanceUID="1.2.3.4")
    turned = [
        make_dicom(PHANTOM[0], ImageOrientationPatient=[1, 0, 0, 0, 0, -1], PixelSpacing=[1, 1])
    ]
    result = read_uploads(named([*files, *other, *turned]))
    assert [study.files for study in result.studies] == [4, 4, 1]
    assert isinstance(result.studies[2].content, Scan)


def test_a_damaged_slice_does_not_stop_the_series() -> None:
    files = axial_series(PHANTOM)
    files[7] = files[7][:-100]
    result = read_uploads(named(files))
    (study,) = result.studies
    assert study.files == len(files) - 1
    assert any("About 1 slices are missing" in note for note in study.notes)
    (problem,) = result.problems
    assert problem.name == "IM0007" and problem.kind == "DicomError"


def test_slices_of_different_scales_are_comparable() -> None:
    files = []
    for z in range(4):
        slope = z + 1
        stored = (PHANTOM[39] // slope).astype(np.int16)
        files.append(
            make_dicom(
                stored,
                RescaleSlope=slope,
                RescaleIntercept=0,
                ImageOrientationPatient=list(AXIAL),
                ImagePositionPatient=[0, 0, z],
                PixelSpacing=[1, 1],
            )
        )
    voxels = volume_of(files).voxels.astype(int)
    assert np.abs(voxels - voxels[0]).max() <= 5


def test_one_window_serves_all_slices() -> None:
    files = [
        make_dicom(
            PHANTOM[z],
            WindowCenter=str(300 + 100 * z),
            WindowWidth="400",
            ImageOrientationPatient=list(AXIAL),
            ImagePositionPatient=[0, 0, z],
        )
        for z in range(3)
    ]
    volume = volume_of(files)
    expected = np.clip((PHANTOM[0] - (400 - 0.5)) / 399 + 0.5, 0, 1) * 255
    assert np.abs(volume.voxels[0, ::-1, ::-1] - np.rint(expected)).max() == 0
    assert any("median one" in note for note in volume.notes)


def test_a_window_applies_to_each_slices_own_scale() -> None:
    files = [
        make_dicom(
            (PHANTOM[39] // (z + 1)).astype(np.int16),
            RescaleSlope=z + 1,
            RescaleIntercept=-10 * z,
            WindowCenter="500",
            WindowWidth="400",
            ImageOrientationPatient=list(AXIAL),
            ImagePositionPatient=[0, 0, z],
        )
        for z in range(3)
    ]
    volume = volume_of(files)

    for z in range(3):
        values = PHANTOM[39] // (z + 1) * (z + 1) - 10 * z
        expected = np.rint(np.clip((values - 499.5) / 399 + 0.5, 0, 1) * 255)
        assert np.abs(volume.voxels[z, ::-1, ::-1] - expected).max() == 0


@pytest.mark.parametrize("step", [0, 100])
def test_one_voi_table_serves_all_slices_or_none_does(step: int) -> None:
    table = np.linspace(65535, 0, 1001).astype(np.uint16)  # low values are white
    files = [
        make_dicom(
            PHANTOM[z],
            **voi(step * z, table),
            ImageOrientationPatient=list(AXIAL),
            ImagePositionPatient=[0, 0, z],
        )
        for z in range(3)
    ]
    volume = volume_of(files)
    shown = volume.voxels[0, ::-1, ::-1]

    # With one table for all, low values are white; else the range counts, and low ones are black.
    expected = (
        np.rint(table[PHANTOM[0]] / 257) if step == 0 else PHANTOM[0] / PHANTOM[:3].max() * 255
    )
    assert np.abs(shown - expected).max() <= 1
    assert any("grey tables of their own" in note for note in volume.notes) is (step != 0)


def test_oblique_stacks_say_so() -> None:
    angle = np.radians(30)
    down = [0, float(np.cos(angle)), float(np.sin(angle))]
    normal = np.cross([1, 0, 0], down)
    files = [
        make_dicom(
            PHANTOM[z],
            ImageOrientationPatient=[1, 0, 0, *down],
            ImagePositionPatient=list(normal * z),
            PixelSpacing=[1, 1],
        )
        for z in range(8)
    ]
    assert any("obliquely" in note for note in volume_of(files).notes)


# Several frames a file


def test_frames_of_an_enhanced_file_are_placed_one_by_one() -> None:
    order = list(range(len(PHANTOM)))
    random.Random(5).shuffle(order)
    frames = np.stack([PHANTOM[z, ::-1, ::-1] for z in order])
    data = make_dicom(
        frames,
        SharedFunctionalGroupsSequence=[
            item(
                PlaneOrientationSequence=[item(ImageOrientationPatient=list(AXIAL))],
                PixelMeasuresSequence=[item(PixelSpacing=[1.0, 1.0], SliceThickness=3.0)],
            )
        ],
        PerFrameFunctionalGroupsSequence=[
            item(PlanePositionSequence=[item(ImagePositionPatient=[0.0, 0.0, 3.0 * z])])
            for z in order
        ],
    )
    study = only([data])
    volume = study.content
    assert isinstance(volume, Volume)
    assert volume.spacing == (3.0, 1.0, 1.0)
    assert np.abs(volume.voxels - eight_bits(PHANTOM)).max() <= 1
    assert study.name == "IM0000"


def test_plain_frames_are_a_stack() -> None:
    volume = volume_of([make_dicom(PHANTOM, SpacingBetweenSlices=4, PixelSpacing=[2, 2])])
    assert volume.native == "acquired" and volume.spacing == (4.0, 2.0, 2.0)
    assert (volume.voxels == np.rint(eight_bits(PHANTOM))).all()


# Limits


def test_a_series_of_too_many_slices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FRAMES", 5)
    (problem,) = read_uploads(named(axial_series(PHANTOM[:6]))).problems
    assert problem.kind == "ImageTooLargeError" and "at most 5 slices" in problem.message


def test_volumes_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brain_tumor.intake.intake.MAX_TOTAL_VOXELS", 3 * PHANTOM[:4].size // 2)
    files = axial_series(PHANTOM[:4]) + axial_series(PHANTOM[:4], SeriesInstanceUID="1.2.3.4")
    result = read_uploads(named(files))
    assert len(result.studies) == 1
    (problem,) = result.problems
    assert "voxels together" in problem.message
