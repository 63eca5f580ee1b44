"""Long work in the page: a bar, the time left and Cancel; it goes on run by run of the script.

Streamlit ends a run of the script as soon as anything is clicked. Work is therefore done in steps
at the end of the page, and the next run goes on where the last one was. No threads outlive a step.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from brain_tumor.errors import BusyError
from brain_tumor.pipeline import Classifier
from brain_tumor.stepwise import Stepwise
from brain_tumor.ui.words import plain

RUN_SECONDS: Final = 2.0
"""How long one run of the script works at most before the page is drawn anew."""

Pending = Callable[[], None]
"""What is to be called once the rest of the page is drawn."""


Work = TypeVar("Work", bound=Stepwise[Any])


@dataclass(slots=True)
class Job(Generic[Work]):
    """Long work of one session.

    Attributes:
        work: what is done in steps.
        noun: what its items are called, in the plural.
        running: whether it goes on in the next run of the script.
        notice: why it has stopped by itself; "" where it has not.
    """

    work: Work
    noun: str
    running: bool = True
    notice: str = ""

    @property
    def is_stopped(self) -> bool:
        """Whether there is something left to do and nobody does it."""
        return not self.running and not self.work.finished


def show(job: Job[Any], classifier: Classifier, key: str) -> Pending | None:
    """Draw how far a job is, with what stops it or lets it go on; nothing where it is finished.

    Returns:
        What goes on with it, to be called at the end of the page; None where nothing does.
    """
    if job.work.finished:
        return None
    with st.container(
        horizontal=True, vertical_alignment="center", gap="medium", key=f"{key}-progress"
    ):
        bar = st.progress(job.work.done / job.work.total, _text(job))
        if job.running:
            st.button(
                "Cancel", icon=":material/close:", on_click=_stop, args=(job,), key=f"{key}-cancel"
            )
            return partial(_go_on, job, bar, classifier)
        st.button(
            "Go on",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(job,),
            key=f"{key}-go-on",
        )
    if job.notice:
        st.warning(plain(job.notice), title="Many people are asking", icon=":material/hourglass:")
    return None


def _stop(job: Job[Any]) -> None:
    job.running = False


def _start(job: Job[Any]) -> None:
    job.running, job.notice = True, ""


def _go_on(job: Job[Any], bar: DeltaGenerator, classifier: Classifier) -> None:
    # A control in a fragment waits for the end of the run; the next run has heard of it.
    end = time.monotonic() + RUN_SECONDS
    try:
        while not job.work.finished and time.monotonic() < end:
            job.work.step(classifier)
            bar.progress(job.work.done / job.work.total, _text(job))
    except BusyError as error:
        job.running, job.notice = False, str(error)
    st.rerun()


def _text(job: Job[Any]) -> str:
    counted = f"{job.work.done:,} of {job.work.total:,} {job.noun}"
    if not job.running:
        return f"Stopped after {counted}."
    left = job.work.seconds_left
    return counted if left is None else f"{counted}, {duration(left)} left"


def duration(seconds: float) -> str:
    """Return a time that is not yet known well, in words: "about 4 s", "about 2 min"."""
    if seconds < 100:
        return f"about {max(1, math.ceil(seconds))} s"
    return f"about {round(seconds / 60)} min"
