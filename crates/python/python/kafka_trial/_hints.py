"""What to write instead, where pytest or Python report a misused fixture in words that do not know it."""

from __future__ import annotations

import re

import pytest

# Fixtures that are text, and what a test that calls them is after.
_CALLED = {
    "kafka_topic": "kafka_topic is the name of a topic; the factory of topics is kafka_topics",
    "kafka_group": 'kafka_group is the id of a group; for another group write kafka_group + "-2"',
    "kafka_bootstrap_servers": "kafka_bootstrap_servers is an address",
}
_WIDER = re.compile(r"ScopeMismatch.*?function scoped fixture (kafka_\w+) with a (\w+) scoped", re.DOTALL)


def hint(test: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> str | None:
    """A sentence for the report of a failed test, when there is one."""
    if isinstance(error, TypeError) and str(error) == "'str' object is not callable":
        used = [text for name, text in _CALLED.items() if name in getattr(test, "fixturenames", ())]
        return "\n".join(used) or None
    if wider := _WIDER.search(report.longreprtext):
        name, scope = wider.groups()
        if name in ("kafka_aio_producer", "kafka_aio_consumer"):
            return f'{name} is of its test; for a wider scope use factories.kafka_aio(scope="{scope}")'
        return f'{name} is of one test; name = factories.{name}(scope="{scope}") makes a fixture of a wider scope'
    return None
