"""Fixtures for more than one Kafka: each call makes a fixture, whose name is the name that it is given.

>>> from kafka_trial import factories
>>> billing_kafka = factories.kafka_embedded(topics=["invoices"])
>>> billing_producer = factories.kafka_producer_fixture("billing_kafka")
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from ._broker import ExternalKafka, KafkaBroker
from ._consumers import ConsumerFactory, kafka_python, producing
from ._session import SESSION

__all__ = ["kafka_consumer_fixture", "kafka_embedded", "kafka_external", "kafka_producer_fixture"]

Scope = Literal["session", "package", "module", "class", "function"]


def kafka_embedded(*, scope: Scope = "session", **options: Any) -> Any:
    """A fixture of a :class:`KafkaBroker` of its own; ``options`` are those of ``KafkaBroker.start``."""

    @pytest.fixture(scope=scope)
    def embedded() -> Iterator[KafkaBroker]:
        with KafkaBroker.start(**options) as broker:
            yield broker

    return embedded


def kafka_external(bootstrap_servers: str, *, scope: Scope = "session") -> Any:
    """A fixture of an :class:`ExternalKafka`; where it is down its tests are skipped, or fail by the require switch."""

    @pytest.fixture(scope=scope)
    def external(pytestconfig: pytest.Config) -> ExternalKafka:
        pytestconfig.stash[SESSION].look_at(bootstrap_servers, "kafka_external")
        return ExternalKafka(bootstrap_servers)

    return external


def kafka_producer_fixture(kafka: str, **overrides: Any) -> Any:
    """A fixture of a producer as ``kafka_producer`` is one, on the Kafka of the fixture of this name."""

    @pytest.fixture
    def producer(request: pytest.FixtureRequest) -> Iterator[Any]:
        servers = request.getfixturevalue(kafka).bootstrap_servers
        yield from producing(bootstrap_servers=servers, **overrides)

    return producer


def kafka_consumer_fixture(kafka: str) -> Any:
    """A fixture of a factory as ``kafka_consumer`` is one, on the Kafka of the fixture of this name."""

    @pytest.fixture
    def consumer(request: pytest.FixtureRequest) -> Iterator[ConsumerFactory]:
        servers = request.getfixturevalue(kafka).bootstrap_servers
        factory = ConsumerFactory(kafka_python(), bootstrap_servers=servers)
        yield factory
        factory.close()

    return consumer
