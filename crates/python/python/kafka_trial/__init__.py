"""Kafka integration tests in milliseconds, with no Docker and no JVM.

- ``kafka_trial.KafkaTestConfig``: where the tests find Kafka, and what their clients are set to.
- ``kafka_trial.kafka_utils``: connectivity, topics, publishing, consuming and tracking by correlation id.
- ``kafka_trial.KafkaBroker``: an embedded broker, with or without pytest.
- ``kafka_trial.plugin``: the pytest fixtures; pytest finds it by itself.
"""

from ._broker import ExternalKafka, KafkaBroker
from ._events import Events, ReceivedEvent
from ._journal import Journal, JournalEntry, JournalPartition
from ._native import GroupInfo, GroupMember, KafkaTrialError, Record, __version__
from ._responder import Handle, Responder
from .kafka_test_config import KafkaTestConfig
from .kafka_utils import (
    consume_response,
    create_test_topics,
    delete_test_topics,
    publish_test_event,
    track_event_flow,
    verify_kafka_connectivity,
    wait_for_kafka,
)

__all__ = [
    "Events",
    "ExternalKafka",
    "GroupInfo",
    "GroupMember",
    "Handle",
    "Journal",
    "JournalEntry",
    "JournalPartition",
    "KafkaBroker",
    "KafkaTestConfig",
    "KafkaTrialError",
    "ReceivedEvent",
    "Record",
    "Responder",
    "__version__",
    "consume_response",
    "create_test_topics",
    "delete_test_topics",
    "publish_test_event",
    "track_event_flow",
    "verify_kafka_connectivity",
    "wait_for_kafka",
]
