"""Who may start training here. Watching is open to everyone; this is about starting and steering.

| where                         | what holds                                                    |
| ----------------------------- | ------------------------------------------------------------- |
| BRAIN_TUMOR_TRAINING=off      | off for everyone                                              |
| Streamlit Community Cloud     | off, unless BRAIN_TUMOR_TRAINING=on asks for it               |
| a server with a password      | whoever gives it, or is signed in and named in the allow list |
| a server on loopback          | open: nobody but this machine's own users reaches it          |
| any other server              | off until a password is set                                   |
"""

import hashlib
import hmac
import ipaddress
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from brain_tumor.errors import TrainingError

SWITCH: Final = "BRAIN_TUMOR_TRAINING"
"""Environment variable: ``on``, ``off``, or nothing for what the place suggests."""

PASSWORD_SECRET: Final = "training_password"
"""The secret that holds the password."""

ALLOWED_SECRET: Final = "training_users"
"""The secret that lists the e-mail addresses of those who may train once they are signed in."""

_ELSEWHERE: Final = (
    "Run the app on a machine of your own: `python -m streamlit run streamlit_app.py "
    "--server.address=127.0.0.1`, or train there with `python -m brain_tumor train`."
)


class Access(StrEnum):
    """Who may start and steer runs."""

    OFF = "off"
    RESTRICTED = "restricted"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class TrainingPolicy:
    """Who may start and steer runs, and why.

    Attributes:
        access: nobody, those who prove themselves, or everyone.
        reason: why, a sentence or two, with what to do where training is off.
        password_hash: SHA-256 of the password; empty where none is set.
        users: e-mail addresses, in lower case, of those who may train once signed in.
    """

    access: Access
    reason: str
    password_hash: bytes = field(default=b"", repr=False)
    users: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        proven = bool(self.password_hash or self.users)
        if not self.reason or proven != (self.access is Access.RESTRICTED):
            raise TrainingError(
                "A training policy has a reason, and a password or users where access is "
                f"restricted and nowhere else. Received: access {self.access}. Correct it."
            )

    def admits(self, password: str | None = None, user: str | None = None) -> bool:
        """Whether somebody may start and steer runs.

        Args:
            password: what they typed; compared in constant time.
            user: the e-mail address that an identity provider has confirmed (``st.user.email``).
        """
        if self.access is not Access.RESTRICTED:
            return self.access is Access.OPEN
        # Both are always looked at, so that the time taken tells nothing of either.
        typed = hmac.compare_digest(_digest(password or ""), self.password_hash)
        named = user is not None and user.strip().lower() in self.users
        return (typed and bool(self.password_hash)) or named


def training_policy(
    environment: Mapping[str, str],
    *,
    server_address: str | None,
    password: str | None = None,
    users: Collection[str] = (),
    community_cloud: bool | None = None,
) -> TrainingPolicy:
    """Return the policy of a server.

    Args:
        environment: its environment variables.
        server_address: what it listens on (Streamlit's ``server.address``); None is every address.
        password: from the secrets; empty is none.
        users: e-mail addresses from the secrets.
        community_cloud: whether it is Streamlit's; by default ``on_community_cloud`` is asked.

    Raises:
        TrainingError: ``BRAIN_TUMOR_TRAINING`` is neither on nor off.
    """
    switch = environment.get(SWITCH, "").strip().lower()
    if switch not in ("", "on", "off"):
        raise TrainingError(f"{SWITCH} must be on or off. Received: {switch!r}. Correct it.")
    if switch == "off":
        why = f"Training is switched off on this server ({SWITCH}=off). Finished runs can be read."
        return TrainingPolicy(Access.OFF, f"{why} {_ELSEWHERE}")
    cloud = on_community_cloud() if community_cloud is None else community_cloud
    if cloud and switch != "on":
        why = "This is Streamlit Community Cloud, which grants too little memory to train in."
        return TrainingPolicy(Access.OFF, f"{why} {_ELSEWHERE}")
    allowed = frozenset(user.strip().lower() for user in users if user.strip())
    if password or allowed:
        why = "Starting a run takes the password of this server, or a sign-in that it lists."
        digest = _digest(password) if password else b""
        return TrainingPolicy(Access.RESTRICTED, why, digest, allowed)
    if is_loopback(server_address) and not cloud:
        why = "This server is reached from its own machine alone, so whoever uses it may train."
        return TrainingPolicy(Access.OPEN, why)
    why = (
        "This server can be reached from other machines, so starting a run takes a password, and "
        f"none is set: put {PASSWORD_SECRET} into .streamlit/secrets.toml, or start the server "
        "with --server.address=127.0.0.1."
    )
    return TrainingPolicy(Access.OFF, why)


def is_loopback(address: str | None) -> bool:
    """Whether a server that listens on an address is reached from its own machine alone."""
    if not address:
        return False  # every address
    if address.strip().lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip().strip("[]")).is_loopback
    except ValueError:
        return False


def on_community_cloud(package: Path = Path(__file__), prefix: Path = Path(sys.prefix)) -> bool:
    """Whether this is Streamlit Community Cloud.

    It sets no variable that says so. It puts an app's repository into ``/mount/src`` and its
    virtual environment into ``/home/adminuser``, as the tracebacks that people quote from it show.
    """
    return package.is_relative_to("/mount/src") and prefix.is_relative_to("/home/adminuser")


def _digest(text: str) -> bytes:
    """Return SHA-256: the two sides of a comparison get the same length, whatever was typed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
