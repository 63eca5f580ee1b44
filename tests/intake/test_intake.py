"""One upload of many files: one bad file never stops the others, and nobody is named."""

import dataclasses
import logging
import pickle
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from brain_tumor.intake import intake as module
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.names import NAME_LENGTH, display_folder, display_name
from brain_tumor.intake.study import Intake
from tests.imaging.image_files import encode
from tests.intake.files import (
    BUNDLED,
    PATIENT,
    axial_series,
    item,
    make_dicom,
    make_nifti,
    make_zip,
    phantom,
)

PHANTOM = phantom()
PNG = encode(np.arange(1600, dtype=np.uint8).reshape(40, 40), "PNG")


def test_one_bad_file_never_stops_the_others() -> None:
    result = read_uploads(
        [
            ("empty", b""),
            ("a.png", PNG),
            ("note.txt", b"hello"),
            ("broken.zip", b"PK\x03\x04nothing"),
            ("brain.nii.gz", make_nifti(PHANTOM)),
            ("broken.dcm", bytes(128) + b"DICM" + bytes(40)),
            ("other.gz", b"\x1f\x8b\x08\x00whatever"),
            ("slice.dcm", make_dicom(PHANTOM[20])),
        ]
    )
    assert [(s.name, s.source) for s in result.studies] == [
        ("a.png", "image"),
        ("brain.nii.gz", "NIfTI"),
        ("slice.dcm", "DICOM"),
    ]
    assert [p.name for p in result.problems] == [
        "empty",
        "note.txt",
        "broken.zip",
        "broken.dcm",
        "other.gz",
    ]


def test_nothing_uploaded_is_nothing_read() -> None:
    assert read_uploads([]) == Intake((), ())


def test_too_many_files_are_refused_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 2)
    result = read_uploads([(f"{i}.png", PNG) for i in range(4)])
    assert len(result.studies) == 2
    assert all("at most 2 files" in problem.message for problem in result.problems)
    assert [problem.name for problem in result.problems] == ["2.png", "3.png"]


def test_bytes_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", 2 * len(PNG))
    result = read_uploads([("0.png", PNG), ("big", bytes(9999)), ("1.png", PNG), ("2.png", PNG)])
    assert [study.name for study in result.studies] == ["0.png", "1.png"]
    assert [problem.name for problem in result.problems] == ["big", "2.png"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("scan.png", "scan.png"),
        ("C:\\fakepath\\scan.png", "scan.png"),
        ("a/b/../scan.png", "scan.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\n\tb\x00c", "a b c"),
        ("", "unnamed file"),
        ("/", "unnamed file"),
        ("x" * 500, "x" * (NAME_LENGTH - 1) + "…"),
    ],
)
def test_names_are_plain_text(name: str, shown: str) -> None:
    assert display_name(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("scan.png", ""),
        ("brain/T1/scan.png", "brain/T1"),
        ("C:\\fakepath\\scan.png", "fakepath"),
        ("../../etc/passwd", "etc"),
        ("/root/scan.png", "root"),
        ("./a/./b/c", "a/b"),
        ("a\u202eb\n/scan", "a b"),
    ],
)
def test_folders_are_plain_text(name: str, shown: str) -> None:
    assert display_folder(name) == shown


# Patients


def everything(value: object) -> Iterator[str]:
    """All text and bytes in a result."""
    yield repr(value)
    yield pickle.dumps(value).decode("latin-1")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield repr(dataclasses.asdict(value))


def secrets() -> set[str]:
    words = set()
    for value in PATIENT.values():
        words |= {value, *value.replace("^", " ").split()}
    common = {"studydescription", "seriesdescription", "protocol"}
    return {word for word in words - common if len(word) > 4}


def patient_files() -> list[tuple[str, bytes]]:
    good = axial_series(PHANTOM, **PATIENT)
    odd = make_dicom(
        PHANTOM[0],
        **PATIENT,
        Modality="ZWÖLFFINGER^QUIRIN"[:16].replace("Ö", "O"),
        BodyPartExamined="QUIRIN",
        PhotometricInterpretation="PID-7731-QX",
    )
    groups = make_dicom(
        PHANTOM,
        **PATIENT,
        PerFrameFunctionalGroupsSequence=[
            item(FrameContentSequence=[item(FrameComments="Zwölffinger^Quirin")])
            for _ in range(len(PHANTOM))
        ],
    )
    broken = [
        good[0].replace(b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00DS"),
        good[1][:-50],
        good[2].replace(b"19570923", b"not-date"),
        good[3].replace(b"\x10\x00\x10\x00PN", b"\x28\x00\x30\x00DS"),  # the name as a number
        good[4].replace(b"\x10\x00\x20\x00LO", b"\x28\x00\x08\x00IS"),
    ]
    nifti = make_nifti(PHANTOM, descrip=b"Zwolffinger^Quirin", aux_file=b"PID-7731-QX")
    files = [*good[5:], odd, groups, *broken, nifti, make_zip({"x": good[0], "y": odd})]
    return [(f"file{i}", data) for i, data in enumerate(files)]


def test_no_tag_that_names_a_patient_comes_through(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    files = patient_files()
    assert sum(b"PID-7731-QX" in data for _, data in files) > 30
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = read_uploads(files)
    assert len(result.studies) >= 3 and len(result.problems) >= 3
    printed = capfd.readouterr()
    told = [*everything(result), caplog.text, printed.out, printed.err, *map(str, warned)]
    uids = {"9157340628", "7310245918", "6402859173"}
    for text in told:
        found = {word for word in secrets() | uids if word.lower() in text.lower()}
        assert not found


def test_readers_complain_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for path in sorted(BUNDLED.glob("*.dcm")):
            read_uploads([(path.name, path.read_bytes())])
    assert caplog.text == "" and warned == []


def test_keys_of_series_are_good_for_one_upload_only() -> None:
    from brain_tumor.intake.dicom import open_dicom

    data = make_dicom(PHANTOM[0])
    assert open_dicom(data, b"one").series == open_dicom(data, b"one").series
    assert open_dicom(data, b"one").series != open_dicom(data, b"two").series
    assert b"9157340628" not in open_dicom(data, b"one").series


def test_body_part_and_modality_are_kept_for_gating() -> None:
    (head,) = read_uploads([("a", make_dicom(PHANTOM[0], BodyPartExamined="HEAD"))]).studies
    assert (head.modality, head.body_part) == ("MR", "HEAD")
    tags = {"BodyPartExamined": "KNEE", "Modality": "CT"}
    (knee,) = read_uploads([("a", make_dicom(PHANTOM[0], **tags))]).studies
    assert (knee.modality, knee.body_part) == ("CT", "OTHER")
    (none,) = read_uploads([("a", make_dicom(PHANTOM[0], Modality=None))]).studies
    assert (none.modality, none.body_part) == (None, None)


def test_results_are_frozen() -> None:
    (study,) = read_uploads([("a.png", PNG)]).studies
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.name = "b"  # type: ignore[misc]
