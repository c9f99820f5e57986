"""The command ``kafka-trial``, which is also ``python -m kafka_trial``."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from ._native import run_command

# What the interpreter has changed for itself. The command acts on signals itself, and the programs that it starts
# inherit how the others are treated.
_SIGNALS = ("SIGINT", "SIGXFSZ")


def main() -> NoReturn:
    """Run the command line. The process ends here, with the command's exit status."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_DFL)
    run_command(["kafka-trial", *sys.argv[1:]])


if __name__ == "__main__":
    main()
