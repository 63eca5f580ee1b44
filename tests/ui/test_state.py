from types import SimpleNamespace

import pytest
import streamlit as st

from brain_tumor.model.bundle import DEFAULT_FOLDER
from brain_tumor.model.bundle_store import MODELS_VARIABLE
from brain_tumor.model.queue import QueuedEngine
from brain_tumor.ui import state
from tests.fakes import QuadrantEngine


def test_the_shipped_weights_are_used_unless_a_folder_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)
    assert state.models_folder() == DEFAULT_FOLDER

    monkeypatch.setenv(MODELS_VARIABLE, "/some/where")
    assert str(state.models_folder()) == "/some/where"


class Files:
    def __init__(self) -> None:
        self.removed: list[tuple[str, str]] = []

    def remove_file(self, session_id: str, file_id: str) -> None:
        self.removed.append((session_id, file_id))


def test_the_servers_copy_of_an_upload_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files()
    context = SimpleNamespace(uploaded_file_mgr=files, session_id="session")
    monkeypatch.setattr(state, "get_script_run_ctx", lambda: context)

    state._release(SimpleNamespace(file_id="file"))

    assert files.removed == [("session", "file")]


@pytest.mark.parametrize("context", [None, SimpleNamespace(uploaded_file_mgr=object())])
def test_a_server_that_cannot_remove_it_is_no_error(
    context: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "get_script_run_ctx", lambda: context)
    state._release(SimpleNamespace(file_id="file"))


def test_sessions_share_one_engine_and_take_turns_at_it(engine: QuadrantEngine) -> None:
    st.cache_resource.clear()
    classifier = state.get_classifier()

    assert isinstance(classifier.engine, QueuedEngine)
    assert classifier.engine.name == engine.name
    assert state.get_classifier() is classifier
    st.cache_resource.clear()
