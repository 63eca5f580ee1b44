"""What a server imports to show and steer training: no framework, nothing that serving lacks."""

import subprocess
import sys

from tests.conftest import ROOT

CODE = """
import importlib, pkgutil, sys
import brain_tumor.jobs
for module in pkgutil.iter_modules(brain_tumor.jobs.__path__, "brain_tumor.jobs."):
    importlib.import_module(module.name)
for name in (
    "service", "data.unpack", "data.teaching", "data.audit_pictures", "evaluation.side_by_side",
    "model.bundle_store", "model.bundle_zip", "training.config", "training.command_line",
    "training.suggestions",
):
    importlib.import_module(f"brain_tumor.{name}")
heavy = {
    "streamlit", "keras", "tensorflow", "jax", "torch", "nncf", "scipy", "sklearn", "matplotlib",
    "tensorboard",
}
print(sorted(heavy & sys.modules.keys()))
"""


def test_steering_training_needs_no_framework() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
