"""Waiting for a process that works in a folder, and going on when it has ended."""

from pathlib import Path
from typing import Final

import streamlit as st

from brain_tumor.jobs.run_folder import tail_log
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.ui.training.words import own_lines

EVERY: Final = 0.7
"""Seconds between two looks."""


def wait_for(folder: Path, words: str) -> None:
    """Say that something goes on, and draw the page anew once it has ended."""
    st.fragment(_look, run_every=EVERY)(folder, words)


def _look(folder: Path, words: str) -> None:
    status = try_status(folder)
    if status is None or not status.working:
        st.rerun()
    last = (own_lines(tail_log(folder, 50)) or [""])[-1]
    st.progress(status.progress if status.total_steps else 0.0, f"{words} …")
    if last:
        st.text(last[:200])
