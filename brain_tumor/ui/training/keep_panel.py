"""What becomes of a run: its evaluation beside that of the model in service, service, download."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from brain_tumor.errors import BrainTumorError, WeightsError
from brain_tumor.evaluation.side_by_side import Figure, SideBySide, side_by_side
from brain_tumor.jobs import results
from brain_tumor.jobs.results import Work
from brain_tumor.jobs.run_folder import RunReader, RunState, RunStatus, tail_log
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.model.bundle import DEFAULT_FOLDER
from brain_tumor.model.bundle_store import service_store
from brain_tumor.model.bundle_zip import pack_bundle
from brain_tumor.ui.training import state, waiting, words
from brain_tumor.ui.words import plain

EVERY: Final = 1.5
_FAILED: Final = "keeping-failed"
_NAMES: Final = {
    Work.EXPORT: "Export",
    Work.EVALUATION: "Evaluation",
    Work.BASELINE: "Evaluation of the other model",
    Work.DEPLOYMENT: "Putting into service",
}


def show(folder: Path, status: RunStatus, may_steer: bool) -> None:
    """Draw what can be done with a run's best weights, by whom, and how far it is."""
    if not status.ended or status.best_epoch is None:
        return
    busy = any(_is_working(folder, work) for work in Work)
    with st.container(border=True, key="keep"):
        st.fragment(_live, run_every=EVERY if busy else None)(folder, busy, may_steer)


def _live(folder: Path, drawn_busy: bool, may_steer: bool) -> None:
    busy = any(_is_working(folder, work) for work in Work)
    if busy != drawn_busy:
        st.rerun()  # the clock of this fragment depends on it
    st.markdown("**Keep the best weights**")
    exported = results.is_exported(folder)
    if may_steer:
        _buttons(folder, exported, busy)
    problem = st.session_state.pop(_FAILED, "")
    if problem:
        st.error(plain(problem), icon=":material/error:")
    for work in Work:
        _work(folder, work)
    if exported:
        _comparison(folder, may_steer and not busy)
    else:
        st.caption(
            "An export quantises the best weights to int8, fits their temperature, and chooses "
            "their review threshold on the validation images. It takes minutes."
        )
    st.caption(
        "A bundle made here has no gate of its own. While it serves, what is no brain MRI is "
        "refused by that of the model that ships if both take the same input size; otherwise it is "
        "answered too, and the page says so."
    )


def _buttons(folder: Path, exported: bool, busy: bool) -> None:
    with st.container(horizontal=True, key="keep-buttons"):
        if not exported:
            _button("Export", ":material/inventory_2:", _export, folder, busy)
        else:
            _button("Evaluate", ":material/fact_check:", _evaluate, folder, busy)
        _button("Put into service", ":material/publish:", _deploy, folder, busy)
        if exported:
            _download("Download (ZIP)", folder, to_train=True)
            _download("Download to serve only (ZIP)", folder, to_train=False)


def _download(name: str, folder: Path, *, to_train: bool) -> None:
    kind = "" if to_train else "-to-serve"
    st.download_button(
        name,
        lambda: _packed(results.bundle_of(folder), to_train),
        file_name=f"{folder.name}{kind}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=f"download-bundle{kind}",
        help=None
        if to_train
        else "Without the Keras weights: a third of the size, for a server without a GPU. No "
        "training starts from it.",
    )


def _button(
    name: str, icon: str, action: Callable[[Path], object], folder: Path, busy: bool
) -> None:
    st.button(
        name,
        icon=icon,
        on_click=_try,
        args=(action, folder),
        disabled=busy,
        key=f"keep-{action.__name__}",
    )


def _try(action: Callable[[Path], object], folder: Path) -> None:
    try:
        action(folder)
    except (BrainTumorError, OSError) as error:
        st.session_state[_FAILED] = str(error)


def _export(folder: Path) -> None:
    results.start_export(state.get_launcher(), folder)


def _evaluate(folder: Path) -> None:
    results.start_evaluation(state.get_launcher(), folder, _data_of(folder))


def _evaluate_other(folder: Path, bundle: Path) -> None:
    results.start_baseline(state.get_launcher(), folder, _data_of(folder), bundle)


def _data_of(folder: Path) -> Path:
    return Path(str(RunReader(folder).config().get("data", "")))


def _deploy(folder: Path) -> None:
    results.start_deployment(state.get_launcher(), folder, service_store().root)


def _is_working(folder: Path, work: Work) -> bool:
    status = results.work_status(folder, work)
    return status is not None and status.working


def _work(folder: Path, work: Work) -> None:
    status = results.work_status(folder, work)
    if status is None:
        return
    look = words.STATES[status.state]
    with st.container(horizontal=True, vertical_alignment="center", key=f"work-{work}"):
        st.badge(f"{_NAMES[work]}: {look.word.lower()}", icon=look.icon, color=look.colour)  # type: ignore[arg-type]
        if status.message:
            st.caption(plain(status.message))
    if not status.ended:
        lines = words.own_lines(tail_log(folder / work, 50))
        if lines:
            st.code("\n".join(lines[-3:]), language=None, wrap_lines=True)


def _packed(bundle: Path, to_train: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bundle.zip"
        pack_bundle(bundle, file, to_train=to_train)
        return file.read_bytes()


def _comparison(folder: Path, may_start: bool) -> None:
    bundle, serving = results.bundle_of(folder), service_store().in_service().folder
    serves = results.same_weights(bundle, serving)
    if serves:
        st.badge("In service", icon=":material/check:", color="green")
    mine = results.read_evaluation(bundle)
    if mine is None:
        st.caption("Evaluate the bundle to see it beside the model in service.")
        return
    other, name = (DEFAULT_FOLDER, "the one that ships") if serves else (serving, "in service")
    theirs = results.read_baseline(folder, other) or results.read_evaluation(other)
    found = side_by_side(mine, theirs)
    st.markdown(f"**Beside the model {'that ships' if serves else 'in service'}**")
    st.dataframe(
        figures_table(found, name),
        hide_index=True,
        width="stretch",
        key="side-by-side",
        alt="Figures of this run's bundle and of another model",
    )
    for note in found.notes:
        st.caption(plain(note))
    if not found.same_images and may_start:
        st.button(
            "Evaluate that model on these images too",
            icon=":material/balance:",
            on_click=_try,
            args=(lambda run: _evaluate_other(run, other), folder),
            key="keep-baseline",
        )


def figures_table(found: SideBySide, other: str) -> pd.DataFrame:
    """Return a row for each figure: its name, both values with their intervals, the difference.

    Args:
        found: the figures.
        other: what the run is compared with, for the head of its column.
    """
    return pd.DataFrame(
        [
            {
                "figure": figure.name,
                "this run": _value(figure, figure.candidate, figure.candidate_interval),
                other: _value(figure, figure.serving, figure.serving_interval),
                "difference": _difference(figure) if found.same_images else "",
            }
            for figure in found.figures
        ]
    )


def _value(figure: Figure, value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "not measured"
    if not figure.percent:
        return f"{value:.4f}"
    around = "" if interval is None else f" ({interval[0] * 100:.1f}–{interval[1] * 100:.1f})"
    return f"{value * 100:.1f} %{around}"


def _difference(figure: Figure) -> str:
    difference = figure.difference
    if difference is None:
        return ""
    better = ""
    if figure.higher_is_better is not None and difference != 0:
        better = " better" if (difference > 0) == figure.higher_is_better else " worse"
    said = f"{difference * 100:+.1f} points" if figure.percent else f"{difference:+.4f}"
    return f"{said}{better}".replace("-", "−")


def show_service(may_steer: bool) -> None:
    """Draw what serves now; for who may steer, the ways to take it back and to bring one in."""
    store = service_store()
    now = store.in_service()
    with st.container(border=True, key="service"):
        st.markdown("**In service**")
        st.text(now.name or "the model that ships")
        if now.problem:
            st.warning(plain(now.problem), icon=":material/warning:")
        if not may_steer:
            return
        try:
            history = store.history()
        except WeightsError:
            history = ("",)
        if len(history) > 1:
            st.button(
                f"Back to {history[-2] or 'the one that ships'}",
                icon=":material/undo:",
                on_click=_take_back,
                key="take-back",
            )
        _upload()
    problem = st.session_state.pop("service-failed", "")
    if problem:
        st.error(plain(problem), icon=":material/error:")


def _take_back() -> None:
    try:
        service_store().take_back()
    except WeightsError as error:
        st.session_state["service-failed"] = str(error)


def _upload() -> None:
    folder = state.task_folder("deploy", "uploaded bundle")
    status = try_status(folder)
    if status is not None and status.working:
        waiting.wait_for(folder, "Checking the bundle and putting it into service")
        return
    with st.popover("Upload a bundle", icon=":material/upload:", width="stretch"):
        uploaded = st.file_uploader("Bundle (ZIP)", type=["zip"], key="bundle-upload")
        st.caption(
            "A ZIP that was downloaded here. It is checked before it serves. "
            f"{state.upload_limit()} From the command line: `python -m brain_tumor deploy`."
        )
        if uploaded is not None and st.button(
            "Check it and put it into service", type="primary", key="serve-upload"
        ):
            _serve(uploaded.getvalue(), folder)
    if status is not None and status.state is RunState.FAILED:
        st.error(plain(status.message), title="The bundle does not serve", icon=":material/error:")


def _serve(data: bytes, folder: Path) -> None:
    try:
        with st.spinner("Unpacking …"):
            state.start_serving(data, folder)
    except (BrainTumorError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.rerun()
