"""Fresh topics of one fixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from ._errors import Unreachable
from ._topics import fresh_names
from .kafka_utils import create_test_topics, delete_test_topics

if TYPE_CHECKING:
    from ._broker import Cluster

# A broker puts its default.replication.factor in the place of this.
_BROKERS_DEFAULT = -1


class TopicFactory:
    """``orders, audit = kafka_topics("orders", "audit", partitions=2)``: fresh names, and topics of these names."""

    def __init__(self, cluster: Cluster, scope: str, owner: str) -> None:
        self._cluster = cluster
        self._scope = scope
        self._owner = owner
        self._names: list[str] = []

    def __call__(
        self,
        *names: str,
        partitions: int = 1,
        replication_factor: int | None = None,
        configs: Mapping[str, object] | None = None,
    ) -> list[str]:
        """Create topics, one named after the test without names.

        Names that are asked for together keep their relation: ``orders.dlq`` begins with what ``orders`` has become.
        Without ``replication_factor`` the broker's ``default.replication.factor`` is taken.
        """
        if wrong := [name for name in names if not isinstance(name, str)]:
            raise TypeError(f'kafka_topics takes names, not {wrong[0]!r}: kafka_topics("orders", "audit")')
        fresh = fresh_names(names or (self._owner,), self._scope)
        create_test_topics(
            fresh,
            partitions,
            _BROKERS_DEFAULT if replication_factor is None else replication_factor,
            bootstrap_servers=self._cluster.bootstrap_servers,
            configs=configs,
        )
        self._names.extend(fresh)
        return fresh

    def shaped(self, shape: Mapping[str, Any]) -> str:
        """One topic of a shape as the marker ``kafka_topic`` has it: what is no keyword of its own is a config."""
        configs = dict(shape)
        counts = {name: configs.pop(name, None) for name in ("partitions", "replication_factor")}
        for (name, count), what in zip(counts.items(), ("partitions", "replicas"), strict=True):
            if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
                raise pytest.UsageError(f"kafka_topic({name}={count!r}): a number of {what} is expected")
        named = configs.pop("configs", None) or {}
        if not isinstance(named, Mapping):
            raise pytest.UsageError(f"kafka_topic(configs={named!r}): a dict of names and values is expected")
        configs = {name.replace("_", "."): value for name, value in configs.items()}
        made = self(
            partitions=counts["partitions"] or 1,
            replication_factor=counts["replication_factor"],
            configs={**configs, **named},
        )
        return made[0]

    def delete(self) -> None:
        """Delete what was made; it goes with a broker that is gone."""
        names, self._names = self._names, []
        if names and self._cluster.is_running:
            try:
                delete_test_topics(names, bootstrap_servers=self._cluster.bootstrap_servers)
            except Unreachable:
                if not self._cluster.is_embedded:
                    raise
