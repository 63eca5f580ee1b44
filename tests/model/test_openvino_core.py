"""Networks come and go in a server; a signal, such as the one that ends it, must do no harm."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.model.small_bundle import write_small_bundle

PROGRAM = """
import gc, signal, sys
from pathlib import Path
from brain_tumor.model.bundle import open_bundle
from brain_tumor.model.engine_openvino import OpenVinoEngine
bundle = open_bundle(Path(sys.argv[1]))
first, second = OpenVinoEngine(bundle), OpenVinoEngine(bundle)
del first
gc.collect()
del second
gc.collect()
signal.signal(signal.SIGTERM, lambda *_: print("told to end"))
signal.raise_signal(signal.SIGTERM)
"""


def test_a_signal_after_two_networks_have_gone_is_handled(tmp_path: Path) -> None:
    write_small_bundle(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "told to end\n"
