"""Keeping Python's search for garbage short.

Streamlit has all objects searched after every run of every visitor, in which nobody else's run goes
on (``runner.postScriptGC``). Where the libraries are large that takes longer than drawing the page.
"""

import gc

import streamlit as st


def spare_what_is_loaded() -> None:
    """Leave out of every later search what is there now: modules, networks, specifications."""
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def spare_once(occasion: str) -> None:
    """Do ``spare_what_is_loaded`` once in the server's life for each occasion."""
    spare_what_is_loaded()
