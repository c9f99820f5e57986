"""The fixtures, made by the factories. Clients are imported when a fixture first needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import factories
from ._session import SESSION

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

    from ._broker import ExternalKafka, KafkaBroker


@pytest.fixture(scope="session")
def kafka_broker(pytestconfig: pytest.Config) -> KafkaBroker | ExternalKafka:
    """The embedded broker of this run, or the external cluster: ``.bootstrap_servers``, ``.is_embedded``."""
    session = pytestconfig.stash[SESSION]
    session.prepare(session.run)
    return session.run.broker()


@pytest.fixture(scope="session")
def kafka_test_topics(kafka_admin_client: KafkaAdminClient, kafka_bootstrap_servers: str) -> dict[str, str]:
    """The eight default topics by key: ``kafka_test_topics["validation_request"]``. They exist."""
    from .kafka_test_config import KafkaTestConfig
    from .kafka_utils import create_test_topics

    topics = dict(KafkaTestConfig.DEFAULT_TOPICS)
    create_test_topics(topics.values(), bootstrap_servers=kafka_bootstrap_servers)
    return topics


@pytest.fixture
def kafka_connectivity_check(kafka_bootstrap_servers: str) -> bool:
    """True when Kafka answers. Otherwise the test is skipped, or fails with the require switch."""
    from .kafka_utils import verify_kafka_connectivity

    return verify_kafka_connectivity(kafka_bootstrap_servers)


kafka_bootstrap_servers = factories.kafka_bootstrap_servers()
kafka_admin_client = factories.kafka_admin_client(default_topics=True)
kafka_producer = factories.kafka_producer()
kafka_consumer = factories.kafka_consumer()
kafka_topics = factories.kafka_topics()
kafka_topic = factories.kafka_topic()
kafka_group = factories.kafka_group()
kafka_events = factories.kafka_events()
kafka_faults = factories.kafka_faults()
kafka_flow = factories.kafka_flow()
kafka_journal = factories.kafka_journal()
kafka_responder = factories.kafka_responder()
kafka_schema_registry = factories.kafka_schema_registry()
kafka_aio = factories.kafka_aio()
kafka_aio_producer = factories.kafka_aio_producer()
kafka_aio_consumer = factories.kafka_aio_consumer()
kafka_confluent = factories.kafka_confluent()
kafka_load = factories.kafka_load()
