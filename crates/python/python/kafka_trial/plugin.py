"""The pytest plugin: markers, hooks, and the run's Kafka.

The fixtures are in :mod:`kafka_trial._fixtures`, the options in :mod:`kafka_trial._settings`. The embedded broker
starts when something first asks for it, so a run without Kafka tests pays nothing.
"""

from __future__ import annotations

import inspect
import shutil
import time
from collections.abc import Generator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ._fault_files import arm_files, never_fired, note_fired
from ._hints import hint
from ._on_the_loop import begin_with
from ._session import JOURNAL_START, RESPONDER, SESSION, TEST_START, KafkaSession
from ._settings import artifacts, pytest_addoption, switch

__all__ = ["pytest_addoption"]

# The fixtures; pytest loads them with this module.
pytest_plugins = ["kafka_trial._fixtures"]

# How many records that their schemas cannot read the report of a test shows.
_SHOWN_UNREADABLE = 20

_MARKERS = {
    "kafka": "needs Kafka; set on all tests that use a fixture of kafka-trial",
    "integration": "an integration test",
    "slow": "a test that takes long",
    "load": "a load or performance test; set on all tests that use kafka_load",
    "kafka_topic(partitions=1, replication_factor=None, **configs)": "what the fixture kafka_topic makes",
    "kafka_faults(file, ...)": "the fault rules of these files, relative to the root directory, while the test runs",
    "kafka_schemas(*folders)": "folders, beside the test's file, of schemas that the registry has for this test",
    "kafka_broker(brokers=1, **options)": "an embedded broker for this test alone; options are KafkaBroker.start's",
}


def pytest_configure(config: pytest.Config) -> None:
    """Markers, and where Kafka is; nothing starts yet."""
    for marker, meaning in _MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    if not config.pluginmanager.hasplugin("asyncio"):
        config.addinivalue_line("markers", "asyncio: a coroutine test, which pytest-asyncio runs")
    config.stash[SESSION] = KafkaSession(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker about what it shares with the others."""
    node.config.stash[SESSION].hand_over(node.workerinput)


def pytest_report_header(config: pytest.Config) -> str:
    """One line: which Kafka, and who said so."""
    from ._native import DEFAULT_RELEASE, __version__

    run = config.stash[SESSION].run
    if not run.is_embedded:
        return f"kafka-trial {__version__}: external, {run.address} (from {run.source})"
    shared = ", shared" if switch(config, "share", "KAFKA_TRIAL_SHARE") else ""
    number = f"{run.brokers} broker" + ("" if run.brokers == 1 else "s")
    source = f" (from {run.source})"
    return f"kafka-trial {__version__}: embedded, {number}{shared}, api {run.api or DEFAULT_RELEASE}{source}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses our fixtures, so that ``-m "not kafka"`` leaves it out."""
    for item in items:
        definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        # A project's own fixture of the same name comes last, and wins.
        modules = (found[-1].func.__module__ for found in definitions.values())
        is_ours = any(name.startswith(f"{__package__}.") for name in modules) or any(
            item.get_closest_marker(marker) for marker in ("kafka_broker", "kafka_faults", "kafka_schemas")
        )
        if item.get_closest_marker("kafka") is None and is_ours:
            item.add_marker(pytest.mark.kafka)
        if "kafka_load" in definitions and item.get_closest_marker("load") is None:
            item.add_marker(pytest.mark.load)
    if any(item.get_closest_marker("kafka") for item in items):
        _load_all()


def _load_all() -> None:
    """Load the rest of the package before clients have threads.

    pytest parses a module of a plugin when it is first loaded, and Python 3.11 may fail to parse while another thread
    formats a traceback: https://github.com/python/cpython/issues/106905
    """
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.stem.startswith("__"):
            import_module(f"{__package__}.{path.stem}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """A Kafka test does not start where there is no Kafka."""
    __tracebackhide__ = True  # the fixture is what failed
    item.config.stash[SESSION].current.forget_followed()
    if item.get_closest_marker("kafka") is not None:
        session = item.config.stash[SESSION]
        session.begin(item)
        session.prepare(session.current)
        session.load_schemas(item)
        item.stash[JOURNAL_START] = session.journal_position()
        item.stash[TEST_START] = int(time.time() * 1000)
    result = yield
    if isinstance(item, pytest.Function):
        own = item.config.stash[SESSION].own
        if own is not None:
            item.funcargs.update(own.instead_of(item.funcargs))
        begin_with(item)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[None]:
    """A fixture of a test that has a broker to itself gets that one in place of the session's."""
    __tracebackhide__ = True  # the fixture is what failed
    own = request.config.stash[SESSION].own
    if own is None or request.scope != "function" or not own.replaces(fixturedef.argnames):
        return (yield)
    from ._own_broker import on_own

    function, fixturedef.func = fixturedef.func, on_own(fixturedef.func, own)  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """A coroutine test that has come this far is run by nobody; pytest's own words do not know what is installed."""
    if pyfuncitem.get_closest_marker("kafka") is not None and inspect.iscoroutinefunction(pyfuncitem.obj):
        advice = "mark it with @pytest.mark.asyncio, or write asyncio_mode = auto into the ini file"
        if not pyfuncitem.config.pluginmanager.hasplugin("asyncio"):
            advice = (
                "pip install pytest-asyncio, which is the extra kafka-trial[asyncio], or mark it with "
                "@pytest.mark.anyio when anyio is installed"
            )
        pytest.fail(
            f"{pyfuncitem.name} is a coroutine function, and nothing awaits it: {advice}",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """An event that was never published because its await is missing does not pass."""
    run = item.config.stash[SESSION].current
    run.calls.clear()
    run.misses.clear()
    run.loads.clear()
    run.blocked.clear()
    idle: list[str] = []
    try:
        arm_files(item)
        result = yield
    finally:
        # Before the fixtures of the test: a client that closes must not meet a fault.
        note_fired(item.config, run.take_fired())
        idle = run.end_faults()
    if idle:
        pytest.fail("\n".join(idle), pytrace=False)
    forgotten = run.take_forgotten()
    if forgotten:
        pytest.fail("\n".join(map(str, forgotten)), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """What a test leaves is deleted, and a broker that it had to itself ends with it."""
    try:
        return (yield)
    finally:
        item.config.stash[SESSION].end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a failed test has followed, and the last requests to the embedded broker; keep its files."""
    report = yield
    clients: list[str] = []
    run = item.config.stash[SESSION].current
    followed = run.followed if run.has_followed() else None
    misses = run.misses
    error = call.excinfo.value if call.excinfo is not None else None
    if report.failed and (text := hint(item, report, error)):
        report.sections.append(("kafka fixtures", text))
    responder = item.stash.get(RESPONDER, None)
    if responder is not None and report.when == "call" and report.failed and (lines := responder.unanswered()):
        report.sections.append(("kafka responder", "\n".join(lines)))
    blocked = dict.fromkeys(run.blocked)
    if blocked and report.when == "call" and report.failed:
        report.sections.append(("kafka event loop", "\n".join(blocked)))
    if misses and report.when == "call" and report.failed:
        report.sections.append(("kafka responses", "\n".join(map(str, misses))))
    if report.when == "call" and report.failed:
        report.sections.extend(("kafka load", str(load)) for load in run.loads if not load.passed)
    if followed is not None and report.when == "call" and report.failed:
        repeat = item.config.stash[SESSION].repeat(item.nodeid)
        followed.look_again()
        report.sections.extend(("kafka flow", text) for text in followed.reports(_width(), repeat))
        clients = followed.blocking_clients()
    since = item.stash.get(TEST_START, None)
    if since is not None and report.when == "call" and report.failed and (lines := run.unreadable(since)):
        report.sections.append(("kafka schemas", "\n".join(lines[:_SHOWN_UNREADABLE])))
    start = item.stash.get(JOURNAL_START, None)
    if start is not None and report.when in ("setup", "call"):
        lines = item.config.stash[SESSION].last_requests(start, clients, failed=report.failed)
        if lines:
            report.sections.append(("kafka journal", "\n".join(lines)))
    if followed is None or report.when != "call":
        return report
    folder, keep = artifacts(item.config)
    if folder and (keep == "always" or (keep == "failed" and report.failed)):
        pages = followed.write(folder, item.nodeid)
        if pages:
            # Readers of JUnit files take a line like this in system-out for an attachment. The file is written from the
            # last report, which has what stands in the item; what the test wrote before may end without a newline.
            attached = "\n".join(f"[[ATTACHMENT|{Path(page).absolute()}]]" for page in pages)
            report.sections.append(("kafka flow files", attached))
            item.add_report_section("call", "stdout", f"\n{attached}\n")
    return report


def _width() -> int:
    """How wide reports are: as the terminal is, from 80 to 120 columns."""
    return min(max(shutil.get_terminal_size().columns, 80), 120)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Put the flows of all workers on one page; a fault of the run that never fired fails it."""
    if idle := never_fired(session.config):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"kafka-trial: {idle}", red=True)
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    folder, keep = artifacts(session.config)
    if folder and keep != "never" and not hasattr(session.config, "workerinput") and Path(folder).is_dir():
        from . import _native

        _native.flow_index(folder)
