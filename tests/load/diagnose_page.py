"""What the load test must know of the page: change it here when the page changes."""

import base64
import html
import json
import re

import numpy as np

from brain_tumor.wording import CLASS_NAMES
from tests.load.visitor import Page

UPLOADER = "upload-"
HEAT_CLASS = "heat-class"
OPACITY = "heat-opacity"
HEAT_MAP = "Heat map of what speaks for"
"""How the description of a heat map begins."""

PROBABILITIES = "probabilities"
"""Key of the chart of the four probabilities."""

SHARED_PICTURES = ("Sample scan", "Training scan", "Legend")
"""How the descriptions of pictures begin that are the same for all."""

_CLASS = re.compile(r'bt-class">([^<]+)<')


def named_class(page: Page, fresh: bool = False) -> str | None:
    """The class that the page gives as its answer, or None while there is none.

    Args:
        page: the page.
        fresh: leave out what the run in progress has not sent: an earlier scan's answer.
    """
    found = _CLASS.search(page.words(fresh))
    names = {name: label for label, name in CLASS_NAMES.items()}
    return names[html.unescape(found[1])] if found else None


def file_names(page: Page) -> set[str]:
    """The names of test files that stand anywhere on the page."""
    return set(re.findall(r"visit-\d\d-\d\d\.png", page.words()))


def probabilities(page: Page) -> np.ndarray:
    """The four probabilities as the chart shows them, 0..1."""
    (chart,) = (one for one in page.elements("plotly_chart") if one.id.endswith(PROBABILITIES))
    values = json.loads(chart.spec)["data"][0]["x"]
    if isinstance(values, dict):  # plotly's form of arrays
        values = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    return np.asarray(values, np.float64) / 100


def own_pictures(page: Page) -> set[str]:
    """The addresses, which tell the content, of pictures that only this visitor may see."""
    return {url for alt, url in page.pictures() if not alt.startswith(SHARED_PICTURES)}


def heat_map(page: Page) -> tuple[str, str]:
    """The description and the address of the heat map."""
    (found,) = (one for one in page.pictures() if one[0].startswith(HEAT_MAP))
    return found


def problems(page: Page) -> list[str]:
    """What the page says went wrong."""
    errors = [one.message for one in page.elements("exception")]
    return errors + [one.body for one in page.elements("alert") if one.format == one.ERROR]
