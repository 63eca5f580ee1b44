"""The report's colours and column: those of the app where both show the same thing."""

from typing import Final

from brain_tumor.reporting.page import WIDTH, Rgb

INK: Final[Rgb] = (22, 28, 36)
GREY: Final[Rgb] = (96, 106, 118)
PALE: Final[Rgb] = (214, 220, 227)
TRACK: Final[Rgb] = (234, 238, 242)
NIGHT: Final[Rgb] = (15, 19, 24)
MIST: Final[Rgb] = (190, 200, 211)
WHITE: Final[Rgb] = (255, 255, 255)
BLACK: Final[Rgb] = (0, 0, 0)
BAR: Final[Rgb] = (148, 163, 178)
BLUE: Final[Rgb] = (0, 94, 158)
AMBER: Final[Rgb] = (230, 159, 0)
# Light fill and dark words: both are read in grey as well.
CLEAR: Final[tuple[Rgb, Rgb]] = ((222, 242, 231), (10, 92, 56))
REVIEW: Final[tuple[Rgb, Rgb]] = ((253, 240, 214), (133, 77, 0))
REFUSED: Final[tuple[Rgb, Rgb]] = ((252, 226, 221), (150, 30, 14))

LEFT: Final = 15.0
INNER: Final = WIDTH - 2 * LEFT
