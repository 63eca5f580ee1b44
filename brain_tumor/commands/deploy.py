"""``deploy``: put a bundle into service, or take it back."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from brain_tumor.commands.status_dir import Watchers, add_status_dir, reported

if TYPE_CHECKING:
    from brain_tumor.model.bundle_store import BundleStore


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``deploy`` subcommand."""
    parser = subparsers.add_parser(
        "deploy",
        help="put a bundle into service, or take it back",
        description="Copies a bundle to the service folder, checks its files, lets it answer for "
        "the sample scans, and only then lets the app answer with it, without a restart. With "
        "--run-dir the run's best weights are exported first, if they were not.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--run-dir", type=Path, metavar="DIR", help="folder of a training run")
    what.add_argument("--bundle", type=Path, metavar="DIR", help="folder of a bundle")
    what.add_argument("--back", action="store_true", help="let what served before serve again")
    what.add_argument("--list", action="store_true", help="say what serves and what has served")
    parser.add_argument(
        "--service",
        type=Path,
        metavar="DIR",
        help="the service folder (default: BRAIN_TUMOR_SERVICE, or service/)",
    )
    add_status_dir(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Switch, or say what serves."""
    from brain_tumor.model.bundle_store import BundleStore, models_folder, service_store

    store = BundleStore(args.service, models_folder()) if args.service else service_store()
    with reported(args.status_dir) as watchers:
        if args.back:
            store.take_back()
        elif not args.list:
            folder = args.bundle or _exported(args.run_dir, watchers)
            _put(folder, store, watchers)
    _say_what_serves(store)
    return 0


def _exported(run_dir: Path, watchers: Watchers) -> Path:
    """Return the bundle of a run's best weights, made now unless it is there already."""
    from brain_tumor.jobs.results import bundle_of, is_exported

    to = bundle_of(run_dir)
    if not is_exported(run_dir):
        from brain_tumor.training.export_run import export_run

        command = f"python -m brain_tumor export --run-dir {run_dir.name} --to {to.name}"
        export_run(run_dir, to, command=command, say=watchers.say)
    return to


def _put(folder: Path, store: "BundleStore", watchers: Watchers) -> None:
    from brain_tumor.service import put_into_service

    watchers.say("Checking the bundle and trying it on the sample scans.")
    for answer in put_into_service(folder, store).answers:
        watchers.say(
            f"sample {answer.label}: called {answer.predicted} with {answer.probability:.1%}"
        )


def _say_what_serves(store: "BundleStore") -> None:
    serving = store.in_service()
    if serving.problem:
        print(serving.problem)
    for name in dict.fromkeys(("", *store.versions())):
        mark = "*" if name == serving.name else " "
        print(f"{mark} {name or 'what ships'}: {store.folder_of(name)}")
