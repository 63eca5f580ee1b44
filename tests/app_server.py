"""The app's own server, as the README starts it, in a process of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.conftest import ROOT

START_TRIES = 300


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    address: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def memory(self) -> float:
        """Megabytes that the server and its children hold (proportional set size)."""
        own = psutil.Process(self.process.pid)
        processes = [own, *own.children(recursive=True)]
        return sum(one.memory_full_info().pss for one in processes) / 1e6

    def cpu_seconds(self) -> float:
        """Processor seconds that the server has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system


@contextlib.contextmanager
def running_server(log: Path, *further: str, **environment: str) -> Iterator[Server]:
    """Start the app with the shipped weights on a free port, and stop it at the end.

    Args:
        log: file for what it prints.
        further: options of ``streamlit run``.
        environment: variables to set for it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    env = {name: value for name, value in os.environ.items() if name != "BRAIN_TUMOR_MODELS"}
    env |= environment
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *options, *further],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            server = Server(f"http://127.0.0.1:{port}", process, log)
            _wait_until_up(server)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_up(server: Server) -> None:
    for _ in range(START_TRIES):
        url = f"{server.address}/_stcore/health"
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as reply:
            if reply.read() == b"ok":
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(timeout=0.2)
            break
    raise RuntimeError(f"the server did not start: {server.log.read_text()}")
