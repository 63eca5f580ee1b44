"""Whether the visitor may start and steer runs; everyone may watch."""

import os
from collections.abc import Collection, Mapping

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
    """Say who may start runs, let visitors prove themselves; return whether this one may.

    A policy that cannot be read lets nobody in.
    """
    try:
        found = policy()
    except TrainingError as error:
        st.error(plain(str(error)), title="Training is off", icon=":material/lock:")
        return False
    admitted = may_steer(found)
    if admitted and found.access is Access.OPEN:
        return True
    if found.access is Access.OFF:
        st.info(plain(found.reason), title="Training is off here", icon=":material/lock:")
        return False
    if not admitted:
        with st.container(border=True, key="access"):
            st.markdown(f"**Watching is open to all.** {plain(found.reason)}")
            if found.password_hash:
                _ask_for_password()
            if found.users:
                _offer_sign_in()
    _show_who(admitted)
    return admitted


def _ask_for_password() -> None:
    st.text_input("Password", type="password", key=_TYPED, autocomplete="current-password")
    if st.session_state.get(_TYPED):
        st.error("This is not the password. Ask whoever runs this server.")


def _offer_sign_in() -> None:
    """Draw a button for each identity provider of the secrets."""
    if _signed_in() is not None:
        return
    providers = _providers()
    if not providers:
        st.caption(
            f"Nobody can sign in yet: {ALLOWED_SECRET} names people, and the secrets have no "
            "identity provider in [auth]."
        )
    for provider in providers:
        name = "Sign in" if provider is None else f"Sign in with {provider}"
        st.button(
            plain(name),
            icon=":material/login:",
            on_click=st.login,
            args=() if provider is None else (provider,),
            key=f"sign-in-{provider or 'default'}",
        )


def _show_who(admitted: bool) -> None:
    user = _signed_in()
    if user is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="signed-in"):
        listed = "" if admitted else " This address is not on the list of those who may train."
        st.caption(plain(f"Signed in as {user}.{listed}"))
        st.button(
            "Sign out",
            icon=":material/logout:",
            type="tertiary",
            on_click=st.logout,
            key="sign-out",
        )


def _providers() -> tuple[str | None, ...]:
    """Return the identity providers of the secrets; None is one without a name."""
    try:
        auth = st.secrets.get("auth", {})
    except StreamlitSecretNotFoundError:
        return ()
    if "server_metadata_url" in auth:
        return (None,)
    return tuple(
        name
        for name, value in auth.items()
        if isinstance(value, Mapping) and "server_metadata_url" in value
    )


def _secrets() -> tuple[str | None, Collection[str]]:
    try:
        return st.secrets.get(PASSWORD_SECRET), tuple(st.secrets.get(ALLOWED_SECRET, ()))
    except StreamlitSecretNotFoundError:
        return None, ()


def _signed_in() -> str | None:
    """Return the e-mail address that an identity provider has confirmed, where one is set up."""
    user = st.user
    return str(user.get("email")) if user.get("is_logged_in") and user.get("email") else None
