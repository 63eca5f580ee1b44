"""Whether the visitor may start and steer runs; everyone may watch."""

import os
from collections.abc import Collection

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from brain_tumor.errors import TrainingError
from brain_tumor.jobs.policy import (
    ALLOWED_SECRET,
    PASSWORD_SECRET,
    Access,
    TrainingPolicy,
    training_policy,
)
from brain_tumor.ui.words import plain

_TYPED = "training-password"


def policy() -> TrainingPolicy:
    """Return this server's policy.

    Raises:
        TrainingError: it is set to something that it does not know.
    """
    password, users = _secrets()
    return training_policy(
        os.environ,
        server_address=st.get_option("server.address"),
        password=password,
        users=users,
    )


def may_steer(found: TrainingPolicy) -> bool:
    """Whether this visitor may start and steer runs."""
    return found.admits(st.session_state.get(_TYPED), _signed_in())


def show() -> bool:
    """Say who may start runs, ask for the password where one is set; return whether this one may.

    A policy that cannot be read lets nobody in.
    """
    try:
        found = policy()
    except TrainingError as error:
        st.error(plain(str(error)), title="Training is off", icon=":material/lock:")
        return False
    if may_steer(found):
        return True
    if found.access is Access.OFF:
        st.info(plain(found.reason), title="Training is off here", icon=":material/lock:")
        return False
    with st.container(border=True, key="access"):
        st.markdown(f"**Watching is open to all.** {plain(found.reason)}")
        st.text_input("Password", type="password", key=_TYPED, autocomplete="current-password")
        if st.session_state.get(_TYPED):
            st.error("This is not the password. Ask whoever runs this server.")
    return False


def _secrets() -> tuple[str | None, Collection[str]]:
    try:
        return st.secrets.get(PASSWORD_SECRET), tuple(st.secrets.get(ALLOWED_SECRET, ()))
    except StreamlitSecretNotFoundError:
        return None, ()


def _signed_in() -> str | None:
    """Return the e-mail address that an identity provider has confirmed, where one is set up."""
    user = st.user
    return str(user.get("email")) if user.get("is_logged_in") and user.get("email") else None
