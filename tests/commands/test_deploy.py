from pathlib import Path

import pytest

from brain_tumor.__main__ import main
from brain_tumor.jobs.run_folder import RunReader, RunState
from tests.model.small_bundle import write_small_bundle


def test_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAIN_TUMOR_MODELS", str(tmp_path / "shipped"))
    monkeypatch.setenv("BRAIN_TUMOR_SERVICE", str(tmp_path / "service"))
    write_small_bundle(tmp_path / "shipped", seed=5)
    info = write_small_bundle(tmp_path / "new")
    name = f"0001-{info.weights_hash[:12]}"
    assert main(["deploy", "--bundle", str(tmp_path / "new")]) == 0
    printed = capsys.readouterr()
    assert f"* {name}:" in printed.out and "  what ships:" in printed.out
    assert printed.err.count("sample ") == 5  # a sentence, and four answers
    assert main(["deploy", "--back"]) == 0
    assert "* what ships:" in capsys.readouterr().out
    assert main(["deploy", "--list"]) == 0
    assert f"  {name}:" in capsys.readouterr().out
    assert main(["deploy", "--back"]) == 2
    assert "nothing can be taken back" in capsys.readouterr().err


def test_a_watched_failure_is_in_the_folder(tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    arguments = ["deploy", "--bundle", str(tmp_path / "none"), "--service", str(tmp_path / "s")]
    assert main([*arguments, "--status-dir", str(watched)]) == 2
    status = RunReader(watched).status()
    assert status.state is RunState.FAILED
    assert "There are no weights" in status.message
