import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from brain_tumor.reporting.archive import bundle_zip, overlay_names
from tests.reporting.known import AWKWARD_NAMES, findings

NAMES = (
    *AWKWARD_NAMES,
    "../../etc/passwd",
    "..",
    "CON",
    "findings.csv",
    "same.png",
    "same.png",
    "SAME.png",
    r"C:\x\y.png",
    "a:b*c?.png",
)


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def test_members_are_the_table_the_records_and_the_overlays() -> None:
    given = [findings(0, file_name="one.png"), findings(1, file_name="two.png")]
    archive = opened(bundle_zip(given, [b"first", None]))

    names = ["01-one-glioma.png", "findings.csv", "findings.json"]
    assert archive.namelist() == names
    assert archive.read("01-one-glioma.png") == b"first"
    assert json.loads(archive.read("findings.json")) == [one.to_dict() for one in given]
    rows = csv.DictReader(io.StringIO(archive.read("findings.csv").decode("utf-8-sig")))
    assert [row["overlay"] for row in rows] == ["01-one-glioma.png", ""]


def test_names_are_unique_and_stay_in_their_folder() -> None:
    names = overlay_names([findings(file_name=name) for name in NAMES])

    assert len({name.casefold() for name in names}) == len(NAMES)
    for name in names:
        assert not set(name) & set('/\\:*?"<>|\0\n'), name
        assert ".." not in name and name[0].isdigit()
        assert len(name.encode()) <= 200
        assert name.endswith("-glioma.png")


def test_the_class_of_a_refused_image_is_marked() -> None:
    (name,) = overlay_names([replace(findings(), accepted=False, reasons=("No head.",))])
    assert name == "01-scan-outside-what-the-model-knows-glioma.png"


def test_names_keep_letters_of_any_script() -> None:
    (name,) = overlay_names([findings(file_name="脑部 1.png")])
    assert name == "01-脑部_1-glioma.png"


def test_members_come_out_of_the_archive_under_those_names() -> None:
    given = [findings(file_name=name) for name in NAMES]
    archive = opened(bundle_zip(given, [b"x"] * len(given)))
    assert archive.namelist()[:-2] == overlay_names(given)


def test_the_same_findings_give_the_same_bytes() -> None:
    assert bundle_zip([findings()], [b"x"]) == bundle_zip([findings()], [b"x"])


def test_the_date_is_that_of_the_findings_from_1980_on() -> None:
    old = replace(findings(), date=datetime(1970, 1, 1, tzinfo=UTC))
    members = opened(bundle_zip([findings(), old], [b"x", b"y"])).infolist()
    assert [member.date_time[0] for member in members] == [2026, 1980, 2026, 2026]


def test_without_overlays_there_are_table_and_records() -> None:
    assert len(opened(bundle_zip([findings()])).namelist()) == 2
    assert len(opened(bundle_zip([])).namelist()) == 2


def test_each_scan_has_its_place_among_the_overlays() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        bundle_zip([findings(), findings()], [b"x"])


def test_files_without_findings_are_in_the_table() -> None:
    archive = opened(bundle_zip([findings()], errors=[("a/=broken.png", "It is\ndamaged.")]))
    rows = list(csv.DictReader(io.StringIO(archive.read("findings.csv").decode("utf-8-sig"))))
    assert [row["error"] for row in rows] == ["", "It is damaged."]
    assert rows[1]["file_name"] == "'=broken.png" and rows[1]["label"] == ""
