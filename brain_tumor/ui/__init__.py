"""The app's pages: the only part that imports Streamlit."""

# Plotly takes pandas from the loaded modules, even half loaded ones: a first chart would fail while
# another session's is just importing it. Streamlit brings pandas and imports it for a chart anyway.
import pandas  # noqa: F401
