"""What outlives a script run: the model, for all sessions; what is open, for its own session.

Nothing of an upload goes into Streamlit's caches, which all sessions share, nor to disk or a log.
"""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from brain_tumor.batch import Batch, BatchStability
from brain_tumor.errors import DecodeError
from brain_tumor.gate.lent import LentGate
from brain_tumor.imaging.crop import CropBox
from brain_tumor.intake.intake import read_uploads
from brain_tumor.intake.study import Intake, Problem, Study
from brain_tumor.intake.volume import Plane
from brain_tumor.model.bundle import SIDECAR, Bundle, open_bundle, sha256_of
from brain_tumor.model.bundle_store import service_store
from brain_tumor.model.queue import QueuedEngine
from brain_tumor.model.record import ModelRecord, read_record
from brain_tumor.pipeline import Classifier, load_classifier
from brain_tumor.series_scan import SeriesScan
from brain_tumor.similar import SimilarCases, open_similar_cases
from brain_tumor.ui import history
from brain_tumor.ui.case import Case, Place, open_case, with_crop
from brain_tumor.ui.progress import Job
from brain_tumor.ui.retired import free_when_forgotten

_LOADED: Final[list[weakref.ref[Classifier]]] = []
"""The classifier that was loaded last, if one was."""

_WORKSPACE: Final = "workspace"
_PENDING: Final = "pending-upload"
_REFUSED: Final = "refused-files"
_ROUND: Final = "upload-round"


@dataclass(frozen=True, slots=True)
class PendingUpload:
    """Files that were chosen and not yet read; ``sample`` as in ``Case``."""

    files: tuple[tuple[str, bytes], ...] = field(repr=False)
    sample: str | None = None


@dataclass(slots=True)
class Workspace:
    """What one upload brought, and what of it is open.

    Attributes:
        intake: its studies, and the files that were not read.
        case: the open slice; None while the table of the studies is shown.
        opened: the number of the study that ``case`` is of.
        places: the slice that was last shown, of each study and plane.
        series: the scans of whole planes, by study, plane and hash of the weights.
        batches: the classification of all its studies, by hash of the weights.
        stability: the check of those answers, by hash of the weights.
    """

    intake: Intake
    case: Case | None = None
    opened: int = 0
    places: dict[tuple[int, Plane], Place] = field(default_factory=dict)
    series: dict[tuple[int, Plane, str], Job[SeriesScan]] = field(default_factory=dict)
    batches: dict[str, Job[Batch]] = field(default_factory=dict)
    stability: dict[str, Job[BatchStability]] = field(default_factory=dict)


def visitors_zone() -> ZoneInfo:
    """Return the time zone of the visitor's browser, UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):  # the browser's word, which may be anything
        return ZoneInfo("UTC")


def models_folder() -> Path:
    """Return the folder of the weights that answer now: put into service, named, or shipped."""
    return service_store().in_service().folder


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
    loaded = load_classifier(Path(folder))
    gate = loaded.gate.run_by(QueuedEngine) if isinstance(loaded.gate, LentGate) else loaded.gate
    new = Classifier(loaded.bundle, QueuedEngine(loaded.engine), gate, loaded.gate_note)
    for before in _LOADED:
        free_when_forgotten(before)
    _LOADED[:] = [weakref.ref(new)]
    return new


def get_record(classifier: Classifier) -> ModelRecord | None:
    """Return what was measured of the weights in use; None where nothing was."""
    return _load_record(str(classifier.bundle.folder), classifier.info.weights_hash)


@st.cache_resource(show_spinner=False, max_entries=1)
def _load_record(folder: str, weights_hash: str) -> ModelRecord | None:
    return read_record(Path(folder), weights_hash)


def get_similar_cases(classifier: Classifier) -> SimilarCases | None:
    """Return the index of training scans that ships with the weights, or None.

    Raises:
        WeightsError: the index is damaged.
    """
    return _load_similar(classifier.bundle, classifier.info.weights_hash)


@st.cache_resource(show_spinner=False, max_entries=1)
def _load_similar(_bundle: Bundle, weights_hash: str) -> SimilarCases | None:
    return open_similar_cases(_bundle)


def workspace() -> Workspace | None:
    """Return what the session has uploaded last."""
    found: Workspace | None = st.session_state.get(_WORKSPACE)
    return found


def open_scan() -> Case | None:
    """Return the session's open slice."""
    space = workspace()
    return None if space is None else space.case


def keep(case: Case) -> None:
    """Put what has become of the open slice in its place."""
    space = workspace()
    if space is not None:
        space.case = case
        history.note(case)


def open_study(number: int, place: Place | None = None) -> None:
    """Open a study of the upload; a volume in its middle or at ``place``.

    One that proves damaged is refused, and what was open stays open.
    """
    space = workspace()
    if space is None:
        return
    sample = space.case.sample if space.case is not None else None
    study = space.intake.studies[number]
    try:
        space.case = open_case(study, place, sample)
    except DecodeError as error:
        _refuse(study, error)
        return
    space.opened = number
    if space.case.place is not None:
        space.places[number, space.case.place.plane] = space.case.place


def go_to(place: Place) -> None:
    """Go to another slice of the open volume."""
    space = workspace()
    if space is not None:
        open_study(space.opened, place)


def last_place(plane: Plane) -> Place | None:
    """Return the slice of a plane of the open volume that was shown last."""
    space = workspace()
    return None if space is None else space.places.get((space.opened, plane))


def series_job(plane: Plane, weights: str) -> Job[SeriesScan] | None:
    """Return the scan of a plane of the open volume by these weights, as far as it is."""
    space = workspace()
    return None if space is None else space.series.get((space.opened, plane, weights))


def start_series(job: Job[SeriesScan], plane: Plane, weights: str) -> None:
    """Keep a scan of a plane of the open volume; those of its other planes stay."""
    space = workspace()
    if space is not None:
        space.series[space.opened, plane, weights] = job


def move_crop(box: CropBox | None) -> None:
    """Set the crop of the open slice; None sets it back to where the head was found."""
    case = open_scan()
    if case is not None:
        keep(with_crop(case, box))


def show_table() -> None:
    """Go back from one scan to the table of all of the upload."""
    space = workspace()
    if space is not None:
        space.case = None


def reopen(past: history.Past) -> None:
    """Open a scan of the history again, in its upload if that is still there."""
    try:
        case = past.reopened()
    except DecodeError as error:
        _refuse(past.study, error)
        return
    space = workspace()
    studies = () if space is None else space.intake.studies
    numbers = [number for number, study in enumerate(studies) if study is past.study]
    if space is None or not numbers:
        space = Workspace(Intake((past.study,), ()))
        st.session_state[_WORKSPACE] = space
        st.session_state.pop(_REFUSED, None)
    space.opened = numbers[0] if numbers else 0
    space.case = case


def close() -> None:
    """Forget the upload and what was refused of it; the history stays."""
    for key in (_WORKSPACE, _REFUSED):
        st.session_state.pop(key, None)


def refused() -> tuple[Problem, ...]:
    """Return the files of the last choice that were not read, and why."""
    problems: tuple[Problem, ...] = st.session_state.get(_REFUSED, ())
    return problems


def _refuse(study: Study, error: DecodeError) -> None:
    problem = Problem(study.name, type(error).__name__, str(error), study.folder)
    if problem not in refused():
        st.session_state[_REFUSED] = (*refused(), problem)


def choose(files: Sequence[tuple[str, bytes]], sample: str | None = None) -> None:
    """Note files that are to be read in this run; the last ones chosen count."""
    st.session_state[_PENDING] = PendingUpload(tuple(files), sample)


def is_pending() -> bool:
    """Whether chosen files wait to be read."""
    return _PENDING in st.session_state


def open_pending() -> None:
    """Read the chosen files. Where none of them can be read, what was open stays open."""
    chosen: PendingUpload = st.session_state.pop(_PENDING)
    intake = read_uploads(chosen.files)
    st.session_state[_REFUSED] = intake.problems
    if not intake.studies:
        return
    space = Workspace(intake)
    if len(intake.studies) == 1:
        try:
            space.case = open_case(intake.studies[0], sample=chosen.sample)
        except DecodeError as error:
            _refuse(intake.studies[0], error)
            return
    st.session_state[_WORKSPACE] = space


def uploader_key() -> str:
    """Return the key of the upload widget; it changes once its files have been read."""
    return f"upload-{st.session_state.get(_ROUND, 0)}"


def take_upload() -> None:
    """Take the files out of the upload widget and clear that: the callback of its change.

    The server would keep their bytes for as long as the session lasts.
    """
    uploaded: list[UploadedFile] = st.session_state.get(uploader_key()) or []
    if not uploaded:
        return
    choose([(file.name, file.getvalue()) for file in uploaded])
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    for file in uploaded:
        _release(file)


def _release(uploaded: UploadedFile) -> None:
    # Streamlit has no public call for it; its own chat input does the same. The protocol of file
    # managers does not promise the method, so one that lacks it keeps the bytes until session end.
    context = get_script_run_ctx()
    remove = getattr(getattr(context, "uploaded_file_mgr", None), "remove_file", None)
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=uploaded.file_id)
