"""The app's pages: the only part that imports Streamlit."""

import sys

# `import openvino` sends an event to Google Analytics from a forked process, and no environment
# variable but those of CI services stops it. It goes without where the package cannot be imported,
# which None in sys.modules brings about. Nothing else needs that package.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
