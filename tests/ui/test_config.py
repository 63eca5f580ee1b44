"""What .streamlit/config.toml must and must not say."""

import tomllib
from typing import Any

from brain_tumor.intake.limits import MAX_FILE_BYTES, MAX_TOTAL_BYTES, MAX_UPLOAD_BYTES
from tests.conftest import ROOT


def config() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def luminance(colour: str) -> float:
    """The relative luminance of "#rrggbb", as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def faded(ink: str, ground: str, share: float) -> str:
    """Ink of which this share covers the ground, 0..1."""
    pairs = [(int(ink[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def test_no_usage_statistics_are_gathered() -> None:
    assert config()["browser"]["gatherUsageStats"] is False


def test_the_server_asks_nobody_for_its_own_address() -> None:
    # Streamlit looks it up outside only where no address is named.
    assert config()["browser"]["serverAddress"] == "localhost"


def test_nothing_is_drawn_or_searched_for_that_was_not_asked_for() -> None:
    assert config()["runner"] == {"magicEnabled": False, "postScriptGC": False}
    assert config()["client"]["showErrorLinks"] is False


def test_the_guards_against_other_sites_stay_on() -> None:
    server = config()["server"]
    assert server.get("enableXsrfProtection", True) is True
    assert server.get("enableCORS", True) is True


def test_the_server_takes_files_as_large_as_the_intake_says() -> None:
    assert config()["server"]["maxUploadSize"] * 2**20 == MAX_UPLOAD_BYTES
    assert min(MAX_FILE_BYTES, MAX_TOTAL_BYTES) >= MAX_UPLOAD_BYTES


def test_visitors_see_no_stack_trace() -> None:
    assert config()["client"]["showErrorDetails"] == "none"


def test_text_and_accents_stand_out_in_both_themes() -> None:
    for name in ("light", "dark"):
        theme = config()["theme"][name]
        for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
            assert contrast(theme["textColor"], ground) >= 7
            assert contrast(theme["primaryColor"], ground) >= 4.5
            # Streamlit writes captions in 60 % of the text's colour.
            assert contrast(faded(theme["textColor"], ground, 0.6), ground) >= 4.5
