"""Files of fault rules that tests meet: those of the marker ``kafka_faults``, and that of ``--kafka-trial-faults``."""

from __future__ import annotations

from pathlib import Path

import pytest

from ._session import SESSION

# The rules of the run's file, each with whether it still has to fire.
_DUE = pytest.StashKey[dict[str, bool]]()


def arm_files(item: pytest.Item) -> None:
    """Arm the rules that a test is to meet, once its fixtures are there. They end before its fixtures."""
    __tracebackhide__ = True  # the file is what is wrong
    marked = [path for marker in item.iter_markers("kafka_faults") for path in marker.args]
    of_run = item.config.getoption("kafka_trial_faults")
    if of_run is not None and item.get_closest_marker("kafka") is None:
        of_run = None
    if not marked and of_run is None:
        return
    from ._broker import ExternalKafka
    from ._faults import Faults

    run = item.config.stash[SESSION].current
    broker = run.broker()
    if isinstance(broker, ExternalKafka):
        pytest.skip("files of faults need an embedded broker in this process")
    faults: Faults = broker.faults()
    run.faults.append(faults)
    try:
        for path in marked:
            faults.from_file(item.config.rootpath / path)
        if of_run is not None:
            due = item.config.stash.setdefault(_DUE, {})
            path = item.config.invocation_params.dir / of_run
            for fault, must in faults._from_file(path, optional=True):
                due.setdefault(fault.name, must)
                run.faults_of_run.append(fault)
    except (ValueError, OSError) as error:
        pytest.fail(str(error), pytrace=False)


def note_fired(config: pytest.Config, names: list[str]) -> None:
    """Rules of the run's file that have fired have done what they must."""
    due = config.stash.get(_DUE, {})
    due.update((name, False) for name in names)


def never_fired(config: pytest.Config) -> str | None:
    """What is to be said of the rules of the run's file that had to fire and never did.

    Under xdist each worker sees a part of the tests only, so nothing is said.
    """
    if hasattr(config, "workerinput"):
        return None
    idle = [name for name, is_due in config.stash.get(_DUE, {}).items() if is_due]
    if not idle:
        return None
    path = Path(str(config.getoption("kafka_trial_faults")))
    return f"{path}: {', '.join(idle)} never fired in any test"
