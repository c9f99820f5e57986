"""Factories of fixtures: each call makes a fixture, whose name is the name that it is given.

The fixtures of this package are made by them. ``scope`` is any of pytest's, and ``kafka`` names the fixture of the
Kafka that is meant:

>>> from kafka_trial import factories
>>> billing_kafka = factories.kafka_embedded(topics={"invoices": 3})
>>> billing_producer = factories.kafka_producer("billing_kafka")
>>> orders = factories.kafka_topic(partitions=3, scope="module")
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import uuid4

import pytest

from ._arguments import text
from ._session import RESPONDER, SESSION
from ._settings import updates_golden

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from kafka import KafkaAdminClient, KafkaProducer
    from typing_extensions import Unpack

    from ._aio import AioKafka
    from ._broker import BrokerOptions, Cluster, ExternalKafka, KafkaBroker
    from ._confluent import ConfluentKafka
    from ._consumers import ConsumerFactory
    from ._events import Events
    from ._faults import Faults
    from ._journal import Journal
    from ._load import KafkaLoad
    from ._on_the_loop import AioConsumerFactory
    from ._registry import SchemaRegistry
    from ._responder import Responder
    from ._topic_factory import TopicFactory
    from .flow import FlowTracker

__all__ = [
    "Scope",
    "kafka_admin_client",
    "kafka_aio",
    "kafka_aio_consumer",
    "kafka_aio_producer",
    "kafka_bootstrap_servers",
    "kafka_confluent",
    "kafka_consumer",
    "kafka_embedded",
    "kafka_events",
    "kafka_external",
    "kafka_faults",
    "kafka_flow",
    "kafka_group",
    "kafka_journal",
    "kafka_load",
    "kafka_producer",
    "kafka_responder",
    "kafka_schema_registry",
    "kafka_topic",
    "kafka_topics",
]

Scope = Literal["session", "package", "module", "class", "function"]

_RUN = "kafka_broker"


def _cluster(request: pytest.FixtureRequest, kafka: str) -> Cluster:
    """The Kafka of this name, which is the test's own for a fixture of a test that has one."""
    session = request.config.stash[SESSION]
    if kafka == _RUN and request.scope == "function" and session.own is not None:
        return session.own.run.broker()
    cluster: Cluster = request.getfixturevalue(kafka)
    return cluster


def _marked(request: pytest.FixtureRequest, name: str) -> dict[str, Any]:
    """What the marker of a test tells the fixture of the same name."""
    marker = request.node.get_closest_marker(name) if request.scope == "function" else None
    if marker is not None and marker.args:
        raise pytest.UsageError(f"{name} takes keywords: @pytest.mark.{name}(partitions=3)")
    return dict(marker.kwargs) if marker is not None else {}


def kafka_embedded(*, scope: Scope = "session", **options: Unpack[BrokerOptions]) -> object:
    """A fixture of a :class:`KafkaBroker` of its own; ``options`` are those of ``KafkaBroker.start``.

    ``load`` fills it once, when it starts: a function that takes the broker, or a folder of records. A relative folder
    begins at the folder of the file that calls this.
    """
    from ._broker import check_options
    from ._fill import beside

    settings: dict[str, Any] = dict(options)
    check_options("factories.kafka_embedded", settings)
    if "load" in settings:
        settings["load"] = beside(settings["load"], Path(sys._getframe(1).f_code.co_filename).parent)

    @pytest.fixture(scope=scope)
    def embedded() -> Iterator[KafkaBroker]:
        """An embedded broker."""
        from ._broker import KafkaBroker

        with KafkaBroker.start(**settings) as broker:
            yield broker

    return embedded


def kafka_external(bootstrap_servers: str, *, scope: Scope = "session") -> object:
    """A fixture of an :class:`ExternalKafka`; its tests are skipped, or fail by the require switch, when it is down."""
    from ._native import check_addresses

    check_addresses(text("bootstrap_servers", bootstrap_servers))

    @pytest.fixture(scope=scope)
    def external(pytestconfig: pytest.Config) -> ExternalKafka:
        """An external cluster."""
        from ._broker import ExternalKafka

        pytestconfig.stash[SESSION].look_at(bootstrap_servers, "kafka_external")
        return ExternalKafka(bootstrap_servers)

    return external


def kafka_bootstrap_servers(kafka: str = _RUN, *, scope: Scope = "session") -> object:
    """A fixture of the address of a Kafka."""

    @pytest.fixture(scope=scope)
    def bootstrap_servers(request: pytest.FixtureRequest) -> str:
        """``host:port``, comma-separated: ``KafkaProducer(bootstrap_servers=kafka_bootstrap_servers)``."""
        return _cluster(request, kafka).bootstrap_servers

    return bootstrap_servers


def kafka_admin_client(
    kafka: str = _RUN, *, scope: Scope = "session", default_topics: bool = False, **settings: Any
) -> object:
    """A fixture of a ``kafka.KafkaAdminClient``; ``settings`` are its own, and ``None`` takes one out.

    With ``default_topics`` the eight default topics exist before it.
    """

    @pytest.fixture(scope=scope)
    def admin_client(request: pytest.FixtureRequest) -> Iterator[KafkaAdminClient]:
        """A ``kafka.KafkaAdminClient``: ``assert len(kafka_admin_client.list_topics()) > 0``."""
        from ._consumers import administering

        wanted = default_topics and request.config.stash[SESSION].run.default_topics is not False
        yield from administering(_cluster(request, kafka), default_topics=wanted, **settings)

    return admin_client


def kafka_producer(kafka: str = _RUN, *, scope: Scope = "function", **settings: Any) -> object:
    """A fixture of a producer; ``settings`` are ``kafka.KafkaProducer``'s own, and ``None`` takes one out."""

    @pytest.fixture(scope=scope)
    def producer(request: pytest.FixtureRequest) -> Iterator[KafkaProducer]:
        """A ``kafka.KafkaProducer`` of JSON events: ``kafka_producer.send(topic, value={"id": 7})``."""
        from ._consumers import producing

        yield from producing(_cluster(request, kafka), **settings)

    return producer


def kafka_consumer(kafka: str = _RUN, *, scope: Scope = "function", **settings: Any) -> object:
    """A fixture of a factory of consumers; ``settings`` are ``kafka.KafkaConsumer``'s own."""

    @pytest.fixture(scope=scope)
    def consumer(request: pytest.FixtureRequest) -> Iterator[ConsumerFactory]:
        """A factory of consumers: ``consumer = kafka_consumer([topic], "my-group")``. All are closed afterwards."""
        from ._consumers import ConsumerFactory

        factory = ConsumerFactory(_cluster(request, kafka), **settings)
        yield factory
        factory.close()

    return consumer


def kafka_topics(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of a factory of fresh topics, which are deleted when all clients of the same scope are closed."""

    @pytest.fixture(scope=scope)
    def topics(request: pytest.FixtureRequest) -> Iterator[TopicFactory]:
        """A factory of fresh topics, deleted afterwards: ``orders, audit = kafka_topics("orders", "audit")``."""
        from ._topic_factory import TopicFactory

        session = request.config.stash[SESSION]
        factory = TopicFactory(_cluster(request, kafka), session.scope, request.node.name)
        yield factory
        session.leave(factory)

    return topics


def kafka_topic(
    kafka: str = _RUN,
    *,
    scope: Scope = "function",
    partitions: int = 1,
    replication_factor: int | None = None,
    configs: Mapping[str, object] | None = None,
    **more_configs: object,
) -> object:
    """A fixture of a fresh topic. The marker ``kafka_topic`` takes the same keywords."""
    made: dict[str, Any] = {"partitions": partitions, "replication_factor": replication_factor, "configs": configs}

    @pytest.fixture(scope=scope)
    def topic(request: pytest.FixtureRequest) -> Iterator[str]:
        """A fresh topic: ``@pytest.mark.kafka_topic(partitions=3, cleanup_policy="compact")`` shapes it."""
        from ._topic_factory import TopicFactory

        session = request.config.stash[SESSION]
        shape = {**made, **more_configs, **_marked(request, "kafka_topic")}
        factory = TopicFactory(_cluster(request, kafka), session.scope, request.node.name, "kafka_topic")
        yield factory(**shape)[0]
        session.leave(factory)

    return topic


def kafka_group(*, scope: Scope = "function") -> object:
    """A fixture of the id of a group of its own."""

    @pytest.fixture(scope=scope)
    def group(request: pytest.FixtureRequest) -> str:
        """The whole id of a group that nothing else uses: ``kafka_consumer(topic, kafka_group)`` joins it."""
        from ._topics import slug
        from .kafka_test_config import KafkaTestConfig

        scope_of_run = request.config.stash[SESSION].scope
        return KafkaTestConfig.get_group_id(f"{slug(request.node.name)}-{scope_of_run}{uuid4().hex[:8]}")

    return group


def kafka_events(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of the events that come from its setup on."""

    @pytest.fixture(scope=scope)
    def events(request: pytest.FixtureRequest) -> Events:
        """The events that come from now on: ``kafka_events.expect_event(topic, where={"state": "paid"})``."""
        from ._events import Events

        locators = request.config.stash[SESSION].run.locators
        return Events(_cluster(request, kafka).bootstrap_servers, locators)

    return events


def kafka_flow(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture that follows correlation ids. The report of a failed test shows what the test has followed."""

    @pytest.fixture(scope=scope)
    def flow(request: pytest.FixtureRequest) -> FlowTracker:
        """Follows correlation ids: ``kafka_flow.expect("order-7", "requests", "responses", within_ms=500)``."""
        from .flow import FlowTracker

        locators = request.config.stash[SESSION].run.locators
        return FlowTracker(_cluster(request, kafka), locators, update_golden=updates_golden(request.config))

    return flow


def kafka_schema_registry(*, scope: Scope = "function") -> object:
    """A fixture of the run's schema registry, which deletes the subjects that came while it was there."""

    @pytest.fixture(scope=scope)
    def schema_registry(request: pytest.FixtureRequest) -> Iterator[SchemaRegistry]:
        """The schema registry: ``SchemaRegistryClient({"url": kafka_schema_registry.url})``, ``.register``, ..."""
        from ._registry import SchemaRegistry

        session = request.config.stash[SESSION]
        run = session.current if scope == "function" else session.run
        registry = SchemaRegistry(run.schema_registry(), run.schemas)
        before = registry.subjects()
        yield registry
        registry._clear(before)

    return schema_registry


def kafka_faults(kafka: str = _RUN) -> object:
    """A fixture that arms faults in the embedded broker. They end with the test, before its fixtures."""

    @pytest.fixture
    def faults(request: pytest.FixtureRequest) -> Faults:
        """Arms faults: ``kafka_faults("Produce", topic="orders", first=True, reject="NOT_LEADER_OR_FOLLOWER")``."""
        from ._broker import ExternalKafka

        cluster = _cluster(request, kafka)
        if isinstance(cluster, ExternalKafka):
            pytest.skip("kafka_faults needs an embedded broker in this process")
        faults = cluster.faults()
        request.config.stash[SESSION].current.faults.append(faults)
        return faults

    return faults


def kafka_journal(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of the requests that clients make from its setup on."""

    @pytest.fixture(scope=scope)
    def journal(request: pytest.FixtureRequest) -> Journal:
        """What clients ask the broker from the start of this test on: ``kafka_journal.entries(api="Produce")``."""
        from ._broker import ExternalKafka

        cluster = _cluster(request, kafka)
        if isinstance(cluster, ExternalKafka):
            pytest.skip("kafka_journal needs an embedded broker in this process")
        return cluster.journal().from_now()

    return journal


def kafka_responder(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of a service that answers."""

    @pytest.fixture(scope=scope)
    def responder(request: pytest.FixtureRequest) -> Iterator[Responder]:
        """A service that answers: ``kafka_responder.on(requests, responses, lambda event: {"state": "done"})``."""
        from ._responder import Responder

        service = Responder(_cluster(request, kafka))
        request.node.stash[RESPONDER] = service
        yield service
        service.close()

    return responder


def kafka_aio(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of aiokafka clients."""

    @pytest.fixture(scope=scope)
    def aio(request: pytest.FixtureRequest) -> AioKafka:
        """aiokafka clients on any loop: ``async with kafka_aio.producer() as producer: ...`` (extra ``aiokafka``)."""
        from ._aio import AioKafka

        return AioKafka(_cluster(request, kafka))

    return aio


def _of_the_test(fixture: str, client: str, scope: Scope) -> None:
    """``ValueError`` for a fixture that cannot outlive the loop of its test."""
    if scope != "function":
        raise ValueError(
            f"{fixture} begins and ends on the loop of its test, so scope={scope!r} cannot be: write an async fixture "
            f"of that scope with async with kafka_aio.{client} as client, of a kafka_aio = factories.kafka_aio("
            f"scope={scope!r})"
        )


def kafka_aio_producer(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of a producer that begins and ends on its test's loop, so its scope is the test."""
    _of_the_test("kafka_aio_producer", "producer()", scope)

    @pytest.fixture
    def aio_producer(request: pytest.FixtureRequest) -> AIOKafkaProducer:
        """A started ``AIOKafkaProducer`` on the test's loop: ``await kafka_aio_producer.send_and_wait(topic, b"")``."""
        from ._aio import AioKafka
        from ._on_the_loop import PendingProducer

        return cast("AIOKafkaProducer", PendingProducer("kafka_aio_producer", AioKafka(_cluster(request, kafka))))

    return aio_producer


def kafka_aio_consumer(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of a factory of consumers that begin and end on its test's loop, so its scope is the test."""
    _of_the_test("kafka_aio_consumer", "consumer(topic)", scope)

    @pytest.fixture
    def aio_consumer(request: pytest.FixtureRequest) -> AioConsumerFactory:
        """A factory of started consumers: ``consumer = await kafka_aio_consumer([topic], "my-group")``."""
        from ._aio import AioKafka
        from ._on_the_loop import PendingConsumers

        return cast("AioConsumerFactory", PendingConsumers("kafka_aio_consumer", AioKafka(_cluster(request, kafka))))

    return aio_consumer


def kafka_confluent(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of confluent-kafka clients."""

    @pytest.fixture(scope=scope)
    def confluent(request: pytest.FixtureRequest) -> Iterator[ConfluentKafka]:
        """confluent-kafka clients: ``kafka_confluent.producer()``, ``.consumer(topics)`` (extra ``confluent``)."""
        from ._confluent import ConfluentKafka

        clients = ConfluentKafka(_cluster(request, kafka))
        yield clients
        clients.close()

    return confluent


def kafka_load(kafka: str = _RUN, *, scope: Scope = "function") -> object:
    """A fixture of loads on a Kafka."""

    @pytest.fixture(scope=scope)
    def load(request: pytest.FixtureRequest) -> KafkaLoad:
        """Load on this run's Kafka: ``report = kafka_load.sustained(200, 10, request=..., response=...)``."""
        from ._load import KafkaLoad

        return KafkaLoad(_cluster(request, kafka).bootstrap_servers)

    return load
