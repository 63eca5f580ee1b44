"""Keeping Python's search for garbage short: nobody's run goes on in it.

Where the libraries are large it takes longer than drawing a page. Streamlit would have one after
every run of every visitor; `.streamlit/config.toml` turns that off (``runner.postScriptGC``).
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
