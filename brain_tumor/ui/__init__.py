"""The app's pages: the only part that imports Streamlit."""
