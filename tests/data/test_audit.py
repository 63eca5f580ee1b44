import dataclasses
import json
from pathlib import Path

import pytest
from PIL import Image

from brain_tumor import CLASSES, __version__
from brain_tumor.data.audit import run_audit
from brain_tumor.data.audit_pictures import write_pictures
from brain_tumor.data.audit_report import (
    AuditReport,
    ClassCount,
    Disagreement,
    FormatCount,
    Group,
    SizeCount,
)
from brain_tumor.data.audit_text import format_report
from brain_tumor.data.dataset import fingerprint, read_dataset
from brain_tumor.errors import DatasetError
from tests.data.pictures import audited_folder, pattern, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited_folder(tmp_path_factory.mktemp("set"))


@pytest.fixture(scope="module")
def report(folder: Path) -> AuditReport:
    return run_audit(folder, command="the command", workers=2)


def test_says_what_was_audited(folder: Path, report: AuditReport) -> None:
    assert report.data_sha256 == fingerprint(read_dataset(folder).items)
    assert (report.package_version, report.command) == (__version__, "the command")
    assert (report.root, report.images, report.threshold) == (str(folder), 11, 0.99)


def test_counts_images_and_masks(report: AuditReport) -> None:
    assert report.counts == (
        ClassCount("Training", "glioma", 3, 1),
        ClassCount("Training", "meningioma", 2, 0),
        ClassCount("Training", "notumor", 1, 0),
        ClassCount("Training", "pituitary", 1, 0),
        ClassCount("Testing", "glioma", 2, 0),
        ClassCount("Testing", "meningioma", 1, 0),
        ClassCount("Testing", "notumor", 1, 0),
        ClassCount("Testing", "pituitary", 0, 0),
    )


def test_describes_the_files(report: AuditReport) -> None:
    assert report.sizes == (SizeCount(64, 64, 8), SizeCount(128, 96, 1), SizeCount(80, 100, 1))
    assert report.formats == (FormatCount("PNG", "L", 9), FormatCount("JPEG", "RGB", 1))
    assert [problem.name for problem in report.damaged] == ["Training/meningioma/broken.png"]
    assert [problem.name for problem in report.misplaced] == [
        "Testing/pituitary",
        "Training/meningioma/notes.txt",
        "Training/other",
    ]


def test_finds_the_duplicates(report: AuditReport) -> None:
    copies = ("Training/glioma/a-copy.png", "Training/glioma/a.png")
    mirrored = ("Testing/meningioma/b-mirrored.png", "Training/glioma/b.png")
    assert report.exact_groups == (Group(copies, ("Training",), ("glioma",)),)
    assert report.near_groups == (
        Group(("Testing/glioma/a-bright.png", *copies), ("Testing", "Training"), ("glioma",)),
        Group(mirrored, ("Testing", "Training"), ("glioma", "meningioma")),
    )
    assert report.exact.within == (("Training", 1, 2),)
    assert (report.exact.across_splits, report.exact.across_labels) == (0, 0)
    assert (report.near.groups, report.near.images, report.near.within) == (2, 5, ())
    assert (report.near.across_splits, report.near.across_labels) == (2, 1)
    assert dict(report.pairs_by_orientation) == {
        "same": 3,
        "mirrored": 1,
        "flipped": 0,
        "turned": 0,
    }
    assert report.disagreements == (Disagreement(*mirrored, 1.0, "mirrored"),)


def test_measures_leakage_by_class(report: AuditReport) -> None:
    found = {
        leak.label: (leak.images, leak.unflipped, leak.any_orientation)
        for leak in report.leaks
        if leak.cosine == 0.99
    }
    assert found == {
        "all": (4, 1, 2),
        "glioma": (2, 1, 1),
        "meningioma": (1, 0, 1),
        "notumor": (1, 0, 0),
        "pituitary": (0, 0, 0),
    }
    assert {leak.cosine for leak in report.leaks} == {0.9999, 0.99, 0.95}


def test_names_the_images_that_would_have_to_go(report: AuditReport) -> None:
    # a and its equal copy are brighter in Testing, b is mirrored there.
    names = ("Training/glioma/a-copy.png", "Training/glioma/a.png", "Training/glioma/b.png")
    assert report.leaked == names


def test_the_report_comes_back_from_json(report: AuditReport) -> None:
    plain = json.loads(json.dumps(dataclasses.asdict(report)))
    assert AuditReport.from_dict(plain) == report
    for broken in ({}, {**plain, "leaks": [{"label": "x"}]}, {**plain, "new": 1}):
        with pytest.raises(DatasetError, match="Audit the data folder again"):
            AuditReport.from_dict(broken)


def test_the_report_is_json(report: AuditReport) -> None:
    data = json.loads(json.dumps(dataclasses.asdict(report)))
    assert data["near_groups"][1]["names"][1] == "Training/glioma/b.png"
    assert data["counts"][0] == {"split": "Training", "label": "glioma", "images": 3, "masks": 1}


def test_the_text_tells_the_findings(report: AuditReport) -> None:
    text = format_report(report)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for expected in (
        "Training 3 2 1 1 7",
        "Testing 2 1 1 0 4",
        "sizes (width x height): 3; smallest 64 x 64, largest 128 x 96",
        "damaged, skipped: 1",
        "misplaced or of another kind, skipped: 3",
        "equal grey images: 1 groups of 2 images",
        "1 within Training (2 images); 0 across splits; 0 across classes",
        "near-duplicates (cosine above 0.99): 2 groups of 5 images",
        "Testing/meningioma/b-mirrored.png and Training/glioma/b.png (mirrored, cosine 1.0000)",
        "all 0.99 4 1 ( 25.0%) 2 ( 50.0%)",
        "pituitary 0.99 0 0 0",
    ):
        assert expected in lines
    assert report.data_sha256 in text


def test_long_lists_are_cut_short_in_text(report: AuditReport) -> None:
    text = format_report(report, listed=1)
    assert "Testing/pituitary:" in text
    assert "Training/other:" not in text
    assert text.count("… and 2 more") == 2  # of three sizes and three misplaced


def test_a_set_without_splits_has_no_leakage(tmp_path: Path) -> None:
    write(tmp_path / "glioma/a.png", pattern(1))
    write(tmp_path / "notumor/b.png", pattern(1))
    report = run_audit(tmp_path)
    assert report.leaks == report.leaked == ()
    assert report.near.within == (("", 1, 2),)
    assert [d.first for d in report.disagreements] == ["glioma/a.png"]
    assert "not measured" in format_report(report)


def test_a_set_of_damaged_files_only_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "glioma/a.png"
    path.parent.mkdir()
    path.write_bytes(b"nothing")
    report = run_audit(tmp_path)
    assert (report.images, len(report.damaged), report.near.groups) == (1, 1, 0)
    assert "damaged, skipped: 1" in format_report(report)


def test_the_threshold_is_obeyed(folder: Path) -> None:
    wide = run_audit(folder, threshold=0.9)
    assert {leak.cosine for leak in wide.leaks} == {0.9999, 0.99, 0.95, 0.9}
    assert wide.threshold == 0.9


def test_tells_its_progress(folder: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    run_audit(folder, notify=lambda *call: calls.append(call))
    assert calls == [("read", n, 11) for n in range(1, 12)] + [("compare", 0, 1), ("compare", 1, 1)]


def test_pictures_show_disagreements_and_groups(
    folder: Path, report: AuditReport, tmp_path: Path
) -> None:
    written = write_pictures(report, read_dataset(folder), tmp_path / "sheets")
    assert [path.name for path in written] == [
        "disagreement-01.png",
        "across-splits-01.png",
        "across-splits-02.png",
    ]
    assert sorted((tmp_path / "sheets").iterdir()) == sorted(written)
    with Image.open(written[1]) as sheet:
        assert sheet.width == 3 * 224
        assert sheet.getextrema() != (0, 0)


def test_pictures_show_groups_within_a_split(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for split in ("Training", "Testing"):
        for number, name in enumerate(CLASSES):
            write(data / split / name / "a.png", pattern(number + 9 * (split == "Testing")))
    write(data / "Training" / CLASSES[0] / "copy.png", pattern(0))
    report = run_audit(data)
    written = write_pictures(report, read_dataset(data), tmp_path / "sheets")
    assert [path.name for path in written] == ["within-split-01.png"]


def test_no_data_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Expected DIR/Training/CLASS"):
        run_audit(tmp_path)


@pytest.mark.data
@pytest.mark.slow
def test_reproduces_the_known_facts_of_the_public_set(dataset: Path) -> None:
    report = run_audit(dataset)
    assert {(c.split, c.label): c.images for c in report.counts} == {
        ("Training", "glioma"): 1321,
        ("Training", "meningioma"): 1339,
        ("Training", "notumor"): 1591,
        ("Training", "pituitary"): 1457,
        ("Testing", "glioma"): 300,
        ("Testing", "meningioma"): 306,
        ("Testing", "notumor"): 405,
        ("Testing", "pituitary"): 300,
    }
    assert sum(c.masks for c in report.counts) == 2654
    assert (report.damaged, report.misplaced) == ((), ())
    assert (report.exact.groups, report.exact.images) == (300, 726)
    assert (report.exact.across_splits, report.exact.across_labels) == (189, 0)
    near = {leak.label: leak for leak in report.leaks if leak.cosine == 0.99}
    assert {label: leak.unflipped for label, leak in near.items()} == {
        "all": 486,
        "glioma": 0,
        "meningioma": 109,
        "notumor": 372,
        "pituitary": 5,
    }
    assert near["all"].any_orientation == 992
    # No pair that lies the same way disagrees on its label; four mirrored ones do.
    assert [pair.orientation for pair in report.disagreements] == ["mirrored"] * 4
