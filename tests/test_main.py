import argparse
import re
import subprocess
import sys
from types import ModuleType

import pytest

from brain_tumor import __main__ as entry
from brain_tumor.errors import BrainTumorError
from tests.conftest import ROOT


def with_command(monkeypatch: pytest.MonkeyPatch, outcome: BaseException | int) -> None:
    """Make ``go`` the only subcommand: it raises or returns ``outcome``."""

    def run(args: argparse.Namespace) -> int:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    module = ModuleType("go")
    module.add_parser = lambda parsers: parsers.add_parser("go").set_defaults(run=run)
    monkeypatch.setattr(entry, "COMMANDS", (module,))


@pytest.mark.parametrize(
    ("outcome", "status", "message"),
    [
        (0, 0, ""),
        (1, 1, ""),
        (BrainTumorError("The rule. Received: that."), 2, "error: The rule. Received: that."),
        (ModuleNotFoundError(name="scipy.sparse"), 2, "go needs packages"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_exit_status_and_message(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    outcome: BaseException | int,
    status: int,
    message: str,
) -> None:
    with_command(monkeypatch, outcome)
    assert entry.main(["go"]) == status
    printed = capsys.readouterr()
    assert message in printed.err and bool(message) == bool(printed.err)
    assert printed.out == ""


@pytest.mark.parametrize("outcome", [ModuleNotFoundError(name="cv2"), ZeroDivisionError()])
def test_a_mistake_of_the_code_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch, outcome: Exception
) -> None:
    with_command(monkeypatch, outcome)
    with pytest.raises(type(outcome)):
        entry.main(["go"])


def test_help_names_every_command_without_importing_anything_heavy() -> None:
    code = (
        "import sys\nfrom brain_tumor.__main__ import build_parser\n"
        "print(build_parser().format_help())\n"
        "print(sorted({'numpy', 'cv2', 'keras', 'openvino', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for command in ("audit", "benchmark", "export", "predict"):
        assert re.search(rf"\n    {command}\s", done.stdout)
    assert done.stdout.endswith("[]\n")
