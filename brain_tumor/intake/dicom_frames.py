"""What a DICOM header says of each frame: where it lies and how its values are shown."""

from dataclasses import dataclass

from brain_tumor.intake.dicom_values import Values
from brain_tumor.intake.limits import MAX_SPACING, MIN_SPACING


@dataclass(frozen=True, slots=True)
class Window:
    """A window on modality values: its centre, its width, and the function of PS3.3 C.11.2."""

    center: float
    width: float
    function: str = "LINEAR"


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
        window: the first window, None where there is none that can be used.
    """

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, float] | None
    step: float | None
    slope: float
    intercept: float
    window: Window | None


def frame_infos(values: Values, count: int) -> tuple[FrameInfo, ...]:
    """Return what the header says of each of a file's first ``count`` frames."""
    shared = values.groups("SharedFunctionalGroupsSequence", 1)
    each = values.groups("PerFrameFunctionalGroupsSequence", count)
    return tuple(
        _frame([each[i] if i < len(each) else None, shared[0] if shared else None, values])
        for i in range(count)
    )


def _frame(sources: "list[Values | None]") -> FrameInfo:
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
        window=Window(center[0], width[0], function) if usable and center and width else None,
    )


def _believed(*steps: float) -> bool:
    return all(MIN_SPACING <= step <= MAX_SPACING for step in steps)
