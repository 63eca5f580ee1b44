"""A run as it goes on: progress, curves, confusion, mistakes, log; all of it from its folder."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.errors import RunFolderError, TrainingError
from brain_tumor.jobs.last_validation import last_validation
from brain_tumor.jobs.run_folder import Record, RunReader, RunState, RunStatus
from brain_tumor.training.command_line import command_line
from brain_tumor.training.config import TrainConfig
from brain_tumor.ui import figures
from brain_tumor.ui.model_figures import confusion_chart
from brain_tumor.ui.training import words
from brain_tumor.ui.training.charts import show_chart
from brain_tumor.ui.training.live import shared_run
from brain_tumor.ui.words import plain
from brain_tumor.wording import CLASS_NAMES, percent

EVERY: Final = 1.0
"""Seconds between two looks at a run that goes on."""

_LOG_LINES: Final = 400


def show(folder: Path, status: RunStatus) -> None:
    """Draw a run, again and again while it goes on."""
    every = None if status.ended else EVERY
    st.fragment(_live, run_every=every)(folder, status.state)


def _live(folder: Path, drawn: RunState) -> None:
    reader = RunReader(folder)
    try:
        status = reader.status()
    except RunFolderError as error:
        st.error(plain(str(error)), title="This run cannot be read", icon=":material/error:")
        return
    if status.state is not drawn:
        st.rerun()  # the buttons beside it depend on the state
    _progress(status)
    tabs = st.tabs(["Curves", "Last validation", "Log", "Settings"], key="watch", on_change="rerun")
    draws: tuple[Callable[[], None], ...] = (
        lambda: _curves(folder, status.ended),
        lambda: _validation(folder),
        lambda: _log(reader),
        lambda: _settings(reader),
    )
    for tab, draw in zip(tabs, draws, strict=True):
        if tab.open:
            with tab:
                draw()


def _progress(status: RunStatus) -> None:
    st.progress(words.share_done(status), words.progress_words(status))
    if not status.ended and status.steps_per_epoch:
        share, said = words.epoch_progress(status)
        st.progress(share, said)
    if status.message and status.state is not RunState.RUNNING:
        st.caption(plain(status.message))


def _curves(folder: Path, ended: bool) -> None:
    curves = shared_run(str(folder)).curves(whole=ended)
    if curves.last_step is None:
        st.info(
            "There are no points: no step was done."
            if ended
            else "The first points come with the first steps: reading the images and building the "
            "network come before.",
            icon=":material/hourglass_empty:",
        )
        return
    _numbers(curves.last_step, curves.last_epoch, ended)
    for first in range(0, len(curves.charts), 2):
        pair = curves.charts[first : first + 2]
        for column, chart in zip(st.columns(2, gap="medium"), pair, strict=False):
            with column:
                show_chart(chart, f"curve-{chart.title}", live=not ended)
    st.caption("Drag a chart to move it; Ctrl and the wheel zoom, a double click shows all again.")


def _numbers(step: Record, epoch: Record | None, ended: bool) -> None:
    with st.container(horizontal=True, key="numbers"):
        _number("Training loss", step.get("loss"), ".3f")
        _number("Training accuracy", step.get("accuracy"), ".1%")
        if epoch is not None:
            _number("Validation accuracy", epoch.get("val_accuracy"), ".1%")
        _number("Images per second", step.get("images_per_second"), ".1f")
        if not ended:
            behind = max(0.0, time.time() - step["time"])
            st.metric("Last step", f"{words.duration(behind)} ago")


def _number(name: str, value: object, form: str) -> None:
    shown = format(value, form) if isinstance(value, int | float) else "not a number"
    st.metric(name, shown.replace("%", " %"))


@st.cache_resource(show_spinner=False, max_entries=50)  # 25 ms for each look of each viewer
def _confusion(confusion: tuple[tuple[int, ...], ...], dark: bool) -> go.Figure:
    return confusion_chart([CLASS_NAMES[label] for label in CLASSES], confusion, dark=dark)


def _validation(folder: Path) -> None:
    try:
        last = last_validation(folder)
    except RunFolderError as error:
        st.caption(plain(str(error)))
        return
    if last is None:
        st.info("There is no validation yet: one follows each epoch.", icon=":material/info:")
        return
    st.caption(f"After epoch {last.epoch}, on {sum(map(sum, last.confusion))} validation images.")
    st.plotly_chart(
        _confusion(last.confusion, st.context.theme.type == "dark"),
        config=figures.CHART_CONFIG,
        key="confusion",
        width="stretch",
        alt="Confusion matrix: true classes down, predicted classes across",
    )
    if last.worst:
        st.markdown("**The mistakes that the network is surest of**")
        with st.container(key="mistakes"):
            for number, one in enumerate(last.worst):
                with st.container(key=f"mistake-{number}", gap="xsmall"):
                    if one.picture is not None:
                        st.image(one.picture, width="stretch", output_format="PNG", alt=one.name)
                    st.markdown(
                        f"{CLASS_NAMES[one.label]}, called **{CLASS_NAMES[one.predicted]}** "
                        f"({percent(one.probability)})"
                    )
                    st.text(one.name)


def _log(reader: RunReader) -> None:
    wanted = st.text_input(
        "Search the log", key="log-search", placeholder="part of a line", autocomplete="off"
    )
    lines = reader.tail_log(_LOG_LINES)
    shown = [line for line in lines if wanted.lower() in line.lower()]
    st.code("\n".join(shown) or "Nothing yet.", language=None, height=360, wrap_lines=True)
    st.caption(f"{len(shown)} of the last {len(lines)} lines.")


def _settings(reader: RunReader) -> None:
    try:
        config = reader.config()
        command = command_line(TrainConfig.from_dict(config))
    except (RunFolderError, TrainingError) as error:
        st.caption(plain(str(error)))
        return
    st.markdown("The same from the command line:")
    st.code(command, language="bash", wrap_lines=True)
    st.json(config)
