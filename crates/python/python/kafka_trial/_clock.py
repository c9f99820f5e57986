"""The clock of an embedded broker, which a test moves or stops."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from . import _native
from ._arguments import kind, seconds, text, texts

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
# Each check of the broker happens in a jump: a longer one would take minutes.
_MOST = 3650 * 86_400.0
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def _seconds(name: str, value: object) -> float:
    """A time as ``"8d"``, as a number of seconds, or as a ``timedelta``."""
    if isinstance(value, timedelta):
        return seconds(name, value.total_seconds())
    if isinstance(value, str):
        match = _TIME.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"{name}={value!r}: expected a time such as '500ms', '30s', '5m', '2h' or '8d'")
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} is {kind(value)}: expected a time such as '8d', a number of seconds, or a timedelta")
    return seconds(name, value)


class Clock:
    """The clock of an embedded broker: retention, transactions and sessions run on it.

    Clients keep their own clocks: what they wait for takes as long as ever, and on a topic with
    ``message.timestamp.type=CreateTime`` new records are as old for retention as the clock was moved.

    >>> with KafkaBroker.start(topics={"orders": {"retention.ms": 60_000, "segment.ms": 1_000}}) as broker:
    ...     _ = broker.produce("orders", {"id": 7})
    ...     broker.clock.advance("10m")
    ['orders-0 begins at offset 1 now']
    """

    def __init__(self, native: _native.Broker) -> None:
        self._native = native

    def advance(self, by: str | float | timedelta, *, expire: str | Sequence[str] = ()) -> list[str]:
        """Move the clock ahead; return what has happened, each as a line.

        ``by`` is ``"8d"``, a number of seconds, or a ``timedelta``, ten years at most. All timers fire, each at its own
        time. Members of groups are carried along, since their clients could send no heartbeat in between; ``expire``
        names the groups whose sessions end instead, with ``*`` for any text: ``expire="billing-*"``.
        """
        time = _seconds("by", by)
        if time > _MOST:
            raise ValueError(f"by={by!r}: expected ten years at most ('3650d')")
        return self._native.advance_clock(time, texts("expire", expire, may_be_empty=True))

    def advance_to_next(self, timer: str) -> list[str]:
        """Move the clock to its next timer of a kind; return what has happened.

        Kinds: ``session``, ``rebalance``, ``transaction``, ``markers``, ``reassignment``, ``cleaner``, ``producers``,
        ``retention``, ``offsets``. Raises ``ValueError`` if no such timer is set.
        """
        return self._native.advance_clock_to_next(text("timer", timer))

    def due(self) -> list[tuple[datetime, str]]:
        """Return what the clock will do next: the time, and what."""
        return [(_datetime(at), what) for at, what in self._native.due()]

    def now(self) -> datetime:
        """Return the broker's time, in UTC."""
        return _datetime(self._native.now())

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the clock while a block runs: no session, retention or transaction ends unless ``advance`` moves it."""
        ran = self._native.freeze_clock()
        try:
            yield
        finally:
            if ran:
                self._native.run_clock()

    def __repr__(self) -> str:
        return f"Clock({self._native.bootstrap_servers})"


def _datetime(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micros)
