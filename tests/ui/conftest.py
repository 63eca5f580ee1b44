"""The app with a classifier whose answers are known, and ways to read what it shows."""

import gc
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from brain_tumor.model.bundle import write_bundle_info
from brain_tumor.model.bundle_store import MODELS_VARIABLE
from brain_tumor.ui import evidence, state
from tests.conftest import ROOT
from tests.fakes import QuadrantEngine, fake_classifier, head

TIMEOUT = 60.0
HEAT = "Heat map of what speaks for"
"""How the description of a heat map begins."""


@pytest.fixture(scope="session", autouse=True)
def spared() -> Iterator[None]:
    """Leaves what is loaded out of the searches for garbage.

    Streamlit has Keras search after every run of a script once Keras is loaded, which in a server
    it never is, and after a thousand other tests such a search takes longer than most pages.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QuadrantEngine:
    """Points the app at a bundle whose network is a ``QuadrantEngine``, and returns that."""
    classifier = fake_classifier(tmp_path)
    write_bundle_info(tmp_path, classifier.info)
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(state, "load_classifier", lambda folder: classifier)
    assert isinstance(classifier.engine, QuadrantEngine)
    return classifier.engine


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Points the app at an empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv(MODELS_VARIABLE, str(folder))
    return folder


@pytest.fixture
def app() -> Iterator[AppTest]:
    """The app before its first run."""
    st.cache_resource.clear()
    yield AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT)
    st.cache_resource.clear()


def head_png(label: int) -> bytes:
    """The PNG of a head that the ``QuadrantEngine`` puts into this class."""
    return png(head(label))


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def upload(app: AppTest, data: bytes, name: str = "scan.png") -> AppTest:
    """Drop a file on the uploader and let the app run."""
    app.file_uploader[0].set_value([(name, data, "image/png")])
    return app.run()


def open_tab(app: AppTest, name: str) -> AppTest:
    """Open a tab below the pictures."""
    app.session_state[evidence.TABS_KEY] = name
    return app.run()


def shown(app: AppTest) -> str:
    """All words on the page, as they were given to Streamlit."""
    kinds = ("title", "markdown", "caption", "text", "html", "error", "warning")
    return "\n".join(
        f"{getattr(element.proto, 'title', '')}\n{element.value}"
        for kind in kinds
        for element in app.get(kind)
    )


def shown_badges(app: AppTest) -> str:
    """The words of all badges on the page: Streamlit writes them as coloured Markdown."""
    return "\n".join(one.value for one in app.markdown if "-badge[" in one.value)


def pictures(app: AppTest) -> dict[str, str]:
    """The address of each picture on the page, which tells its content, by its description."""
    return {image.proto.imgs[0].alt: image.proto.imgs[0].url for image in app.get("image")}


def heat_maps(app: AppTest) -> dict[str, str]:
    """Those of the pictures that are heat maps."""
    return {alt: url for alt, url in pictures(app).items() if alt.startswith(HEAT)}
