"""What made the model: hashes, versions, commands, and the training runs it came through."""

import html

import streamlit as st

from brain_tumor.model.bundle import Bundle
from brain_tumor.ui.model_words import Record, on_quantisation
from brain_tumor.ui.words import plain
from brain_tumor.wording import model_facts


def show(bundle: Bundle, evaluation: Record | None) -> None:
    """Draw the section."""
    st.header("What made it", anchor="origin")
    with st.container(key="panel-origin"):
        rows = "".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
            for name, value in origin(bundle, evaluation).items()
        )
        st.html(f'<dl class="bt-facts">{rows}</dl>')
        if evaluation is not None:
            st.caption(plain(on_quantisation(evaluation)))
    runs = bundle.info.training.get("runs", [])
    if runs:
        with st.expander("Training runs, first to last", icon=":material/timeline:"):
            st.table(run_table(runs))


def origin(bundle: Bundle, evaluation: Record | None) -> dict[str, str]:
    """Return what a reviewer needs to make the model and its figures again, by name."""
    info = bundle.info
    facts = model_facts(info)
    training = info.training
    if "training_images" in training:
        held_out = len(training.get("validation_images", ()))
        facts["Training images"] = f"{training['training_images']:,}, {held_out:,} held out"
    if training.get("identity_blocks"):
        facts["Residual blocks not trained"] = f"{len(training['identity_blocks'])}, the identity"
    facts |= {"Bundle made by": info.command, "Bundle's packages": _versions(info.versions)}
    if evaluation is not None:
        facts |= {
            f"Evaluated data, {split} (hash)": value
            for split, value in evaluation["data_hash"].items()
        }
        facts |= {
            "Evaluated by": evaluation["command"],
            "Evaluation's packages": _versions(evaluation["versions"]),
        }
    return {name: value for name, value in facts.items() if value}


def run_table(runs: list[Record]) -> dict[str, list[str]]:
    """Return the runs' settings as columns: what differs between them first."""
    names = list(dict.fromkeys(name for run in runs for name in run if name != "run_dir"))
    names.sort(key=lambda name: len({str(run.get(name)) for run in runs}) == 1)
    columns = {
        str(run.get("run_dir", number + 1)): [_setting(run.get(name)) for name in names]
        for number, run in enumerate(runs)
    }
    return {"setting": names, **columns}


def _setting(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None else str(value)


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())
