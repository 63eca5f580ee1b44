"""Volumes: planes as a radiologist sees them, proportions, and NIfTI in every orientation."""

import gzip
from itertools import permutations, product

import nibabel
import numpy as np
import pytest

from brain_tumor.errors import DecodeError, ImageTooLargeError, ImageTooSmallError, NiftiError
from brain_tumor.intake import nifti as module
from brain_tumor.intake.nifti import is_nifti, read_nifti
from brain_tumor.intake.volume import (
    Volume,
    display_size,
    slice_count,
    slice_of,
    square_pixels,
    usable_planes,
)
from brain_tumor.pipeline import prepare
from tests.intake.files import make_nifti, phantom

PHANTOM = phantom()  # (Z, Y, X)
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
XYZ = np.ascontiguousarray(PHANTOM.transpose(2, 1, 0))
EXPECTED = np.rint(PHANTOM / 1000 * 255)


def volume(voxels: np.ndarray, spacing: tuple[float, float, float] = (1, 1, 1)) -> Volume:
    return Volume(voxels, spacing, "SAR", "axial", "NIfTI", "uint8", 8)


def marked(z: int, y: int, x: int) -> Volume:
    voxels = np.zeros((40, 44, 48), np.uint8)
    voxels[z, y, x] = 255
    return volume(voxels)


# Planes


def test_axial_has_the_nose_up_and_the_patients_right_on_the_left() -> None:
    scan = slice_of(marked(5, 43, 47), "axial", 5)  # front and right
    assert scan.pixels.shape == (44, 48)
    assert scan.pixels[0, 0] == 255 and scan.pixels.sum() == 255


def test_coronal_has_the_head_up_and_the_patients_right_on_the_left() -> None:
    scan = slice_of(marked(39, 7, 47), "coronal", 7)  # top and right
    assert scan.pixels.shape == (40, 48)
    assert scan.pixels[0, 0] == 255 and scan.pixels.sum() == 255


def test_sagittal_has_the_head_up_and_the_nose_on_the_left() -> None:
    scan = slice_of(marked(39, 43, 9), "sagittal", 9)  # top and front
    assert scan.pixels.shape == (40, 44)
    assert scan.pixels[0, 0] == 255 and scan.pixels.sum() == 255


def test_slices_are_counted_and_others_refused() -> None:
    one = marked(0, 0, 0)
    assert [slice_count(one, plane) for plane in one.planes] == [40, 44, 48]
    with pytest.raises(IndexError, match="slices 0 to 39"):
        slice_of(one, "axial", 40)
    with pytest.raises(IndexError):
        slice_of(one, "axial", -1)
    with pytest.raises(ValueError, match="has the planes axial, coronal, sagittal"):
        slice_of(one, "acquired", 0)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_slices_have_the_patients_proportions(plane: str) -> None:
    thick = volume(PHANTOM.astype(np.uint8), (3.0, 0.5, 0.75))
    scan = slice_of(thick, plane, 4)
    extent = dict(zip("zyx", (40 * 3.0, 44 * 0.5, 48 * 0.75), strict=True))
    down, across = {"axial": "yx", "coronal": "zx", "sagittal": "zy"}[plane]
    assert scan.pixels.shape == display_size(thick, plane)
    assert scan.height / scan.width == pytest.approx(extent[down] / extent[across], rel=0.03)
    assert prepare(scan, 224).square.shape == (224, 224)


def test_a_plane_that_is_too_small_is_refused() -> None:
    flat = volume(np.zeros((5, 64, 64), np.uint8), (2.0, 1.0, 1.0))
    assert usable_planes(flat) == ("axial",)
    assert slice_of(flat, "axial", 0).pixels.shape == (64, 64)
    with pytest.raises(ImageTooSmallError, match=r"at least 32 pixels.*is 64 x 10"):
        slice_of(flat, "coronal", 0)


def test_extreme_proportions_stay_within_the_largest_side() -> None:
    shown = square_pixels(np.zeros((8000, 8000), np.uint8), 1.0, 4.0)
    assert shown.shape == (2048, 8192)


@pytest.mark.parametrize(
    ("voxels", "spacing", "match"),
    [
        (np.zeros((3, 3), np.uint8), (1, 1, 1), "uint8 of shape"),
        (np.zeros((3, 3, 3)), (1, 1, 1), "uint8 of shape"),
        (np.zeros((3, 3, 3), np.uint8), (0, 1, 1), "Spacings must be"),
    ],
)
def test_volumes_judge_themselves(voxels: np.ndarray, spacing: tuple, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        volume(voxels, spacing)


def test_voxels_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        marked(0, 0, 0).voxels[0, 0, 0] = 1


# NIfTI

ORIENTATIONS = [
    "".join(letters) for order in permutations(("RL", "AP", "SI")) for letters in product(*order)
]


@pytest.mark.parametrize("letters", ORIENTATIONS)
def test_every_orientation_gives_the_same_volume(letters: str) -> None:
    affine = np.diag([1.0, 1.5, 2.0, 1.0])
    image = nibabel.Nifti1Image(XYZ, affine)
    turn = nibabel.orientations.ornt_transform(
        nibabel.orientations.io_orientation(affine), nibabel.orientations.axcodes2ornt(letters)
    )
    turned = image.as_reoriented(turn)
    assert "".join(nibabel.aff2axcodes(turned.affine)) == letters
    result = read_nifti(turned.to_bytes())
    assert (result.voxels == EXPECTED).all()
    assert result.spacing == pytest.approx((2.0, 1.5, 1.0))
    assert result.orientation == "SAR" and result.native == "axial"


def test_there_are_48_orientations() -> None:
    assert len(set(ORIENTATIONS)) == 48


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packed", [False, True])
def test_versions_and_gzip(version: int, packed: bool) -> None:
    data = make_nifti(XYZ, version=version)
    data = gzip.compress(data) if packed else data
    assert is_nifti(data)
    assert (read_nifti(data).voxels == EXPECTED).all()


def test_gzip_in_parts() -> None:
    data = make_nifti(XYZ)
    parts = [gzip.compress(data[at : at + 5000]) for at in range(0, len(data), 5000)]
    assert (read_nifti(b"".join(parts)).voxels == EXPECTED).all()


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "i4", "u4", "f4", "f8", "i8", ">i2"])
def test_kinds_of_voxels(dtype: str) -> None:
    values = (XYZ // 10).astype(dtype)
    result = read_nifti(_image(values))
    assert np.abs(result.voxels - np.rint(PHANTOM // 10 / 100 * 255)).max() <= 1
    assert result.bits == values.dtype.itemsize * 8


def _image(values: np.ndarray) -> bytes:
    image = nibabel.Nifti1Image(values, np.eye(4), dtype=values.dtype)
    return image.to_bytes()


def test_scale_slopes() -> None:
    plain = read_nifti(make_nifti(XYZ)).voxels
    assert (read_nifti(make_nifti(XYZ, slope=2.5)).voxels == plain).all()
    inverse = read_nifti(_with_slope(make_nifti(XYZ), -2.0))
    assert (inverse.voxels == 255 - plain).all()
    for unusable in (0.0, np.nan, np.inf):
        assert (read_nifti(_with_slope(make_nifti(XYZ), unusable)).voxels == plain).all()


def _with_slope(data: bytes, slope: float) -> bytes:
    return patched(data, 112, np.float32(slope).tobytes())


def patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def test_nan_and_infinities_count_as_the_minimum() -> None:
    values = XYZ.astype(np.float32)
    values[3, 3, 3], values[4, 4, 4], values[5, 5, 5] = np.nan, np.inf, -np.inf
    result = read_nifti(make_nifti(values))
    assert result.voxels[3, 3, 3] == result.voxels[4, 4, 4] == result.voxels[5, 5, 5] == 0
    others = np.isfinite(values.transpose(2, 1, 0))
    assert (result.voxels[others] == EXPECTED[others]).all()
    assert (read_nifti(make_nifti(np.full_like(values, np.nan))).voxels == 0).all()


def test_of_several_volumes_the_first_is_used_and_said_so() -> None:
    several = np.stack([XYZ, XYZ // 2, XYZ // 3], axis=-1)
    result = read_nifti(gzip.compress(make_nifti(several)))
    assert (result.voxels == EXPECTED).all()
    assert "The file holds 3 volumes: the first one is used." in result.notes


def test_thick_slices_decide_the_native_plane() -> None:
    assert read_nifti(make_nifti(XYZ, np.diag([1, 4.0, 1, 1]))).native == "coronal"


def test_an_unknown_position_is_said() -> None:
    result = read_nifti(patched(make_nifti(XYZ), 252, bytes(4)))
    assert any("sides may be exchanged" in note for note in result.notes)


@pytest.mark.parametrize("first", [0.0, 1e-9, np.nan])
def test_a_geometry_that_makes_no_sense_is_mended(first: float) -> None:
    result = read_nifti(patched(make_nifti(XYZ), 280, np.float32(first).tobytes()))
    assert result.spacing == (1.0, 1.0, 1.0)
    assert any("makes no sense" in note for note in result.notes)


def test_axes_that_coincide_are_refused() -> None:
    rows = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]], "<f4")
    with pytest.raises(DecodeError, match="geometry is not usable: two axes coincide"):
        read_nifti(patched(make_nifti(XYZ), 280, rows.tobytes()))


@pytest.mark.parametrize(
    ("data", "error", "match"),
    [
        (make_nifti(XYZ)[:-1], NiftiError, "ends before its volume is complete"),
        (gzip.compress(make_nifti(XYZ))[:-400], NiftiError, "ends before"),
        (make_nifti(XYZ[..., 0]), NiftiError, "three dimensions"),
        (make_nifti(XYZ.astype(np.complex64)), NiftiError, "whole numbers or floating"),
        (make_nifti(np.zeros((40, 40, 40), RGB)), NiftiError, "colour"),
        (make_nifti(XYZ).replace(b"n+1\0", b"ni1\0"), NiftiError, "one of a pair"),
        (patched(make_nifti(XYZ), 108, bytes(4)), NiftiError, "where its voxels start"),
        (make_nifti(XYZ)[:347] + b"\0", NiftiError, "ends before"),
    ],
    ids=range(8),
)
def test_refusals_state_the_rule(data: bytes, error: type[DecodeError], match: str) -> None:
    with pytest.raises(error, match=match):
        read_nifti(data)


# Bombs


def _with_shape(data: bytes, *shape: int) -> bytes:
    return data[:40] + np.array([len(shape), *shape], "<i2").tobytes().ljust(16, b"\1") + data[56:]


def test_a_giant_is_refused_by_its_header() -> None:
    data = _with_shape(make_nifti(XYZ), 2000, 2000, 2000)
    for one in (data, gzip.compress(data)):
        with pytest.raises(ImageTooLargeError, match=r"67108864 voxels.*2000 x 2000 x 2000"):
            read_nifti(one)


def test_no_more_is_unpacked_than_the_first_volume_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = 0
    real = module._first_bytes

    def counting(data: bytes, count: int) -> bytes | bytearray:
        nonlocal unpacked
        body = real(data, count)
        unpacked += len(body)
        return body

    monkeypatch.setattr(module, "_first_bytes", counting)
    bomb = gzip.compress(make_nifti(XYZ) + bytes(50_000_000))
    assert len(bomb) < 500_000
    assert (read_nifti(bomb).voxels == EXPECTED).all()
    assert unpacked < 2 * XYZ.nbytes


def test_bytes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 100_000)
    with pytest.raises(ImageTooLargeError, match="at most 0 MiB"):
        read_nifti(gzip.compress(make_nifti(np.zeros((64, 64, 64), np.int16))))
