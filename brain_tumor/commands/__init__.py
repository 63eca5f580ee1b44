"""The subcommands: one module each, with ``add_parser(subparsers)`` and ``run(args)``.

A module sets ``run`` as its parser's default and imports anything heavy inside ``run``, so that
``--help`` and short commands stay fast.
"""

from types import ModuleType

from brain_tumor.commands import (
    audit,
    benchmark,
    compare,
    deploy,
    evaluate,
    export,
    gate,
    predict,
    preview,
    teaching_subset,
    train,
)

COMMANDS: tuple[ModuleType, ...] = (
    audit,
    teaching_subset,
    preview,
    train,
    compare,
    export,
    gate,
    deploy,
    predict,
    evaluate,
    benchmark,
)
