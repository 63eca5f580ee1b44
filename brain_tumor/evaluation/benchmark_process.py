"""Starts the processes that ``benchmark`` times, and talks to them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from brain_tumor.errors import EngineError


class ProcessWorker:
    """A worker module in a fresh Python process."""

    def __init__(self, module: str, bundle: Path) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, "--models", str(bundle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(),
            text=True,
        )

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request and wait for its reply.

        Raises:
            EngineError: the process ended instead of replying.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise EngineError(
                f"Each way must run in a process of its own, but this one ended (exit status "
                f"{self._process.wait()}): {self._last_error()}. Mend that, or compare nothing "
                "with --no-tutorial."
            )
        return dict(json.loads(line))

    def _last_error(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        """End the process; may be called twice."""
        self._process.kill()  # it holds nothing worth saving; does nothing to one that has ended
        with suppress(BrokenPipeError), self._process:
            pass  # closes the pipes and waits
        self._errors.close()


def _environment() -> dict[str, str]:
    """The caller's environment, on the CPU, with this package found from any folder."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {
        "PYTHONPATH": path,
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
