"""A picture of augmented samples, drawn by a process of its own: the server imports no Keras."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import tasks
from brain_tumor.jobs.run_folder import RunState
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.ui.training import state, waiting
from brain_tumor.ui.training.data_form import Audited
from brain_tumor.ui.training.settings import Settings
from brain_tumor.ui.words import plain


def show(audited: Audited, settings: Settings) -> None:
    """Offer the picture for the settings as they are."""
    strength, seed = settings.values["augment"], settings.values["seed"]
    folder = state.task_folder("preview", f"{audited.root} {strength} {seed}")
    status = try_status(folder)
    if status is None or status.ended:
        st.button(
            "Show augmented samples",
            icon=":material/auto_awesome:",
            on_click=_draw,
            args=(folder, audited.root, strength, seed),
            key="augment",
        )
    if status is None:
        return
    if not status.ended:
        waiting.wait_for(folder, "Drawing samples; Keras takes some seconds to start")
    elif status.state is RunState.FINISHED and (folder / tasks.PICTURE).is_file():
        st.image(
            (folder / tasks.PICTURE).read_bytes(),
            width="stretch",
            output_format="PNG",
            alt="Training images and, beside each, altered copies",
        )
        st.caption(
            "Left: training images as the network reads them. Beside: what training makes of them."
        )
    else:
        st.error(plain(status.message), title="No samples", icon=":material/error:")


def _draw(folder: Path, root: Path, strength: float, seed: int) -> None:
    with suppress(RunFolderError):  # somebody else has it drawn already: wait with them
        tasks.start_preview(state.get_launcher(), folder, root, strength, seed)
