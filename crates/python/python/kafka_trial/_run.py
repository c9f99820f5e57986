"""Where the tests of this process find Kafka.

In a pytest run the plugin puts a :class:`KafkaRun` in :data:`active`; outside of one the environment decides.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from . import _native
from ._broker import ExternalKafka, KafkaBroker
from ._errors import KafkaTrialError

if TYPE_CHECKING:
    from ._awaited import Call
    from ._faults import Fault, Faults
    from ._misses import Miss
    from ._native import LoadReport, SearchReport

DEFAULT_TOPICS = dict(_native.DEFAULT_TOPICS)
# How long the one look at an external cluster may take before its tests are skipped.
PROBE_SECONDS = 5.0
# How many waits in vain the report of a test shows.
_SHOWN_MISSES = 5


class KafkaRun:
    """The Kafka of one pytest process: an external cluster, or an embedded broker that starts when first needed."""

    def __init__(
        self,
        *,
        address: str | None,
        source: str,
        shared: bool = False,
        brokers: int = 1,
        api: str | None = None,
        default_topics: bool | None = None,
        group_prefix: str = _native.CONSUMER_GROUP_PREFIX,
        options: Mapping[str, Any] | None = None,
        locators: Sequence[str] = (),
        update_golden: bool = False,
        registry_url: str | None = None,
    ) -> None:
        self.address = address
        self.source = source
        #: The address is another pytest process's embedded broker.
        self.shared = shared
        self.brokers = brokers
        self.api = api
        #: Whether the eight default topics exist: from the start, never unless made by name, or (``None``) once they
        #: are asked for.
        self.default_topics = default_topics
        self.group_prefix = group_prefix
        #: What else ``KafkaBroker.start`` is told.
        self.options = dict(options or {})
        #: Where correlation ids stand, before the usual places.
        self.locators = list(locators)
        #: Whether golden files are written instead of being compared.
        self.update_golden = update_golden
        #: The coroutines that the test in hand has made of our functions and not awaited yet, in their order.
        self.calls: dict[Call, None] = {}
        #: What the test in hand has waited for in vain, the last few times.
        self.misses: deque[Miss] = deque(maxlen=_SHOWN_MISSES)
        #: The reports of loads that the test in hand has driven.
        self.loads: list[LoadReport | SearchReport] = []
        #: What has armed faults for the test in hand.
        self.faults: list[Faults] = []
        #: The faults of --kafka-trial-faults that the test in hand meets.
        self.faults_of_run: list[Fault] = []
        #: The waits of the test in hand that have blocked its loop.
        self.blocked: list[str] = []
        #: How values are read: by the registry, once there is one.
        self.schemas = _native.Schemas()
        self._registry: _native.SchemaRegistry | None = None
        #: Why the registry that is named cannot be used: the error of a test that asks for it, not of all.
        self._no_registry: KafkaTrialError | None = None
        if named := registry_url or _named_registry():
            try:
                self._registry = _native.SchemaRegistry.at(named)
                self._registry.decode_for(self.schemas)
            except KafkaTrialError as error:
                self._no_registry = error
        self._followed: _native.Followed | None = None
        self._external = None if address is None else ExternalKafka(address)
        self._broker: KafkaBroker | None = None
        self._codegen: _native.Codegen | None = None
        self._reason: str | None = None
        self._probed = False

    @property
    def is_embedded(self) -> bool:
        return self.address is None or self.shared

    def broker(self) -> KafkaBroker | ExternalKafka:
        """What the tests talk to."""
        if self._external is not None:
            return self._external
        if self._broker is None:
            self._broker = KafkaBroker.start(**{"brokers": self.brokers, "api": self.api, **self.options})
            if self.default_topics:
                self._create_default_topics(self._broker)
        return self._broker

    def has_registry(self) -> bool:
        """Whether there is a schema registry by now."""
        return self._registry is not None

    def schema_registry(self) -> _native.SchemaRegistry:
        """The registry that the environment names, or an embedded one that starts when it is first asked for."""
        if self._no_registry is not None:
            raise self._no_registry
        if self._registry is None:
            self._registry = _native.SchemaRegistry.start()
            self._registry.decode_for(self.schemas)
        return self._registry

    def unreadable(self, since: int) -> list[str]:
        """The records that name a schema which is not there or does not read them, since a time in milliseconds."""
        if self._registry is None:
            return []
        if self._broker is not None:
            return self._broker._native.unreadable(self.schemas, since)
        return [] if self._followed is None else self._followed.unreadable()

    def want_default_topics(self) -> None:
        """The default topics are asked for: an embedded broker of this process has them from now on."""
        if self.default_topics is None:
            self.default_topics = True
            if self._broker is not None:
                self._create_default_topics(self._broker)

    def _create_default_topics(self, broker: KafkaBroker) -> None:
        _native.create_topics(
            broker.bootstrap_servers, list(DEFAULT_TOPICS.values()), _native.DEFAULT_PARTITIONS, 1, {}
        )

    def take_fired(self) -> list[str]:
        """The names of the faults of --kafka-trial-faults that have fired in the test in hand."""
        fired = [fault.name for fault in self.faults_of_run if fault.fired]
        self.faults_of_run.clear()
        return fired

    def end_faults(self) -> list[str]:
        """End the faults of the test in hand; return what to report of those that had to act and never did."""
        ended = [idle for faults in self.faults for idle in faults._end()]
        self.faults.clear()
        return ended

    @property
    def followed(self) -> _native.Followed:
        """What the test in hand has followed."""
        if self._followed is None:
            self._followed = _native.Followed()
        return self._followed

    def has_followed(self) -> bool:
        """Whether the test in hand has followed something."""
        return self._followed is not None

    def forget_followed(self) -> None:
        """The next test begins with nothing followed."""
        self._followed = None

    def own_broker(self) -> KafkaBroker | None:
        """The embedded broker, if this process has started one already."""
        return self._broker

    def unavailable(self) -> str | None:
        """Why an external cluster cannot be used, found out once; ``None`` when it can."""
        if self.address is None:
            return None
        if not self._probed:
            self._reason = _native.probe(self.address, PROBE_SECONDS)
            self._probed = True
        if self._reason is None:
            return None
        return f"Kafka not available at {self.address} ({self.source}): {self._reason}"

    def take_forgotten(self) -> list[Call]:
        """The calls that nobody has awaited; the list begins anew."""
        forgotten = list(self.calls)
        self.calls.clear()
        return forgotten

    def serve(self) -> None:
        """Start the reference service once."""
        if self._codegen is None:
            servers = self.broker().bootstrap_servers
            _native.create_topics(servers, list(DEFAULT_TOPICS.values()), _native.DEFAULT_PARTITIONS, 1, {})
            self._codegen = _native.Codegen.start(servers)

    def stop(self) -> None:
        """Stop the reference service and the embedded broker, as far as this process started them."""
        codegen, self._codegen = self._codegen, None
        if codegen is not None:
            codegen.stop()
        self._registry = None
        broker, self._broker = self._broker, None
        if broker is not None:
            broker.stop()


# pytest calls its plugins as modules and users call the config as a class, so the run has no other place to be.
active: KafkaRun | None = None


def bootstrap_servers() -> str:
    """The address that tests use now."""
    if active is not None:
        return active.broker().bootstrap_servers
    return os.environ.get(_native.BOOTSTRAP_VARIABLE, "").strip() or _native.DEFAULT_BOOTSTRAP


def default_topics() -> dict[str, str]:
    """The default topics by key. Who asks for them has them, on an embedded broker."""
    if active is not None:
        active.want_default_topics()
    return dict(DEFAULT_TOPICS)


def group_prefix() -> str:
    """What the group ids of tests begin with."""
    return active.group_prefix if active is not None else _native.CONSUMER_GROUP_PREFIX


def schema_registry_url() -> str | None:
    """The schema registry: the one that the environment names, or in pytest an embedded one."""
    if active is None or _named_registry():
        return _named_registry() or None
    return active.schema_registry().url


def _named_registry() -> str:
    return os.environ.get(_native.REGISTRY_VARIABLE, "").strip()


def schemas() -> _native.Schemas:
    """How values are read now."""
    if active is not None:
        return active.schemas
    return _schemas_at(_named_registry())


@functools.lru_cache(maxsize=8)
def _schemas_at(url: str) -> _native.Schemas:
    """What a registry decodes outside of pytest; nothing is asked of it before a value needs it."""
    schemas = _native.Schemas()
    if url:
        # A URL that cannot be used leaves values as they are; who uses the registry itself has the error.
        with suppress(KafkaTrialError):
            _native.SchemaRegistry.at(url).decode_for(schemas)
    return schemas
