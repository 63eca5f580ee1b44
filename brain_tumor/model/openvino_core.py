"""The one OpenVINO core of the process."""

from functools import cache

import openvino as ov


@cache
def openvino_core() -> ov.Core:
    """Return the core, which lives as long as the process does.

    OpenVINO's CPU plugin gives the thread that made a core an alternate signal stack, and on the
    core's end the one that was there before. Of two cores, the first to be made and to end leaves a
    stack that is freed, and the next signal ends the process: seen with OpenVINO 2026.4.1.
    """
    return ov.Core()
