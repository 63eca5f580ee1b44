import json
from pathlib import Path

import pytest

from brain_tumor.__main__ import main
from tests.data.pictures import audited_folder


def test_prints_and_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = audited_folder(tmp_path / "set")
    before = sorted(folder.rglob("*"))
    file, sheets = tmp_path / "audit.json", tmp_path / "sheets"

    code = main(["audit", "--data", str(folder), "--json", str(file), "--pictures", str(sheets)])

    assert code == 0
    printed = capsys.readouterr()
    assert "Images by split and class" in printed.out
    assert "contact sheets: 3" in printed.out
    assert "read" in printed.err and "11/11" in printed.err
    report = json.loads(file.read_text())
    assert report["images"] == 11
    assert report["command"].startswith("python -m brain_tumor")
    assert len(report["near_groups"]) == 2
    assert len(list(sheets.iterdir())) == 3
    assert sorted(folder.rglob("*")) == before


def test_takes_a_threshold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = audited_folder(tmp_path)
    assert main(["audit", "--data", str(folder), "--threshold", "0.9"]) == 0
    assert "cosine above 0.9)" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["0", "1", "nan", "much"])
def test_refuses_a_threshold_that_is_no_cosine(value: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["audit", "--data", ".", "--threshold", value])
    assert stopped.value.code == 2


def test_a_folder_without_data_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--data", str(tmp_path)]) == 2
    assert "error: No image in a class folder" in capsys.readouterr().err


def test_refuses_an_impossible_report_before_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = audited_folder(tmp_path / "set")
    missing = tmp_path / "missing" / "audit.json"
    assert main(["audit", "--data", str(folder), "--json", str(missing)]) == 2
    printed = capsys.readouterr()
    assert "--json must name a file in an existing folder" in printed.err
    assert "read:" not in printed.err


def test_a_place_that_cannot_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = audited_folder(tmp_path / "set")
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["audit", "--data", str(folder), "--pictures", str(blocked)]) == 2
    assert "The report must be writable" in capsys.readouterr().err
