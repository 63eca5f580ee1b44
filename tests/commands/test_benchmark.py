import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from brain_tumor.__main__ import main
from brain_tumor.commands.benchmark import find_images
from brain_tumor.errors import DatasetError


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A bright ellipse on black, as JPEG."""
    pixels = np.zeros((240, 200), np.uint8)
    cv2.ellipse(pixels, (100, 120), (70, 90), 0, 0, 360, 180, -1)
    path = tmp_path / "scan.jpg"
    assert cv2.imwrite(str(path), pixels)
    return path


def test_finds_images_in_folders_and_keeps_the_order_of_files(tmp_path: Path) -> None:
    for name in ("sub/b.PNG", "sub/a.jpg", "notes.txt", "z.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = find_images([tmp_path / "z.tif", tmp_path / "sub"])
    assert [path.name for path in found] == ["z.tif", "a.jpg", "b.PNG"]


def test_refuses_a_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="at least one image"):
        find_images([tmp_path])


def test_refuses_a_place_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="There is nothing at"):
        find_images([tmp_path / "missing.jpg"])


def test_refuses_an_impossible_report_before_measuring(
    tmp_path: Path, scan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "missing" / "report.json"
    assert main(["benchmark", "--images", str(scan), "--json", str(report)]) == 2
    assert "--json must name a file in an existing folder" in capsys.readouterr().err


def test_without_tensorflow_it_says_what_to_do(
    scan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["benchmark", "--images", str(scan)]) == 2
    assert "--no-tutorial" in capsys.readouterr().err


def test_renders_a_report_into_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme, report = tmp_path / "README.md", tmp_path / "report.json"
    readme.write_text("# Title\n<!-- benchmark:start -->\n<!-- benchmark:end -->\n")
    spread = {"median": 0.03, "low": 0.02, "high": 0.04, "count": 9}
    way = {"seconds": spread, "cold_start": spread, "peak_bytes": 3e8, "answered": 50}
    report.write_text(
        json.dumps(
            {
                "date": "2026-01-02T03:04:05+00:00",
                "weights_hash": "0123456789abcdef",
                "machine": {"cpu": "a processor", "cores": 2},
                "ours": way | {"tensorflow": False},
                "tutorial": None,
                "scans_per_second": 31.0,
            }
        )
    )
    assert main(["benchmark", "--render", str(readme), "--json", str(report)]) == 0
    assert "0.030 s (0.020–0.040)" in readme.read_text()
    assert "`0123456789ab`, 2026-01-02" in readme.read_text()
    assert main(["benchmark", "--render", str(readme), "--json", str(report)]) == 0
    assert "written" in (printed := capsys.readouterr().out) and "as it was" in printed


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_renders_nothing_but_its_own_reports(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_text(text)
    assert main(["benchmark", "--render", "README.md", "--json", str(report)]) == 2
    assert main(["benchmark", "--render", "README.md"]) == 2
    assert capsys.readouterr().err.count("error: --") == 2


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("tensorflow"), reason="needs TensorFlow")
def test_measures_both_ways_on_the_shipped_weights(
    tmp_path: Path, scan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    few = ["--repeats", "1", "--cold-starts", "1", "--scans", "10"]
    assert main(["benchmark", "--images", str(scan), *few, "--json", str(file)]) == 0

    report = json.loads(file.read_text())
    ours, tutorial = report["ours"], report["tutorial"]
    assert not ours["tensorflow"] and tutorial["tensorflow"]
    assert ours["answered"] == tutorial["answered"] == 10
    assert ours["peak_bytes"] < 500e6 < tutorial["peak_bytes"]
    assert report["ratio"] > 5  # far below what it is: other work may share the machine
    assert "times** as long" in capsys.readouterr().out
