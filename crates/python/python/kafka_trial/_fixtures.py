"""The fixtures. Clients are imported when a fixture first needs them, so a run without Kafka tests does not wait."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from ._session import FLOWS, SESSION
from ._settings import updates_golden

if TYPE_CHECKING:
    from ._aio import AioKafka
    from ._broker import ExternalKafka, KafkaBroker
    from ._confluent import ConfluentKafka
    from ._consumers import ConsumerFactory
    from ._events import Events
    from ._journal import Journal
    from ._load import KafkaLoad
    from ._responder import Responder
    from ._run import KafkaRun
    from .flow import FlowTracker

# Kafka allows 249 characters in a topic's name; the end is kept for what makes it unique.
_SLUG_LENGTH = 120


@pytest.fixture(scope="session")
def kafka_run(pytestconfig: pytest.Config) -> KafkaRun:
    """Which Kafka this run uses; the other fixtures build on it."""
    session = pytestconfig.stash[SESSION]
    session.prepare()
    return session.run


@pytest.fixture(scope="session")
def kafka_broker(kafka_run: KafkaRun) -> KafkaBroker | ExternalKafka:
    """The embedded broker of this run, or the external cluster: ``.bootstrap_servers``, ``.is_embedded``."""
    return kafka_run.broker()


@pytest.fixture(scope="session")
def kafka_bootstrap_servers(kafka_broker: KafkaBroker | ExternalKafka) -> str:
    """``host:port``, comma-separated: ``KafkaProducer(bootstrap_servers=kafka_bootstrap_servers)``."""
    return kafka_broker.bootstrap_servers


@pytest.fixture(scope="session")
def kafka_admin_client(kafka_run: KafkaRun, kafka_bootstrap_servers: str) -> Iterator[Any]:
    """A ``kafka.KafkaAdminClient``: ``assert len(kafka_admin_client.list_topics()) > 0``."""
    from ._consumers import kafka_python
    from .kafka_test_config import KafkaTestConfig
    from .kafka_utils import create_test_topics

    if kafka_run.default_topics is not False:
        create_test_topics(bootstrap_servers=kafka_bootstrap_servers)
    client = kafka_python().KafkaAdminClient(**KafkaTestConfig.get_admin_config())
    yield client
    client.close()


@pytest.fixture(scope="session")
def kafka_test_topics(kafka_admin_client: Any, kafka_bootstrap_servers: str) -> dict[str, str]:
    """The eight default topics by key: ``kafka_test_topics["validation_request"]``. They exist."""
    from .kafka_test_config import KafkaTestConfig
    from .kafka_utils import create_test_topics

    create_test_topics(bootstrap_servers=kafka_bootstrap_servers)
    return dict(KafkaTestConfig.DEFAULT_TOPICS)


@pytest.fixture
def kafka_fresh_topics(kafka_run: KafkaRun) -> Iterator[list[str]]:
    """Topics to delete when all clients of the test are closed: a client may wait long for a topic that is gone."""
    from .kafka_utils import delete_test_topics

    topics: list[str] = []
    yield topics
    if topics:
        delete_test_topics(topics, bootstrap_servers=kafka_run.broker().bootstrap_servers)


@pytest.fixture
def kafka_producer(kafka_fresh_topics: list[str]) -> Iterator[Any]:
    """A ``kafka.KafkaProducer`` of JSON events: ``kafka_producer.send(topic, value={"id": 7})``."""
    from ._consumers import producing

    yield from producing()


@pytest.fixture
def kafka_consumer(kafka_fresh_topics: list[str]) -> Iterator[ConsumerFactory]:
    """A factory of consumers: ``consumer = kafka_consumer([topic], "my-group")``. All are closed after the test."""
    from ._consumers import ConsumerFactory, kafka_python

    factory = ConsumerFactory(kafka_python())
    yield factory
    factory.close()


@pytest.fixture
def kafka_connectivity_check(kafka_run: KafkaRun, kafka_bootstrap_servers: str) -> bool:
    """True where Kafka answers: the test is skipped, or fails with the require switch, where it does not."""
    from .kafka_utils import verify_kafka_connectivity

    return verify_kafka_connectivity(kafka_bootstrap_servers)


def _scope(request: pytest.FixtureRequest) -> str:
    return request.config.stash[SESSION].scope


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:_SLUG_LENGTH] or "test"


@pytest.fixture
def kafka_topics(
    kafka_bootstrap_servers: str, kafka_fresh_topics: list[str], request: pytest.FixtureRequest
) -> Callable[..., list[str]]:
    """A factory of fresh topics, deleted after the test: ``orders, audit = kafka_topics("orders", "audit")``."""
    from .kafka_utils import create_test_topics

    def create(*names: str, partitions: int = 1, configs: Mapping[str, object] | None = None) -> list[str]:
        if wrong := [name for name in names if not isinstance(name, str)]:
            raise TypeError(f'kafka_topics takes names, not {wrong[0]!r}: kafka_topics("orders", "audit")')
        fresh = [f"{_slug(name)}-{_scope(request)}{uuid4().hex[:8]}" for name in names or (request.node.name,)]
        create_test_topics(fresh, partitions, bootstrap_servers=kafka_bootstrap_servers, configs=configs)
        kafka_fresh_topics.extend(fresh)
        return fresh

    return create


@pytest.fixture
def kafka_topic(kafka_topics: Callable[..., list[str]], request: pytest.FixtureRequest) -> str:
    """A fresh topic of this test: ``@pytest.mark.kafka_topic(partitions=3, retention_ms="1000")`` shapes it."""
    marker = request.node.get_closest_marker("kafka_topic")
    options = dict(marker.kwargs) if marker is not None else {}
    if marker is not None and marker.args:
        raise pytest.UsageError("kafka_topic takes keywords: @pytest.mark.kafka_topic(partitions=3)")
    partitions = options.pop("partitions", 1)
    if not isinstance(partitions, int):
        raise pytest.UsageError(f"kafka_topic(partitions={partitions!r}): a number of partitions is expected")
    configs = {name.replace("_", "."): value for name, value in options.items()}
    return kafka_topics(request.node.name, partitions=partitions, configs=configs)[0]


@pytest.fixture
def kafka_group(request: pytest.FixtureRequest) -> str:
    """The whole id of a group that nothing else uses: ``kafka_consumer(topic, kafka_group)`` joins it."""
    from .kafka_test_config import KafkaTestConfig

    return KafkaTestConfig.get_group_id(f"{_slug(request.node.name)}-{_scope(request)}{uuid4().hex[:8]}")


@pytest.fixture
def kafka_flow(kafka_broker: KafkaBroker | ExternalKafka, request: pytest.FixtureRequest) -> FlowTracker:
    """Follows correlation ids: ``kafka_flow.expect("order-7", "requests", "responses", within_ms=500)``."""
    from .flow import FlowTracker

    tracker = FlowTracker(kafka_broker, update_golden=updates_golden(request.config))
    request.node.stash[FLOWS] = tracker
    return tracker


@pytest.fixture
def kafka_events(kafka_bootstrap_servers: str) -> Events:
    """The events that come from now on: ``kafka_events.expect_event(topic, where={"state": "paid"})``."""
    from ._events import Events

    return Events(kafka_bootstrap_servers)


@pytest.fixture
def kafka_journal(kafka_broker: KafkaBroker | ExternalKafka) -> Journal:
    """What clients ask the broker from the start of this test on: ``kafka_journal.entries(api="Produce")``."""
    from ._broker import ExternalKafka

    if isinstance(kafka_broker, ExternalKafka):
        pytest.skip("kafka_journal needs an embedded broker in this process")
    return kafka_broker.journal().from_now()


@pytest.fixture
def kafka_responder(kafka_bootstrap_servers: str) -> Iterator[Responder]:
    """A service that answers: ``kafka_responder.on(requests, responses, lambda event: {"state": "done"})``."""
    from ._responder import Responder

    responder = Responder(kafka_bootstrap_servers)
    yield responder
    responder.close()


@pytest.fixture
def kafka_aio(kafka_fresh_topics: list[str]) -> AioKafka:
    """aiokafka clients on any loop: ``async with kafka_aio.producer() as producer: ...`` (extra ``aiokafka``)."""
    from ._aio import AioKafka

    return AioKafka()


@pytest.fixture
def kafka_confluent(kafka_fresh_topics: list[str]) -> Iterator[ConfluentKafka]:
    """confluent-kafka clients: ``kafka_confluent.producer()``, ``.consumer(topics, group)`` (extra ``confluent``)."""
    from ._confluent import ConfluentKafka

    clients = ConfluentKafka()
    yield clients
    clients.close()


@pytest.fixture
def kafka_load(kafka_bootstrap_servers: str) -> KafkaLoad:
    """Load on this run's Kafka: ``report = kafka_load.sustained(200, 10, request=..., response=...)``."""
    from ._load import KafkaLoad

    return KafkaLoad(kafka_bootstrap_servers)
