"""Two people at once: neither sees anything of the other."""

from collections.abc import Callable

import numpy as np
import pytest

from brain_tumor.imaging.decode import decode_file
from brain_tumor.ui.samples import samples
from tests.app_server import Server
from tests.ui.browser.visit import Visit
from tests.ui.conftest import png

pytestmark = pytest.mark.browser

_PICTURES = """async () => await Promise.all([...document.images].map(async one => {
    const bytes = await (await fetch(one.src)).arrayBuffer();
    const hash = await crypto.subtle.digest('SHA-256', bytes);
    return [one.alt, Array.from(new Uint8Array(hash)).join(' ')].join(': ');
}))"""


def test_two_people_see_their_own_scans_alone(new_visit: Callable[..., Visit]) -> None:
    one, other = new_visit(), new_visit()
    names = ("first person.png", "second person.png")
    for visit, name, label in zip((one, other), names, ("glioma", "pituitary"), strict=True):
        visit.upload((name, _altered(label)))
    for visit, name in zip((one, other), names, strict=True):
        visit.card().get_by_text(name, exact=True).wait_for()
        visit.answered()

    for visit, own, foreign in ((one, *names), (other, *reversed(names))):
        assert own in visit.words()
        assert foreign not in visit.words()
    alike = {text for text in _pictures(one) & _pictures(other) if not _is_everybodys(text)}
    assert alike == set()

    other.page.reload()
    other.page.get_by_text("No scan open yet").wait_for()
    assert not any(name in other.words() for name in names)
    assert names[0] in one.words()


def test_the_server_writes_no_name_of_an_upload(visit: Visit, server: Server) -> None:
    visit.open_scan("Zwölffinger Quirin.png", _altered("glioma"))
    visit.upload(("Zwölffinger letter.png", b"%PDF-1.7"))
    visit.page.get_by_text("This looks like a PDF").wait_for()

    assert "Zwölffinger" not in server.log.read_text()


def _altered(label: str) -> bytes:
    """A sample a little brighter: a picture that no sample's own button shows."""
    path = next(one.path for one in samples() if one.label == label)
    pixels = np.asarray(decode_file(path).pixels).astype(np.uint16)
    return png(np.minimum(pixels + 9, 255).astype(np.uint8))


def _pictures(visit: Visit) -> set[str]:
    """Description and hash of every picture on the page."""
    return set(visit.page.evaluate(_PICTURES))


def _is_everybodys(picture: str) -> bool:
    return picture.startswith(("Sample scan", "Legend", "Training scan"))
