"""The files of the last choice that were not read: in full where they matter, else in a fold."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from brain_tumor.intake.study import Problem
from brain_tumor.ui.words import plain

_MOST_ERRORS: Final = 3
_MOST_NAMES: Final = 20


def show(problems: Sequence[Problem], read: int, kept: bool) -> None:
    """Say what was not read, and why.

    Args:
        problems: of the last choice.
        read: how many studies the choice gave. With one, notes and copies beside it are told of
            quietly, and so are many failures; with several, a table lists what failed.
        kept: whether something from before is still open.
    """
    quiet = [one for one in problems if read and one.incidental]
    failed = [one for one in problems if one not in quiet]
    if read and failed and read + len(failed) > 2:
        _fold(f"{_files(len(failed))} not read", failed, ":material/block:")
    else:
        _errors(failed, " What was open before is still shown." if kept else "")
    if quiet:
        other = "other " if failed else ""
        _fold(f"{_files(len(quiet), other)} passed over", quiet, ":material/info:")


def _errors(problems: Sequence[Problem], more: str) -> None:
    for problem in problems[:_MOST_ERRORS]:
        st.error(
            plain(problem.message) + more, title="This file was not read", icon=":material/block:"
        )
        st.text(_path(problem))
    if len(problems) > _MOST_ERRORS:
        rest = problems[_MOST_ERRORS:]
        _fold(f"{len(rest)} more were not read", rest, ":material/block:")


def _fold(label: str, problems: Sequence[Problem], icon: str) -> None:
    """List files by what is to be said of them."""
    by_message: dict[str, list[Problem]] = {}
    for problem in problems:
        by_message.setdefault(problem.message, []).append(problem)
    with st.expander(label, icon=icon):
        for message, files in by_message.items():
            st.caption(plain(message))
            more = len(files) - _MOST_NAMES
            names = [_path(one) for one in files[:_MOST_NAMES]]
            st.text("\n".join([*names, f"and {more} more"] if more > 0 else names))


def _files(count: int, other: str = "") -> str:
    return f"1 {other}file was" if count == 1 else f"{count} {other}files were"


def _path(problem: Problem) -> str:
    return f"{problem.folder}/{problem.name}" if problem.folder else problem.name
