"""The direction of imports: ui -> jobs -> domain, and Streamlit in the ui alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "brain_tumor"


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(module: str) -> set[str]:
    """The package's files that import a module or a part of it."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(name == module or name.startswith(f"{module}.") for name in imported(path))
    }


def test_only_the_ui_imports_streamlit() -> None:
    files = importers("streamlit")

    assert "ui/diagnose.py" in files
    assert all(name.startswith("ui/") for name in files), files


def test_nothing_below_the_ui_imports_it() -> None:
    files = importers("brain_tumor.ui")

    assert "ui/diagnose.py" in files
    assert all(name.startswith("ui/") for name in files), files


def test_the_entry_point_holds_no_more_than_configuration_and_navigation() -> None:
    tree = ast.parse((ROOT / "streamlit_app.py").read_text(encoding="utf-8"))

    assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(tree))
    assert set(imported(ROOT / "streamlit_app.py")) == {"pathlib", "pathlib.Path", "streamlit"}


def test_uploads_never_reach_a_cache_that_sessions_share() -> None:
    for path in (PACKAGE / "ui").rglob("*.py"):
        calls = [
            ast.unparse(node)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        ]
        assert "st.cache_data" not in calls, path
