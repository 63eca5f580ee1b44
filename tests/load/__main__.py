"""Measure the app under load: ``python -m tests.load --visitors 20 --rounds 10``."""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

from brain_tumor.pipeline import load_classifier
from tests.app_server import running_server
from tests.load.rounds import visit


def main() -> None:
    """Start a server of its own, let the visitors in, print what was measured as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    classifier = load_classifier()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "log.txt") as server,
    ):
        begun, own = time.perf_counter(), time.process_time()
        record = asyncio.run(visit(server, classifier, given.visitors, given.rounds))
        taken = time.perf_counter() - begun
        log = server.log.read_text()
    if "Traceback" in log:
        record.errors.append(log)
    facts = {
        "visitors": given.visitors,
        "rounds": given.rounds,
        "cores": os.cpu_count(),
        "seconds": round(taken, 1),
        "visitors_cpu_s": round(time.process_time() - own, 1),
    }
    print(json.dumps({**facts, **record.summary()}, indent=1))


if __name__ == "__main__":
    main()
