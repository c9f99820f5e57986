"""One pytest process: its options, its Kafka, and the reference service where the project asks for it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from . import _settings as settings

if TYPE_CHECKING:
    from ._own_broker import OwnBroker
    from ._registry import SchemaRegistry
    from ._responder import Responder
    from ._run import KafkaRun
    from ._topic_factory import TopicFactory

# What the controller of xdist tells its workers.
_ADDRESS_KEY = "kafka_trial_address"
_REGISTRY_KEY = "kafka_trial_registry"


class KafkaSession:
    """The state of one pytest process: its Kafka, and the reference service where the project asks for it."""

    def __init__(self, config: pytest.Config) -> None:
        from . import _run

        self.config = config
        self.require = settings.switch(config, "require", "KAFKA_TRIAL_REQUIRE")
        self.journal = settings.one_of(config, "journal", "failed", "always", "never")
        self.isolation = settings.one_of(config, "isolation", "none", "worker", "test")
        workerinput: dict[str, Any] = getattr(config, "workerinput", {})
        self.is_worker = bool(workerinput)
        run_id = str(workerinput.get("testrunuid") or uuid4().hex)[:8]
        self._worker = "-".join(filter(None, (run_id, str(workerinput.get("workerid", "")))))
        address, source = settings.bootstrap(config)
        handed_over = workerinput.get(_ADDRESS_KEY)
        self.run: KafkaRun = _run.KafkaRun(
            address=handed_over or address or None,
            source=source,
            shared=bool(handed_over) and not address,
            brokers=settings.brokers(config),
            api=settings.release(config),
            default_topics=config.getini("kafka_trial_default_topics"),
            group_prefix=settings.group_prefix(config),
            locators=settings.locators(config),
            update_golden=settings.updates_golden(config),
            registry_url=workerinput.get(_REGISTRY_KEY),
        )
        self.previous, _run.active = _run.active, self.run
        #: The broker of the test in hand, when it has one to itself.
        self.own: OwnBroker | None = None
        self._left: list[TopicFactory] = []
        #: The runs whose registries have the schemas of the ini key.
        self._with_schemas: list[KafkaRun] = []
        #: The registry of the test in hand, when its marker loads schemas, and the subjects that it had before.
        self._registry: SchemaRegistry | None = None
        self._before: list[str] = []

    @property
    def scope(self) -> str:
        """What tells the topics and groups of this run and worker from those of others on a shared cluster."""
        isolation = self.isolation or ("none" if self.run.is_embedded else "worker")
        return "" if isolation == "none" else f"{self._worker}-"

    @property
    def current(self) -> KafkaRun:
        """The Kafka of the test in hand: its own, or the run's."""
        return self.run if self.own is None else self.own.run

    def hand_over(self, workerinput: dict[str, Any]) -> None:
        """In the controller of xdist: what the workers share is started here."""
        if self.run.is_embedded and settings.switch(self.config, "share", "KAFKA_TRIAL_SHARE"):
            workerinput[_ADDRESS_KEY] = self.run.broker().bootstrap_servers
            # Workers find one that is named by themselves.
            if not os.environ.get("TEST_SCHEMA_REGISTRY_URL"):
                workerinput[_REGISTRY_KEY] = self.run.schema_registry().url
            self._serve(self.run)
        elif not self.run.is_embedded and self.run.unavailable() is None:
            self._serve(self.run)

    def prepare(self, run: KafkaRun) -> None:
        """Before a Kafka test: skip or fail it when the cluster is down, and start the reference service."""
        self._refuse(run.unavailable())
        if not self.is_worker or (run.is_embedded and not run.shared):
            self._serve(run)

    def look_at(self, address: str, source: str) -> None:
        """Skip or fail where another cluster is down."""
        from . import _run

        self._refuse(_run.KafkaRun(address=address, source=source).unavailable())

    def _refuse(self, reason: str | None) -> None:
        if reason is not None and self.require:
            pytest.fail(f"{reason}; --kafka-trial-require is set", pytrace=False)
        if reason is not None:
            pytest.skip(reason)

    def _serve(self, run: KafkaRun) -> None:
        if self.config.getini("kafka_trial_codegen_handlers"):
            run.serve()

    def begin(self, test: pytest.Item) -> None:
        """Give a test a broker to itself, when its marker or the isolation asks for it."""
        from . import _run
        from ._own_broker import OwnBroker, options_of

        options = options_of(test)
        if options is None and (self.isolation != "test" or not self.run.is_embedded):
            return
        if not self.run.is_embedded:
            pytest.skip(f"kafka_broker(...) needs an embedded broker; {self.run.source} names {self.run.address}")
        run = self.run
        own = _run.KafkaRun(
            address=None,
            source="marker kafka_broker" if options else "isolation",
            brokers=run.brokers,
            api=run.api,
            default_topics=run.default_topics,
            group_prefix=run.group_prefix,
            locators=run.locators,
            update_golden=run.update_golden,
            options=options,
        )
        self.own, _run.active = OwnBroker(own), own

    def load_schemas(self, test: pytest.Item) -> None:
        """Before a test: the schemas of the ini key, once, and those of its markers, which end with it."""
        run, everywhere = self.current, self.config.getini("kafka_schemas")
        markers = list(test.iter_markers("kafka_schemas"))
        if not everywhere and not markers:
            return
        from ._registry import SchemaRegistry

        registry, refused = SchemaRegistry(run.schema_registry(), run.schemas), []
        if run not in self._with_schemas:
            self._with_schemas.append(run)
            for folder in everywhere:
                refused += registry._load(folder)
        if markers:
            self._registry, self._before = SchemaRegistry(run.schema_registry(), run.schemas), registry.subjects()
        for marker in markers:
            if marker.kwargs or not marker.args:
                raise pytest.UsageError('kafka_schemas takes folders: @pytest.mark.kafka_schemas("schemas")')
            for folder in marker.args:
                refused += self._registry._load(test.path.parent / folder) if self._registry else []
        if refused:
            pytest.fail("the schema registry refuses:\n  " + "\n  ".join(refused), pytrace=False)

    def end(self) -> None:
        """After the fixtures of a test: delete the topics that it leaves, and stop the broker that it had to itself."""
        from . import _run

        own, self.own = self.own, None
        registry, self._registry = self._registry, None
        if registry is not None and own is None:
            registry._clear(self._before)
        try:
            self.delete_left()
        finally:
            _run.active = self.run
            if own is not None:
                own.close()

    def leave(self, topics: TopicFactory) -> None:
        """Delete topics once the clients that use them are closed: a client may wait long for a topic that is gone."""
        self._left.append(topics)

    def delete_left(self) -> None:
        """Delete the topics that fixtures have left behind."""
        left, self._left = self._left, []
        for topics in left:
            topics.delete()

    def journal_position(self) -> int:
        """The number of the next entry in the journal of this process's broker; 0 before there is one."""
        broker = self.current.own_broker()
        return 0 if broker is None else broker.journal().from_now().since

    def last_requests(self, start: int, clients: Sequence[str], *, failed: bool) -> list[str]:
        """What the report of a test is to show of the journal; nothing without a broker of this process."""
        wanted = self.journal == "always" or (failed and self.journal != "never")
        broker = self.current.own_broker()
        if broker is None or not wanted:
            return []
        try:
            return broker.journal().last_requests(start, clients)
        except Exception as error:  # a test may have stopped the broker; its own report must not suffer
            return [f"unavailable: {error}"]

    def repeat(self, test: str) -> str:
        """The command that runs a test again on such a Kafka."""
        run = self.run
        command = ["pytest", test]
        if run.brokers != 1:
            command += ["--kafka-trial-brokers", str(run.brokers)]
        if run.api is not None:
            command += ["--kafka-trial-api", run.api]
        if not run.is_embedded:
            command += ["--kafka-trial-bootstrap", str(run.address)]
        return shlex.join(command)

    def stop(self) -> None:
        from . import _run

        try:
            self.delete_left()
        finally:
            self.run.stop()
        _run.active = self.previous


SESSION = pytest.StashKey[KafkaSession]()
#: On a test: what answers requests.
RESPONDER: pytest.StashKey[Responder] = pytest.StashKey()
#: Where the journal stood when a test began.
JOURNAL_START = pytest.StashKey[int]()
#: When a test began, in milliseconds since the Unix epoch.
TEST_START = pytest.StashKey[int]()
