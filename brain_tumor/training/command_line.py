"""The command line that does what a run does."""

import shlex
from dataclasses import MISSING, fields

from brain_tumor.training.config import TrainConfig


def command_line(config: TrainConfig) -> str:
    """Return the command that trains with these settings; those that are the default are left out.

    The option of a setting is called as the setting is.
    """
    words = ["python", "-m", "brain_tumor", "train"]
    for field in fields(TrainConfig):
        value = getattr(config, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif isinstance(value, tuple):
            words += [flag, ",".join(map(str, value))]
        else:
            words += [flag, str(value)]
    return shlex.join(words)
