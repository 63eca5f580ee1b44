"""Who may train on a server that others reach: by password, or signed in at an identity provider.

The provider is a real one of OpenID Connect that runs here, for anybody who gives a name.
"""

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.app_server import Server, running_server
from tests.jobs.run_process import wait_until
from tests.ui.browser.visit import Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_spec("oidc_provider_mock") is None, reason="needs the extra `test`"),
]

LISTED, OTHER = "ada@example.org", "eve@example.org"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of the identity provider."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    users = [json.dumps({"sub": one, "email": one}) for one in (LISTED, OTHER)]
    options = [f"--user-claims={user}" for user in users]
    command = [sys.executable, "-m", "oidc_provider_mock", f"--port={port}", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/.well-known/openid-configuration"))
        yield address
        process.terminate()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("restricted")
    secrets = folder / "secrets.toml"
    with running_server(
        folder / "log.txt",
        "--secrets.files",
        str(secrets),
        BRAIN_TUMOR_RUNS=str(folder / "runs"),
    ) as one:
        secrets.write_text(f"""
training_password = "open sesame"
training_users = ["{LISTED}"]

[auth]
redirect_uri = "{one.address}/oauth2callback"
cookie_secret = "a long secret that only this test knows"
client_id = "brain-tumor"
client_secret = "another secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
""")
        yield one
    log = (folder / "log.txt").read_text()
    assert "Traceback" not in log
    assert "open sesame" not in log


class Stranger(Visit):
    """A tab with the training page, which may go to the identity provider and back."""

    def __init__(self, browser: Any, address: str, shots: Path, provider: str) -> None:
        super().__init__(browser, address, shots, path="training")
        self.address, self.provider = address, provider

    def close(self) -> None:
        known = (self.provider, "https://cdn.jsdelivr.net/npm/@picocss")  # the provider's looks
        self.foreign = [url for url in self.foreign if not url.startswith(known)]
        super().close()

    def may_train(self) -> bool:
        self.settle()
        return bool(self.page.get_by_role("button", name="Start", exact=True).count())

    def sign_in(self, name: str) -> None:
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(f"{self.provider}/**")
        self.page.locator("input[name=sub]").fill(name)
        self.page.locator("input[name=sub]").press("Enter")
        self.page.get_by_text("No scan open yet").wait_for()  # Streamlit leads to the first page
        self.page.get_by_role("link", name="Training").first.click()
        self.page.get_by_text(f"Signed in as {name}").wait_for()


@pytest.fixture
def stranger(browser: Any, server: Server, shots: Path, provider: str) -> Iterator[Stranger]:
    one = Stranger(browser, server.address, shots, provider)
    yield one
    one.close()


def test_a_password_opens_the_form(stranger: Stranger) -> None:
    assert not stranger.may_train()
    stranger.photograph("training-locked", schemes=("light", "dark"))
    field = stranger.page.get_by_role("textbox", name="Password", exact=True)
    field.fill("guess")
    field.press("Enter")
    stranger.page.get_by_text("This is not the password").wait_for()
    assert not stranger.may_train()
    field.fill("open sesame")
    field.press("Enter")
    stranger.page.get_by_role("button", name="Start", exact=True).wait_for()


def test_who_is_listed_trains_once_signed_in_and_no_longer_when_signed_out(
    stranger: Stranger,
) -> None:
    stranger.sign_in(LISTED)
    assert stranger.may_train()
    stranger.page.get_by_role("button", name="Sign out").click()
    stranger.page.wait_for_url(f"{stranger.provider}/**")  # where the session ends, too
    stranger.page.goto(f"{stranger.address}/training")
    assert not stranger.may_train()


def test_who_is_not_listed_is_told_so(stranger: Stranger) -> None:
    stranger.sign_in(OTHER)
    stranger.page.get_by_text("not on the list").wait_for()
    assert not stranger.may_train()
