import gc
import weakref

from brain_tumor.ui.retired import free_when_forgotten


class Network:
    """Knows itself, as what a tab leaves behind does."""

    def __init__(self) -> None:
        self.me = self


def test_what_nobody_knows_is_freed_though_python_sees_no_reason_to_search() -> None:
    gc.disable()
    try:
        network = Network()
        known = weakref.ref(network)
        thread = free_when_forgotten(known, every=0.01)
        thread.join(timeout=0.1)
        assert thread.is_alive() and known() is network
        del network
        thread.join(timeout=30)
        assert known() is None
    finally:
        gc.enable()
