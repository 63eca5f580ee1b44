"""What can be done with a run: stop, resume, run again, delete."""

import streamlit as st

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.launcher import CPU
from brain_tumor.jobs.run_folder import RunReader, RunState, RunStatus
from brain_tumor.jobs.runs import RunSummary
from brain_tumor.ui.training import new_run, state
from brain_tumor.ui.words import plain

_FAILED = "steering-failed"


def show(one: RunSummary, status: RunStatus) -> None:
    """Draw the buttons that fit the run's state."""
    with st.container(horizontal=True, key="steer"):
        if status.state is RunState.QUEUED:
            _button("Take out of the queue", "stop", ":material/close:", one)
        elif not status.ended:
            _button(
                "Stop, keep the best",
                "stop",
                ":material/stop:",
                one,
                disabled=status.state is RunState.STOPPING,
            )
            _button("Stop at once", "kill", ":material/dangerous:", one)
        else:
            if status.state is not RunState.FINISHED:
                _button("Resume", "resume", ":material/resume:", one)
            _again(one)
            if st.button("Delete …", icon=":material/delete:", key="ask-delete"):
                _confirm_delete(one)
    problem = st.session_state.pop(_FAILED, "")
    if problem:
        st.error(plain(problem), icon=":material/error:")


def _again(one: RunSummary) -> None:
    try:
        config = RunReader(one.folder).config()
    except RunFolderError:
        return  # the settings are gone; the tab that shows them says so
    st.button(
        "Run again with changes",
        icon=":material/replay:",
        on_click=new_run.offer_again,
        args=(config,),
        key="again",
    )


def _button(name: str, action: str, icon: str, one: RunSummary, *, disabled: bool = False) -> None:
    st.button(name, icon=icon, on_click=_do, args=(action, one), key=action, disabled=disabled)


def _do(action: str, one: RunSummary) -> None:
    runs = state.get_runs()
    try:
        if action == "stop":
            runs.stop(one.folder)
        elif action == "kill":
            runs.kill(one.folder)
        elif action == "resume":
            runs.resume(one.folder, one.device or CPU)
        elif action == "delete":
            runs.delete(one.folder)
            state.choose(None)
    except RunFolderError as error:
        st.session_state[_FAILED] = str(error)


@st.dialog("Delete this run?")
def _confirm_delete(one: RunSummary) -> None:
    st.markdown("Its weights, curves and log are deleted from the server's disk. There is no undo.")
    st.text(one.folder.name)
    if st.button(
        "Delete",
        type="primary",
        icon=":material/delete:",
        on_click=_do,
        args=("delete", one),
        key="delete",
    ):
        st.rerun()  # which closes the dialog
