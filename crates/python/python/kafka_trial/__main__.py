"""``python -m kafka_trial init DIR``: the modules behind a project's own import path."""

from __future__ import annotations

import argparse
import sys

from ._native import __version__, scaffold


def main() -> int:
    """Read the command line, write the files, say what was written."""
    parser = argparse.ArgumentParser(prog="python -m kafka_trial", description=__doc__)
    parser.add_argument("--version", action="version", version=f"kafka-trial {__version__}")
    commands = parser.add_subparsers(required=True)
    init = commands.add_parser("init", help="write kafka_utils.py and kafka_test_config.py into DIR, a package")
    init.add_argument("folder", metavar="DIR", help="for example tests/integration")
    init.add_argument("--force", action="store_true", help="replace modules of other content")
    arguments = parser.parse_args()
    try:
        written = scaffold(arguments.folder, arguments.force)
    except OSError as error:
        print(f"kafka-trial: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(f"wrote {path}")
    if not written:
        print(f"{arguments.folder}: nothing to do, all is there")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
