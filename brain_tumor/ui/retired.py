"""Freeing a network that no longer serves, once nobody knows it any more."""

import gc
import threading
import time
import weakref
from typing import Any, Final

EVERY: Final = 60.0
"""Seconds between two searches for garbage, each a tenth of one."""


def free_when_forgotten(network: weakref.ref[Any], every: float = EVERY) -> threading.Thread:
    """Search for garbage again and again until an object is gone.

    A tab knows the network that answered it until it runs again, and Streamlit the tab for minutes
    after it was closed. What is then left goes in circles, and is a few kilobytes to Python, which
    so sees no reason to search: the network beneath it has hundreds of megabytes.

    Args:
        network: refers to it.
        every: seconds between two searches.

    Returns:
        The thread that searches; it ends with the object, or with the process.
    """

    def search() -> None:
        while network() is not None:
            time.sleep(every)
            gc.collect()

    thread = threading.Thread(target=search, name="retired-network", daemon=True)
    thread.start()
    return thread
