import hmac
from pathlib import Path
from typing import Any

import pytest

from brain_tumor.errors import TrainingError
from brain_tumor.jobs import policy as module
from brain_tumor.jobs.policy import (
    Access,
    TrainingPolicy,
    is_loopback,
    on_community_cloud,
    training_policy,
)

HERE: dict[str, Any] = {"server_address": "127.0.0.1", "community_cloud": False}
THERE: dict[str, Any] = {"server_address": None, "community_cloud": False}
CLOUD: dict[str, Any] = {"server_address": None, "community_cloud": True}


@pytest.mark.parametrize(
    ("switch", "place", "access", "words"),
    [
        ("", HERE, Access.OPEN, "own machine alone"),
        ("on", HERE, Access.OPEN, "own machine alone"),
        ("off", HERE, Access.OFF, "BRAIN_TUMOR_TRAINING=off"),
        ("", THERE, Access.OFF, "training_password"),
        ("on", THERE, Access.OFF, "training_password"),
        ("", THERE | {"password": "x"}, Access.RESTRICTED, "password"),
        ("", THERE | {"users": ["a@b.c"]}, Access.RESTRICTED, "sign-in"),
        ("", HERE | {"password": "x"}, Access.RESTRICTED, "password"),
        ("", THERE | {"password": "", "users": [" "]}, Access.OFF, "none is set"),
        ("", CLOUD, Access.OFF, "Community Cloud"),
        ("", CLOUD | {"password": "x"}, Access.OFF, "Community Cloud"),
        ("on", CLOUD | {"password": "x"}, Access.RESTRICTED, "password"),
        ("on", CLOUD | {"server_address": "127.0.0.1"}, Access.OFF, "none is set"),
        ("OFF ", HERE | {"password": "x"}, Access.OFF, "switched off"),
    ],
)
def test_who_may_train_where(
    switch: str, place: dict[str, Any], access: Access, words: str
) -> None:
    policy = training_policy({"BRAIN_TUMOR_TRAINING": switch} if switch else {}, **place)
    assert policy.access is access
    assert words in policy.reason


def test_an_unknown_switch_is_refused_and_not_taken_for_on() -> None:
    with pytest.raises(TrainingError, match="on or off"):
        training_policy({"BRAIN_TUMOR_TRAINING": "no"}, **HERE)


def test_open_and_off_ask_for_nothing() -> None:
    assert training_policy({}, **HERE).admits()
    off = training_policy({}, **THERE)
    assert not off.admits()
    assert not off.admits("", "")


def test_the_password_admits_and_nothing_like_it() -> None:
    policy = training_policy({}, **THERE, password="Pässword")
    assert policy.admits("Pässword")
    for wrong in (None, "", "pässword", "Pässword ", "Pässwor", "\ud800", "x" * 10_000):
        assert not policy.admits(wrong)
    assert "Pässword" not in repr(policy)


def test_a_listed_user_who_is_signed_in_is_admitted() -> None:
    policy = training_policy({}, **THERE, users=["Ada@Hospital.example"])
    assert policy.admits(user="ada@hospital.example ")
    for stranger in (None, "", "ada@hospital.example.org", "eve@hospital.example"):
        assert not policy.admits(user=stranger)
    # No password is set, so none admits: not even the empty one.
    assert not policy.admits("")


def test_passwords_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def compare(first: bytes, second: bytes) -> bool:
        compared.append((len(first), len(second)))
        return real(first, second)

    monkeypatch.setattr(module.hmac, "compare_digest", compare)
    policy = training_policy({}, **THERE, password="secret")
    policy.admits("a")
    policy.admits("a much longer guess than the password is")
    assert compared == [(32, 32), (32, 32)]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("", False),
        (None, False),
        ("localhost.example.org", False),
    ],
)
def test_loopback(address: str | None, expected: bool) -> None:
    assert is_loopback(address) == expected


def test_community_cloud_is_told_by_where_it_puts_things() -> None:
    code = Path("/mount/src/app/brain_tumor/jobs/policy.py")
    assert on_community_cloud(code, Path("/home/adminuser/venv"))
    assert not on_community_cloud(code, Path("/usr"))
    assert not on_community_cloud(Path("/srv/app/policy.py"), Path("/home/adminuser/venv"))
    assert not on_community_cloud()


@pytest.mark.parametrize(
    ("access", "password_hash"),
    [(Access.RESTRICTED, b""), (Access.OPEN, b"x"), (Access.OFF, b"x")],
)
def test_a_policy_is_whole(access: Access, password_hash: bytes) -> None:
    with pytest.raises(TrainingError, match="a password or users"):
        TrainingPolicy(access, "why", password_hash)
