"""Studies: whatever a file held, one function reads its slices."""

import numpy as np
import pytest

from brain_tumor.errors import DecodeError
from brain_tumor.imaging import decode as decoding
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.encoded import EncodedImage
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Study, objections_of, scan_of
from brain_tumor.intake.volume import Volume, slice_of
from tests.imaging.image_files import encode
from tests.intake.files import BUNDLED, axial_series, make_dicom, make_nifti, make_zip, phantom

PIXELS = np.arange(1600, dtype=np.uint8).reshape(40, 40)
PNG = encode(PIXELS, "PNG")
PHANTOM = phantom()


def only(*files: tuple[str, bytes]) -> Study:
    result = read_uploads(files)
    assert result.problems == ()
    (study,) = result.studies
    return study


def test_an_image_is_its_one_slice() -> None:
    assert (scan_of(only(("a.png", PNG))).pixels == PIXELS).all()


def test_a_dicom_slice_is_its_one_slice() -> None:
    scan = scan_of(only(("a", make_dicom(PHANTOM[20]))))
    assert (scan.file_format, scan.pixels.shape) == ("DICOM", PHANTOM[20].shape)


def test_a_volume_gives_the_slice_asked_for_and_its_middle_by_default() -> None:
    study = only(("brain.nii", make_nifti(PHANTOM)))
    volume = study.content
    assert isinstance(volume, Volume)
    wanted = slice_of(volume, "coronal", 7)
    assert (scan_of(study, "coronal", 7).pixels == wanted.pixels).all()
    middle = slice_of(volume, volume.native, volume.voxels.shape[0] // 2)
    assert (scan_of(study).pixels == middle.pixels).all()


def test_reading_images_decodes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_decode", lambda *_: pytest.fail("decoded"))
    study = only(("a.png", PNG))
    assert study.content == EncodedImage(PNG, 1600)


def test_damage_beyond_the_header_shows_when_the_image_is_decoded() -> None:
    study = only(("cut.png", PNG[:-60]))
    with pytest.raises(DecodeError, match="ends before its image is complete"):
        scan_of(study)


def test_what_a_header_says_is_refused_at_once() -> None:
    wide = encode(np.zeros((40, 9000), np.uint8), "PNG")
    small = encode(np.zeros((8, 8), np.uint8), "PNG")
    problems = read_uploads([("wide", wide), ("small", small), ("header", PNG[:20])]).problems
    assert [p.kind for p in problems] == ["ImageTooLargeError", "ImageTooSmallError", "DecodeError"]


# Folders


def test_a_folder_of_dicom_gives_its_series_and_quiet_problems() -> None:
    directory = (BUNDLED / "dicomdirtests" / "DICOMDIR").read_bytes()
    report = (BUNDLED / "reportsi.dcm").read_bytes()
    series = axial_series(PHANTOM[:6])
    result = read_uploads(
        [
            *((f"CD/DICOM/ser1/IM{i}", data) for i, data in enumerate(series)),
            ("CD/DICOM/ser1/copy of IM0", series[0]),
            ("CD/DICOMDIR", directory),
            ("CD/.DS_Store", b"\0\0\0\1Bud1" + bytes(100)),
            ("CD/._IM0", b"\0\5\x16\7" + bytes(100)),
            ("CD/README.txt", "Übersicht\r\n".encode()),
            ("CD/index.htm", b"<html><body>Viewer</body></html>"),
            ("CD/letter.pdf", b"%PDF-1.7\n\xe2\xe3"),
            ("CD/report", report),
        ]
    )
    (study,) = result.studies
    assert (study.name, study.files, study.folder) == ("MR series 1", 6, "CD/DICOM/ser1")
    assert len(result.problems) == 8
    assert all(problem.incidental for problem in result.problems)
    assert {problem.folder for problem in result.problems} == {"CD", "CD/DICOM/ser1"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PNG[:20],
        b"\x7fELF" + bytes(200),
        bytes(128) + b"DICM" + bytes(40),
        b"\0\0\0\x18ftypheic" + bytes(100),
    ],
    ids=["empty", "cut PNG", "program", "broken DICOM", "HEIC"],
)
def test_what_may_have_been_meant_as_a_scan_is_no_quiet_problem(data: bytes) -> None:
    (problem,) = read_uploads([("scan.png", data)]).problems
    assert not problem.incidental


def test_text_is_known_although_the_cut_parts_a_letter() -> None:
    text = ("a" + "ü" * 3000).encode()
    (problem,) = read_uploads([("notes", text)]).problems
    assert problem.incidental


def test_files_of_one_name_in_two_folders_are_one_series_of_two() -> None:
    first, second = axial_series(PHANTOM[:2])
    study = only(("a/IM", first), ("b/IM", second))
    assert (study.name, study.files, study.folder) == ("MR series 1", 2, "")


def test_folders_of_an_archive_are_kept_for_reading() -> None:
    study = only(("up.zip", make_zip({"anna/left/a.png": PNG})))
    assert (study.name, study.folder) == ("a.png", "anna/left")


@pytest.mark.parametrize("modality", [None, "MR", "OT", "SC", "OTHER"])
def test_what_may_be_an_mri_is_not_objected_to(modality: str | None) -> None:
    study = Study("x", Scan(np.zeros((64, 64), np.uint8), 0.0, "DICOM", "u1", 8), "DICOM", modality)

    assert objections_of(study) == ()


def test_an_image_of_another_machine_is_objected_to() -> None:
    scan = Scan(np.zeros((64, 64), np.uint8), 0.0, "DICOM", "u1", 8)
    (said,) = objections_of(Study("x", scan, "DICOM", "CT", "HEAD"))

    assert "modality is CT" in said
