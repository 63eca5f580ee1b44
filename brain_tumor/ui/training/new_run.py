"""The form of a new run: data, device, settings, start."""

from pathlib import Path
from typing import Any, Final

import streamlit as st

from brain_tumor.errors import RunFolderError, TrainingError
from brain_tumor.jobs.devices import Machine
from brain_tumor.jobs.estimate import Estimate, estimate_cpu_run
from brain_tumor.jobs.launcher import CPU
from brain_tumor.model.bundle import DEFAULT_FOLDER, SIDECAR
from brain_tumor.training.config import TrainConfig
from brain_tumor.ui.training import augment_panel, data_form, settings, state
from brain_tumor.ui.training.words import duration
from brain_tumor.ui.words import plain

_GIB: Final = 2**30
_DEVICE_KEY: Final = "device"
_NAME_KEY: Final = "run-name"


def show() -> None:
    """Draw the form; a started run is looked at next."""
    st.subheader("New run", anchor=False)
    with st.container(border=True, key="form-data"):
        st.markdown("**1 · Data**")
        audited, without_leaks = data_form.show()
    machine = state.get_launcher().machine()
    with st.container(border=True, key="form-device"):
        st.markdown("**2 · Device**")
        device = _device(machine)
    with st.container(border=True, key="form-settings"):
        st.markdown("**3 · Settings**")
        gpu = next((one for one in machine.gpus if one.uuid == device), None)
        shipped = (DEFAULT_FOLDER / SIDECAR).is_file()
        defaults = settings.defaults_for(gpu, shipped)
        st.button(
            "Quick run",
            icon=":material/bolt:",
            on_click=settings.offer,
            args=(settings.defaults_for(gpu, shipped, quick=True),),
            key="quick-run",
            help="A small network on small images: to see in minutes how a run goes.",
        )
        chosen = settings.show(defaults, outlines=audited is not None and audited.outlines > 0)
        if audited is not None and not chosen.problems:
            if gpu is None:
                left_out = len(audited.report.leaked) if without_leaks else 0
                _estimate(max(1, audited.training_images - left_out), chosen)
            augment_panel.show(audited, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", key="form-start"):
        name = st.text_input(
            "Name (optional)", key=_NAME_KEY, placeholder="date and time", autocomplete="off"
        )
        clicked = st.button(
            "Start",
            type="primary",
            icon=":material/rocket_launch:",
            disabled=audited is None or bool(chosen.problems),
            key="start",
        )
    if audited is None:
        st.caption("Choose the data first.")
    elif clicked:
        values = {**chosen.values, "leave_out_leaks": without_leaks}
        _start(str(audited.root), values, device, name.strip())


def _device(machine: Machine) -> str:
    names = {CPU: f"CPU: {machine.cores} cores, {machine.memory_available / _GIB:.1f} GiB free"}
    for number, gpu in enumerate(machine.gpus):
        free = "" if gpu.memory_free is None else f", {gpu.memory_free / _GIB:.1f} GiB free"
        names[gpu.uuid] = f"GPU {number}: {gpu.name}{free}, driver {gpu.driver}"
    if machine.no_gpu:
        st.caption(plain(machine.no_gpu))
    if len(names) == 1:
        st.text(names[CPU])
        return CPU
    choices = [*(uuid for uuid in names if uuid != CPU), CPU]
    return st.radio("Device", choices, format_func=names.__getitem__, key=_DEVICE_KEY) or CPU


def _estimate(images: int, chosen: settings.Settings) -> None:
    values = chosen.values
    runs = tuple(str(one.folder) for one in state.get_list().recent() if one.status is not None)
    asked = images, values["epochs"], values["backbone"], values["side"]
    found = _estimated(*asked, runs)
    st.caption(f"About {duration(found.seconds)} on this CPU. {plain(found.basis)}")


@st.cache_resource(show_spinner=False, ttl=300, max_entries=50)  # half a second of all cores
def _estimated(
    images: int, epochs: int, backbone: str, side: int, runs: tuple[str, ...]
) -> Estimate:
    return estimate_cpu_run(images, epochs, backbone, side, map(Path, runs))


def _start(data: str, values: dict[str, Any], device: str, name: str) -> None:
    try:
        config = TrainConfig(data=data, run_dir="", **values)
        folder = state.get_runs().create(config.to_dict(), device, name)
    except (TrainingError, RunFolderError) as error:
        st.error(plain(str(error)), title="The run was not started", icon=":material/error:")
        return
    state.choose(folder.name)
    st.rerun()


def offer_again(config: dict[str, Any]) -> None:
    """Fill the form with a run's settings, to run it again with changes: a callback."""
    offered: dict[str, Any] = {name: config[name] for name in settings.OFFERED if name in config}
    settings.offer(offered)
    st.session_state[data_form.SOURCE_KEY] = data_form.FOLDER
    st.session_state[data_form.PATH_KEY] = config.get("data", "")
    state.choose(None)
