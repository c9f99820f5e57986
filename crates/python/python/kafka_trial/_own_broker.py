"""A broker for one test: ``@pytest.mark.kafka_broker(brokers=3)``."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ._broker import KafkaBroker

MARKER = "kafka_broker"


def options_of(test: pytest.Item) -> dict[str, Any] | None:
    """What the marker of a test tells ``KafkaBroker.start``; ``None`` without a marker."""
    marker = test.get_closest_marker(MARKER)
    if marker is None:
        return None
    known = list(inspect.signature(KafkaBroker.start).parameters)
    unknown = [name for name in marker.kwargs if name not in known]
    if marker.args or unknown:
        wrong = f"{unknown[0]}= is not one of them" if unknown else "it takes keywords"
        raise pytest.UsageError(f"@pytest.mark.{MARKER}(brokers=3): {wrong}; KafkaBroker.start has {', '.join(known)}")
    return dict(marker.kwargs)


def forget_fixtures(test: pytest.Item) -> None:
    """End the session's fixtures that stand on a broker: they are made again, for the broker that is in use then."""
    definitions: dict[str, Any] = getattr(getattr(test, "_fixtureinfo", None), "name2fixturedefs", {})
    for definition in definitions.get("kafka_run", ()):
        definition.finish(test._request)  # type: ignore[attr-defined]
