"""What only the pages say, and text made fit for Streamlit's Markdown."""

import re
from collections.abc import Sequence
from typing import Final

from brain_tumor.wording import DISCLAIMER

DISCLAIMER_MARKDOWN: Final = DISCLAIMER.replace("not a medical device", "**not a medical device**")

PRIVACY: Final = (
    "Held in this server's memory for your session only: not stored, not logged, not passed on. "
    "Take names off the image before you upload it."
)

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Escape text for Streamlit's Markdown, so that it is shown as it is.

    CommonMark lets a backslash stand before any ASCII punctuation; this also disarms Streamlit's
    own ``:colour[...]``, ``:icon:`` and ``$latex$``. Line breaks become spaces.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def bullets(sentences: Sequence[str]) -> str:
    """Return sentences as Markdown: alone as it is, several as a list; escaped."""
    if len(sentences) == 1:
        return plain(sentences[0])
    return "\n".join(f"- {plain(sentence)}" for sentence in sentences)
