"""What a DICOM header says of each frame: where it lies and how its values are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brain_tumor.intake.dicom_values import Values
from brain_tumor.intake.limits import MAX_SPACING, MIN_SPACING


@dataclass(frozen=True, slots=True)
class Window:
    """A window on modality values: its centre, its width, and the function of PS3.3 C.11.2."""

    center: float
    width: float
    function: str = "LINEAR"


@dataclass(frozen=True, slots=True)
class VoiTable:
    """A VOI lookup table on modality values (PS3.3 C.11.2.1.1), as a screen of 8 bits shows it.

    Attributes:
        first: the modality value of the first entry; lower ones are shown as it is.
        shown: a byte for each entry, 0 (black) to 255; what lies beyond is shown as the last.
    """

    first: int
    shown: bytes


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """What one frame's header says.

    Attributes:
        position: millimetres (x, y, z) of the first pixel, towards the patient's left, back and
            head, as in DICOM.
        orientation: the directions of a row and of a column, three numbers each.
        spacing: millimetres (between rows, between columns).
        step: millimetres to the next slice, as far as the header says.
        slope: from stored to modality values.
        intercept: from stored to modality values.
        window: the first window, else the first VOI table, None where neither can be used.
    """

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, float] | None
    step: float | None
    slope: float
    intercept: float
    window: Window | VoiTable | None


def frame_infos(values: Values, count: int) -> tuple[FrameInfo, ...]:
    """Return what the header says of each of a file's first ``count`` frames."""
    shared = values.groups("SharedFunctionalGroupsSequence", 1)
    each = values.groups("PerFrameFunctionalGroupsSequence", count)
    table = _voi_table(values)
    return tuple(
        _frame([each[i] if i < len(each) else None, shared[0] if shared else None, values], table)
        for i in range(count)
    )


def common_window(
    windows: Sequence[Window | VoiTable | None],
) -> tuple[Window | VoiTable | None, tuple[str, ...]]:
    """One window for all slices: with several, planes across them would be striped."""
    if len(set(windows)) == 1:
        return windows[0], ()
    said = [window for window in windows if isinstance(window, Window)]
    if any(isinstance(window, VoiTable) for window in windows):
        return None, ("The slices bring grey tables of their own: the range of values is used.",)
    if len(said) < len(windows):
        return None, ()
    center = float(np.median([window.center for window in said]))
    width = float(np.median([window.width for window in said]))
    note = "The slices bring windows of their own: the median one is used for all."
    return Window(center, width, said[0].function), (note,)


def _voi_table(values: Values) -> VoiTable | None:
    found = values.groups("VOILUTSequence", 1)
    shape = found[0].numbers("LUTDescriptor", 3) if found else None
    if shape is None:
        return None
    entries, first, bits = (int(number) for number in shape)
    if not 8 <= bits <= 16:
        return None
    table = found[0].table("LUTData", entries or 2**16, bits)
    if table is None:
        return None
    if values.integer("PixelRepresentation") == 1 and first >= 2**15:
        first -= 2**16  # read as unsigned, as the file need not say which it is
    shown = np.minimum(np.rint(table * (255 / (2**bits - 1))), 255).astype(np.uint8)
    return VoiTable(first, shown.tobytes())


def _frame(sources: "list[Values | None]", table: VoiTable | None) -> FrameInfo:
    """What the frame's own group says, else the one shared by all, else the file."""

    def numbers(group: str, keyword: str, count: int) -> tuple[float, ...] | None:
        for source in sources:
            where = source.within(group) if source else None
            found = where.numbers(keyword, count) if where else None
            if found:
                return found
        return None

    def text(group: str, keyword: str) -> str:
        for source in sources:
            where = source.within(group) if source else None
            if where and where.text(keyword):
                return where.text(keyword)
        return ""

    measures = "PixelMeasuresSequence"
    spacing = numbers(measures, "PixelSpacing", 2) or numbers(measures, "ImagerPixelSpacing", 2)
    between = numbers(measures, "SpacingBetweenSlices", 1) or numbers(measures, "SliceThickness", 1)
    rescale = "PixelValueTransformationSequence"
    slope = numbers(rescale, "RescaleSlope", 1) or (1.0,)
    center = numbers("FrameVOILUTSequence", "WindowCenter", 1)
    width = numbers("FrameVOILUTSequence", "WindowWidth", 1)
    function = text("FrameVOILUTSequence", "VOILUTFunction").strip().upper() or "LINEAR"
    usable = center and width and width[0] > 0 and (function != "LINEAR" or width[0] >= 1)
    return FrameInfo(
        position=numbers("PlanePositionSequence", "ImagePositionPatient", 3),
        orientation=numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6),
        spacing=(spacing[0], spacing[1]) if spacing and _believed(*spacing) else None,
        step=abs(between[0]) if between and _believed(abs(between[0])) else None,
        slope=slope[0] or 1.0,
        intercept=(numbers(rescale, "RescaleIntercept", 1) or (0.0,))[0],
        window=Window(center[0], width[0], function) if usable and center and width else table,
    )


def _believed(*steps: float) -> bool:
    return all(MIN_SPACING <= step <= MAX_SPACING for step in steps)
