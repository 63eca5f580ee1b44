"""Values of a DICOM data set, read with limits: a damaged tag is an absent one."""

import math
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import DicomError
from brain_tumor.intake.guard import UNREADABLE, silence
from brain_tumor.intake.limits import MAX_GROUPS_BYTES, MAX_TABLE_BYTES, MAX_TAG_BYTES, mebibytes

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def quiet_pydicom() -> ModuleType:
    """Import pydicom, set not to complain of odd values: its complaints quote them."""
    import pydicom
    from pydicom import config

    config.settings.reading_validation_mode = config.IGNORE
    silence()  # again: importing pydicom sets the level of its logger
    return pydicom


class Values:
    """A data set's values. Nothing is converted before its length has been looked at."""

    def __init__(self, dataset: "Dataset") -> None:
        self._dataset = dataset

    def raw(self, keyword: str) -> bytes:
        """Return a value's bytes, empty where there is none."""
        element = self._dataset.get_item(keyword)
        value = None if element is None else element.value
        return value if isinstance(value, bytes) else b""

    def place(self, keyword: str) -> int:
        """Return where in the file a value starts, 0 where that is not known."""
        element = self._dataset.get_item(keyword)
        return int(getattr(element, "value_tell", 0) or 0)

    def text(self, keyword: str) -> str:
        """Return a value as text (the first of several), empty where there is none."""
        value = self._value(keyword, MAX_TAG_BYTES)
        if isinstance(value, (list, tuple)) or hasattr(value, "__getitem__"):
            value = value if isinstance(value, str) else (value[0] if len(value) else "")
        return "" if value is None else str(value)

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """Return the first ``count`` numbers of a value, None where they are not all finite."""
        value = self._value(keyword, MAX_TAG_BYTES)
        if value is None:
            return None
        try:
            several = hasattr(value, "__iter__") and not isinstance(value, str)
            found = tuple(float(one) for one in (value if several else [value]))[:count]
        except UNREADABLE:
            return None
        return found if len(found) == count and all(map(math.isfinite, found)) else None

    def integer(self, keyword: str) -> int | None:
        """Return a whole number, None where there is none."""
        found = self.numbers(keyword, 1)
        return int(found[0]) if found else None

    def palette(self) -> tuple[tuple[tuple[int, ...], bytes], ...] | None:
        """Return (descriptor, data) of the red, green and blue table, None where one lacks."""
        tables = []
        for colour in ("Red", "Green", "Blue"):
            name = f"{colour}PaletteColorLookupTable"
            shape = self.numbers(f"{name}Descriptor", 3)
            data = self.raw(f"{name}Data")
            if shape is None or not 0 < len(data) <= MAX_TABLE_BYTES:
                return None
            tables.append((tuple(int(n) for n in shape), data))
        return tuple(tables)

    def table(self, keyword: str, entries: int, bits: int) -> NDArray[np.uint16] | None:
        """Return a lookup table of so many entries, None where they are not all there.

        Entries of 8 bits may take a byte each, as the standard has it, or two.
        """
        element = self._dataset.get_item(keyword)
        data = self.raw(keyword)
        wide = bits > 8 or len(data) >= 2 * entries
        if not 0 < entries * (2 if wide else 1) <= len(data) <= MAX_TABLE_BYTES:
            return None
        order = "<" if getattr(element, "is_little_endian", True) else ">"
        kind = f"{order}u2" if wide else "u1"
        return np.frombuffer(data, kind, entries).astype(np.uint16)

    def groups(self, keyword: str, count: int) -> "list[Values]":
        """Return the first ``count`` items of a sequence.

        Raises ``DicomError`` for one of more than ``MAX_GROUPS_BYTES``.
        """
        element = self._dataset.get_item(keyword)
        if element is None:
            return []
        if isinstance(element.value, bytes) and len(element.value) > MAX_GROUPS_BYTES:
            raise DicomError(
                f"A DICOM file may describe its frames in at most {mebibytes(MAX_GROUPS_BYTES)}, "
                "but this one takes more. Export the series as single frames."
            )
        try:
            return [Values(item) for item in self._dataset[keyword].value[:count]]
        except UNREADABLE:
            return []

    def within(self, group: str) -> "Values":
        """Return the first item of a functional group, or these values where there is none."""
        found = self.groups(group, 1) if self._dataset.get_item(group) is not None else []
        return found[0] if found else self

    def _value(self, keyword: str, limit: int) -> Any:
        element = self._dataset.get_item(keyword)
        if element is None or (isinstance(element.value, bytes) and len(element.value) > limit):
            return None
        try:
            return self._dataset[keyword].value
        except UNREADABLE:
            return None
