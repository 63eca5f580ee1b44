"""One way of answering, in a process of its own, for ``benchmark`` to time.

A request is a line of JSON on standard input, its reply a line of JSON on standard output. Run as
a module, this is the project's own way: decode, classify, explain on OpenVINO.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from brain_tumor.errors import DecodeError

_Answer = Callable[[bytes], str]
_AnswerMany = Callable[[Sequence[str]], None]


def peak_bytes() -> int:
    """Return the most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: Linux hands a parent's ru_maxrss down to the processes it starts.
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    import psutil

    windows = getattr(psutil.Process().memory_info(), "peak_wset", None)
    if windows is not None:
        return int(windows)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def serve(answer: _Answer, answer_many: _AnswerMany | None = None) -> None:
    """Answer requests until standard input ends.

    ``{"file": PATH}`` times ``answer`` on the file's bytes, read beforehand; ``{"files": [PATH…]}``
    times ``answer_many``, reading included. Replies hold ``seconds``, ``peak_bytes`` and
    ``tensorflow`` (whether it is imported), and for one file its ``label``.
    """
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as replies:
        # Whatever a library prints must not get between the replies.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        for line in sys.stdin:
            print(json.dumps(_reply(json.loads(line), answer, answer_many)), file=replies)
            replies.flush()


def _reply(
    request: dict[str, Any], answer: _Answer, answer_many: _AnswerMany | None
) -> dict[str, Any]:
    reply: dict[str, Any] = {}
    if "files" in request:
        if answer_many is None:
            raise ValueError("This worker answers one file at a time. Received: files")
        start = perf_counter()
        answer_many(request["files"])
        reply["seconds"] = perf_counter() - start
    else:
        data = Path(request["file"]).read_bytes()
        start = perf_counter()
        reply["label"] = answer(data)
        reply["seconds"] = perf_counter() - start
    return reply | {"peak_bytes": peak_bytes(), "tensorflow": "tensorflow" in sys.modules}


def bundle_argument(argv: Sequence[str] | None = None) -> Path | None:
    """Return the bundle's folder named on a worker's command line, None for the shipped one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path)
    folder: Path | None = parser.parse_args(argv).models
    return folder


def main() -> None:
    """Load the shipped network as the app does and answer requests."""
    folder = bundle_argument()
    from brain_tumor.imaging.decode import decode
    from brain_tumor.pipeline import load_classifier
    from brain_tumor.prediction import predict_files

    classifier = load_classifier(folder, "openvino")

    def answer(data: bytes) -> str:
        scan = decode(data)
        found = classifier.classify(scan)
        classifier.explain(scan, found)
        return found.label

    def answer_many(names: Sequence[str]) -> None:
        for one in predict_files(classifier, names):
            if one.error is not None:
                raise DecodeError(one.error)

    serve(answer, answer_many)


if __name__ == "__main__":
    main()
