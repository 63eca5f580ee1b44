"""The app's entry point: page configuration and navigation, nothing else."""

from pathlib import Path

import streamlit as st

st.set_page_config(
    page_title="Brain tumor MRI demonstrator",
    page_icon=Path(__file__).with_name("assets") / "icon.png",
    layout="wide",
    initial_sidebar_state="collapsed",
)

st.navigation(
    [
        st.Page(
            "brain_tumor/ui/diagnose.py",
            title="Classify a scan",
            icon=":material/neurology:",
            default=True,
        ),
        st.Page(
            "brain_tumor/ui/model_page.py",
            title="The model",
            icon=":material/fact_check:",
            url_path="model",
        ),
        st.Page(
            "brain_tumor/ui/training/page.py",
            title="Training",
            icon=":material/model_training:",
            url_path="training",
        ),
    ],
    position="top",
).run()
