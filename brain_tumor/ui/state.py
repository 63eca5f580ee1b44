"""What outlives a script run: the model, for all sessions; the open scan, for its own session.

Nothing of an upload goes into Streamlit's caches, which all sessions share, nor to disk or a log.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from brain_tumor.errors import DecodeError
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR, open_bundle, sha256_of
from brain_tumor.model.queue import QueuedEngine
from brain_tumor.pipeline import Classifier, load_classifier
from brain_tumor.ui.case import Case, open_case

MODELS_VARIABLE: Final = "BRAIN_TUMOR_MODELS"
"""Environment variable that names another folder of weights than the shipped one."""

_CASE: Final = "open-case"
_PENDING: Final = "pending-file"
_REFUSAL: Final = "refused-file"
_ROUND: Final = "upload-round"


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file that was chosen and not yet opened; ``sample`` as in ``Case``."""

    data: bytes
    name: str
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that could not be opened, and why."""

    name: str
    message: str


def models_folder() -> Path:
    """Return the folder of the weights that the app uses."""
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else DEFAULT_FOLDER


def get_classifier() -> Classifier:
    """Return the classifier: loaded once, and again when its bundle changes.

    Raises:
        WeightsError: there are no usable weights.
        EngineError: the engine cannot run here.
    """
    folder = models_folder()
    open_bundle(folder)  # says in milliseconds what is missing
    return _load(str(folder), sha256_of(folder / SIDECAR))


@st.cache_resource(show_spinner="Loading the model …", max_entries=1)
def _load(folder: str, sidecar_hash: str) -> Classifier:
    classifier = load_classifier(Path(folder))
    return Classifier(classifier.bundle, QueuedEngine(classifier.engine))


def open_scan() -> Case | None:
    """Return the session's open scan."""
    case: Case | None = st.session_state.get(_CASE)
    return case


def keep(case: Case) -> None:
    """Make a scan the session's open one, in place of any other."""
    st.session_state[_CASE] = case


def close_scan() -> None:
    """Forget the open scan and the last refusal."""
    for key in (_CASE, _REFUSAL):
        st.session_state.pop(key, None)


def refusal() -> Refusal | None:
    """Return why the last chosen file was not opened, if it was not."""
    found: Refusal | None = st.session_state.get(_REFUSAL)
    return found


def choose(data: bytes, name: str, sample: str | None = None) -> None:
    """Note a file that is to be opened in this run; the last one chosen counts."""
    st.session_state[_PENDING] = PendingFile(data, name, sample)


def is_pending() -> bool:
    """Whether a chosen file waits to be opened."""
    return _PENDING in st.session_state


def open_pending() -> None:
    """Open the chosen file. One that cannot be read leaves the open scan as it is."""
    chosen: PendingFile = st.session_state.pop(_PENDING)
    st.session_state.pop(_REFUSAL, None)
    try:
        keep(open_case(chosen.data, chosen.name, chosen.sample))
    except DecodeError as error:
        st.session_state[_REFUSAL] = Refusal(chosen.name, str(error))


def uploader_key() -> str:
    """Return the key of the upload widget; it changes once a file has been read."""
    return f"upload-{st.session_state.get(_ROUND, 0)}"


def take_upload() -> None:
    """Take the file out of the upload widget and clear that: the callback of its change.

    The server would keep the file's bytes for as long as the session lasts.
    """
    uploaded: UploadedFile | None = st.session_state.get(uploader_key())
    if uploaded is None:
        return
    choose(uploaded.getvalue(), uploaded.name)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _release(uploaded)


def _release(uploaded: UploadedFile) -> None:
    # Streamlit has no public call for it; its own chat input does the same. The protocol of file
    # managers does not promise the method, so one that lacks it keeps the bytes until session end.
    context = get_script_run_ctx()
    remove = getattr(getattr(context, "uploaded_file_mgr", None), "remove_file", None)
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=uploaded.file_id)
