"""A picture of augmented samples, drawn by a process of its own: the server imports no Keras."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import streamlit as st

from brain_tumor.ui.training.data_form import Audited
from brain_tumor.ui.training.settings import Settings
from brain_tumor.ui.words import plain

_PATIENCE: Final = 120.0
_DRAWN: Final = "augmented-samples"


def show(audited: Audited, settings: Settings) -> None:
    """Offer the picture for the settings as they are."""
    values = settings.values
    wanted = (str(audited.root), values["augment"], values["seed"])
    if st.button("Show augmented samples", icon=":material/auto_awesome:", key="augment"):
        with st.spinner("Drawing samples; Keras takes some seconds to start …"):
            st.session_state[_DRAWN] = wanted, *_draw(*wanted)
    drawn = st.session_state.get(_DRAWN)
    if drawn is None or drawn[0] != wanted:
        return
    _, picture, problem = drawn
    if picture:
        st.image(
            picture,
            width="stretch",
            output_format="PNG",
            alt="Training images and, beside each, altered copies",
        )
        st.caption(
            "Left: training images as the network reads them. Beside: what training makes of them."
        )
    else:
        st.error(plain(problem), title="No samples", icon=":material/error:")


def _draw(root: str, strength: float, seed: int) -> tuple[bytes, str]:
    """Return the PNG, or nothing and why."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.png"
        command = [sys.executable, "-m", "brain_tumor", "preview", "--data", root]
        options = {"to": path, "augment": strength, "seed": seed}
        command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
                cwd=Path(__file__).resolve().parents[3],
            )
        except subprocess.TimeoutExpired:
            return b"", f"It took more than {_PATIENCE:.0f} seconds. Try again later."
        if done.returncode or not path.is_file():
            return b"", (done.stderr.strip().splitlines() or ["It failed without a word."])[-1]
        return path.read_bytes(), ""
