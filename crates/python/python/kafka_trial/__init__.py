"""Kafka integration tests in milliseconds, with no Docker and no JVM.

- ``kafka_trial.KafkaTestConfig``: where the tests find Kafka, and what their clients are set to.
- ``kafka_trial.kafka_utils``: connectivity, topics, publishing, consuming and tracking by correlation id.
- ``kafka_trial.KafkaBroker``: an embedded broker, with or without pytest.
- ``kafka_trial.plugin``: the pytest fixtures; pytest finds it by itself. ``kafka_trial.factories`` makes more of them.
- ``kafka_trial.flow``: what a test can expect of a flow.
- ``kafka_trial.KafkaTrialError``: the errors, one tree.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._aio import AioKafka
    from ._broker import ExternalKafka, KafkaBroker
    from ._clock import Clock
    from ._confluent import ConfluentKafka
    from ._consumers import ConsumerFactory
    from ._errors import CannotListen, Invalid, KafkaTrialError, Refused, TimedOut, Unreachable
    from ._events import Events, ReceivedEvent
    from ._faults import Fault, Faults, FiredFault
    from ._journal import Journal, JournalEntry, JournalPartition
    from ._load import KafkaLoad, LoadOptions, LoadReport, SearchReport
    from ._native import Codegen, GroupInfo, GroupMember, Record, __version__
    from ._on_the_loop import AioConsumerFactory
    from ._registry import RegistryFault, SchemaRegistry, SchemaVersion, assert_compatible
    from ._responder import Answer, Handle, Request, Responder
    from ._topic_factory import TopicFactory
    from ._waiting import LoopBlocked
    from .flow import Expectation, Flow, FlowError, FlowTracker, Hop, StartedFlow
    from .kafka_test_config import AdminConfig, ConsumerConfig, KafkaTestConfig, ProducerConfig
    from .kafka_utils import (
        Event,
        FlowHop,
        FlowTracking,
        PublishedEvent,
        atrack_event_flow,
        await_for_kafka,
        consume_response,
        create_test_topics,
        delete_test_topics,
        publish_test_event,
        track_event_flow,
        verify_kafka_connectivity,
        wait_for_kafka,
    )

__all__ = [
    "AdminConfig",
    "AioConsumerFactory",
    "AioKafka",
    "Answer",
    "CannotListen",
    "Clock",
    "Codegen",
    "ConfluentKafka",
    "ConsumerConfig",
    "ConsumerFactory",
    "Event",
    "Events",
    "Expectation",
    "ExternalKafka",
    "Fault",
    "Faults",
    "FiredFault",
    "Flow",
    "FlowError",
    "FlowHop",
    "FlowTracker",
    "FlowTracking",
    "GroupInfo",
    "GroupMember",
    "Handle",
    "Hop",
    "Invalid",
    "Journal",
    "JournalEntry",
    "JournalPartition",
    "KafkaBroker",
    "KafkaLoad",
    "KafkaTestConfig",
    "KafkaTrialError",
    "LoadOptions",
    "LoadReport",
    "LoopBlocked",
    "ProducerConfig",
    "PublishedEvent",
    "ReceivedEvent",
    "Record",
    "Refused",
    "RegistryFault",
    "Request",
    "Responder",
    "SchemaRegistry",
    "SchemaVersion",
    "SearchReport",
    "StartedFlow",
    "TimedOut",
    "TopicFactory",
    "Unreachable",
    "__version__",
    "assert_compatible",
    "atrack_event_flow",
    "await_for_kafka",
    "consume_response",
    "create_test_topics",
    "delete_test_topics",
    "publish_test_event",
    "track_event_flow",
    "verify_kafka_connectivity",
    "wait_for_kafka",
]

# Every run of pytest loads the plugin, so the names are loaded when they are first used: by module.
_MODULES = {
    "_aio": ("AioKafka",),
    "_broker": (
        "ExternalKafka",
        "KafkaBroker",
    ),
    "_clock": ("Clock",),
    "_confluent": ("ConfluentKafka",),
    "_consumers": ("ConsumerFactory",),
    "_errors": (
        "CannotListen",
        "Invalid",
        "KafkaTrialError",
        "Refused",
        "TimedOut",
        "Unreachable",
    ),
    "_events": (
        "Events",
        "ReceivedEvent",
    ),
    "_faults": (
        "Fault",
        "Faults",
        "FiredFault",
    ),
    "_journal": (
        "Journal",
        "JournalEntry",
        "JournalPartition",
    ),
    "_load": (
        "KafkaLoad",
        "LoadOptions",
        "LoadReport",
        "SearchReport",
    ),
    "_native": (
        "Codegen",
        "GroupInfo",
        "GroupMember",
        "Record",
        "__version__",
    ),
    "_on_the_loop": ("AioConsumerFactory",),
    "_registry": (
        "RegistryFault",
        "SchemaRegistry",
        "SchemaVersion",
        "assert_compatible",
    ),
    "_responder": (
        "Answer",
        "Handle",
        "Request",
        "Responder",
    ),
    "_topic_factory": ("TopicFactory",),
    "_waiting": ("LoopBlocked",),
    "flow": (
        "Expectation",
        "Flow",
        "FlowError",
        "FlowTracker",
        "Hop",
        "StartedFlow",
    ),
    "kafka_test_config": (
        "AdminConfig",
        "ConsumerConfig",
        "KafkaTestConfig",
        "ProducerConfig",
    ),
    "kafka_utils": (
        "Event",
        "FlowHop",
        "FlowTracking",
        "PublishedEvent",
        "atrack_event_flow",
        "await_for_kafka",
        "consume_response",
        "create_test_topics",
        "delete_test_topics",
        "publish_test_event",
        "track_event_flow",
        "verify_kafka_connectivity",
        "wait_for_kafka",
    ),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            value: object = getattr(import_module(f".{module}", __name__), name)
            globals()[name] = value
            return value
    if name in ("factories", "flow", "kafka_test_config", "kafka_utils"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
