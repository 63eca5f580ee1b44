"""Runs over each other: their curves, the settings that differ, and what each reached."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs.compare import RESULTS, ComparedRun, compare_runs
from brain_tumor.ui.training.charts import Curve, line_chart, points_of, show_chart
from brain_tumor.ui.training.live import shared_run
from brain_tumor.ui.words import plain

CURVES: Final = {
    "Validation accuracy": "val_accuracy",
    "Validation loss": "val_loss",
    "Training loss": "loss",
    "Training accuracy": "accuracy",
    "Heat map peak in the tumor": "val_pointing",
}


def show(folders: Sequence[Path]) -> None:
    """Draw the choice of runs, their curves and the table, best first."""
    by_name = {folder.name: folder for folder in folders}
    names = st.multiselect(
        "Runs to compare", list(by_name), default=list(by_name)[:4], key="compared-runs"
    )
    if len(names) < 2:
        st.info("Choose two runs or more.", icon=":material/compare_arrows:")
        return
    metric = st.segmented_control(
        "Curve", list(CURVES), default="Validation accuracy", required=True, key="compared-curve"
    )
    title = metric or "Validation accuracy"
    points = pd.concat(
        [
            points_of(shared_run(str(by_name[name])).records(), Curve(CURVES[title], name))
            for name in names
        ],
        ignore_index=True,
    )
    show_chart(line_chart(points, title.lower()), "compared")
    try:
        comparison = compare_runs([by_name[name] for name in names], hashes=False)
    except RunFolderError as error:
        st.info(plain(str(error)), icon=":material/info:")
        return
    st.dataframe(
        table_of(comparison.runs),
        hide_index=True,
        width="stretch",
        key="compared-table",
        alt="Runs, best first: the settings in which they differ, and their results",
    )


def table_of(runs: Sequence[ComparedRun]) -> pd.DataFrame:
    """Return a row for each run: its name, the settings that differ, epoch, results."""
    results = [name for name in RESULTS if any(name in run.results for run in runs)]
    return pd.DataFrame(
        [
            {
                "run": run.name,
                **{name: str(value) for name, value in run.settings.items()},
                "best epoch": run.epoch,
                **{
                    name.removeprefix("val_"): round(run.results[name], 4)
                    for name in results
                    if name in run.results
                },
            }
            for run in runs
        ]
    )
