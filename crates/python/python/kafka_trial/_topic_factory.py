"""Fresh topics of one fixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from ._errors import Unreachable
from ._topics import fresh_names, shape_of
from .kafka_utils import create_test_topics, delete_test_topics

if TYPE_CHECKING:
    from ._broker import Cluster

# A broker puts its default.replication.factor in the place of this.
_BROKERS_DEFAULT = -1


class TopicFactory:
    """``orders, audit = kafka_topics("orders", "audit", partitions=2)``: fresh names, and topics of these names."""

    #: What to write in place of the factory itself.
    _call_it_first = 'call it first, (orders,) = kafka_topics("orders")'

    def __init__(self, cluster: Cluster, scope: str, owner: str, fixture: str = "kafka_topics") -> None:
        self._cluster = cluster
        self._fixture = fixture
        self._scope = scope
        self._owner = owner
        self._names: list[str] = []

    def __call__(
        self,
        *names: str,
        partitions: int = 1,
        replication_factor: int | None = None,
        configs: Mapping[str, object] | None = None,
        **more_configs: object,
    ) -> list[str]:
        """Create topics, one named after the test without names.

        Names that are asked for together keep their relation: ``orders.dlq`` begins with what ``orders`` has become.
        Without ``replication_factor`` the broker's ``default.replication.factor`` is taken. Configs may be keywords:
        ``cleanup_policy="compact"``.
        """
        if wrong := [name for name in names if not isinstance(name, str)]:
            raise TypeError(f'kafka_topics takes names, not {wrong[0]!r}: kafka_topics("orders", "audit")')
        shape = {"partitions": partitions, "replication_factor": replication_factor, "configs": configs, **more_configs}
        fresh = fresh_names(names or (self._owner,), self._scope)
        _, count, replicas, texts = shape_of(fresh[0], shape, self._fixture)
        create_test_topics(
            fresh,
            count,
            _BROKERS_DEFAULT if replicas is None else replicas,
            bootstrap_servers=self._cluster.bootstrap_servers,
            configs=texts,
        )
        self._names.extend(fresh)
        return fresh

    def __iter__(self) -> NoReturn:
        raise TypeError(f"kafka_topics is a factory: {self._call_it_first}")

    def delete(self) -> None:
        """Delete what was made; it goes with a broker that is gone."""
        names, self._names = self._names, []
        if names and self._cluster.is_running:
            try:
                delete_test_topics(names, bootstrap_servers=self._cluster.bootstrap_servers)
            except Unreachable:
                if not self._cluster.is_embedded:
                    raise
