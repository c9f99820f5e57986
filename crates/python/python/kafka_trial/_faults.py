"""Faults: what goes wrong in the embedded broker, for which requests, and the proof that it did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from os import PathLike, fspath
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from ._arguments import number, seconds, switch, text
from ._waiting import blocks, twin

if TYPE_CHECKING:
    from ._native import Broker

# How long Ctrl-C may go unnoticed.
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class FiredFault:
    """A request that a fault acted on."""

    #: Kafka's name: ``Produce``.
    api: str
    client_id: str
    broker: int
    connection: int
    correlation_id: int
    received: datetime


class Fault:
    """A fault that is armed: a context manager, which ends it.

    A fault that never acted fails the test when it ends, unless ``must_fire=False``.
    """

    def __init__(self, native: Broker, name: str, action: str, hold: str | None) -> None:
        self._native = native
        #: The name of the fault.
        self.name = name
        #: What it does, in words.
        self.action = action
        self._hold = hold
        self._ended = False

    @property
    def fired(self) -> list[FiredFault]:
        """The requests that it acted on, in order."""
        return [
            FiredFault(api, client, broker, connection, correlation, datetime.fromtimestamp(at / 1e6, tz=timezone.utc))
            for _, api, client, broker, connection, correlation, at in self._native.fired_faults(self.name)
        ]

    @blocks("await_fired")
    def wait_fired(self, count: int = 1, timeout_seconds: float = 10.0) -> None:
        """Wait until it has acted on so many requests. ``AssertionError`` says how many it were."""
        __tracebackhide__ = True  # the test is what failed
        wanted, deadline = number("count", count, 1), monotonic() + seconds("timeout_seconds", timeout_seconds)
        while not self._native.wait_fired(self.name, wanted, min(_LOOK_SECONDS, max(0.0, deadline - monotonic()))):
            if monotonic() >= deadline:
                fired = len(self.fired)
                raise AssertionError(
                    f"the fault {self.name!r} acted on {fired} of {wanted} requests within {timeout_seconds} s"
                )

    await_fired = twin(wait_fired)

    @blocks("await_held")
    def wait_held(self, timeout_seconds: float = 10.0) -> None:
        """Wait until it holds a request. ``AssertionError`` if it holds none in time."""
        __tracebackhide__ = True  # the test is what failed
        hold, deadline = self._held_as("wait_held"), monotonic() + seconds("timeout_seconds", timeout_seconds)
        while not self._native.wait_held(hold, min(_LOOK_SECONDS, max(0.0, deadline - monotonic()))):
            if monotonic() >= deadline:
                raise AssertionError(f"the fault {self.name!r} holds no request within {timeout_seconds} s")

    await_held = twin(wait_held)

    def release(self) -> int:
        """Release the requests that it holds; return how many they were."""
        return self._native.release_hold(self._held_as("release"))

    def _held_as(self, function: str) -> str:
        if self._hold is None:
            raise ValueError(
                f"{function}: the fault {self.name!r} holds nothing ({self.action}): arm it with hold=NAME"
            )
        return self._hold

    def end(self) -> None:
        """End the fault and release what it holds. ``AssertionError`` if it had to act and never did."""
        __tracebackhide__ = True  # the test is what failed
        if (idle := self._end()) is not None:
            raise AssertionError(idle)

    def _end(self) -> str | None:
        """Ends it once; returns what to report."""
        if self._ended:
            return None
        self._ended = True
        return self._native.disarm_fault(self.name)

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True  # the test is what failed
        idle = self._end()
        if idle is not None and error is None:
            raise AssertionError(idle)


class Faults:
    """Arms faults in one embedded broker.

    >>> from kafka_trial import Faults, KafkaBroker
    >>> with KafkaBroker.start(topics={"orders": 1}) as broker:
    ...     with broker.faults()("Produce", topic="orders", first=True, reject="NOT_LEADER_OR_FOLLOWER") as moved:
    ...         _ = broker.produce("orders", {"id": 7})
    ...     len(moved.fired), len(broker.records("orders"))
    (1, 1)
    """

    def __init__(self, native: Broker) -> None:
        self._native = native
        self._armed: list[Fault] = []

    def __call__(
        self,
        api: str | Sequence[str] | None = None,
        *,
        client_id: str | None = None,
        topic: str | None = None,
        partition: int | None = None,
        group: str | None = None,
        transactional_id: str | None = None,
        broker: int | None = None,
        connection: int | None = None,
        where: Mapping[str, object] | None = None,
        first: bool = False,
        times: int | None = None,
        nth: int | str | None = None,
        every: int | None = None,
        probability: float | None = None,
        when: str | Mapping[str, object] | None = None,
        limit: int | None = None,
        reject: str | None = None,
        apply_then_fail: str | None = None,
        cut: Literal["accept", "before", "after_apply"] | int | None = None,
        delay_ms: float | None = None,
        delay_answer_ms: float | None = None,
        hold: str | None = None,
        hold_answer: str | None = None,
        swallow: bool = False,
        preset: str | None = None,
        do: str | Mapping[str, object] | None = None,
        name: str | None = None,
        must_fire: bool = True,
    ) -> Fault:
        """Arm a fault for the requests of an API, or of several; any if ``None``.

        ``client_id``, ``topic``, ``group`` and ``transactional_id`` may contain ``*``, which stands for any text. Of
        the requests that match it acts on all, on the ``first``, on so many ``times``, on the ``nth`` (``3`` or
        ``"2..4"``), on ``every`` n-th, or on each with a ``probability``.

        One action: ``reject`` (an error, without the effect), ``apply_then_fail`` (an error, after the effect),
        ``cut`` (``"accept"``, ``"before"``, ``"after_apply"``, or after so many bytes of the answer), ``delay_ms``,
        ``delay_answer_ms``, ``hold`` and ``hold_answer`` (a name to release), ``swallow`` (never answered), ``preset``
        (a rule for a known accident), or ``do``, which is any action as it stands in a file:
        ``do={"corrupt": "crc"}``. So is ``when``: ``when={"between": ["5s", "7s"]}``. Errors and APIs go by Kafka's
        names.

        ``where`` has JSON Pointers into the journal's entry of a request, and the values there; ``limit`` is on how
        many requests it acts at most.
        """
        __tracebackhide__ = True  # the test is what failed
        matches = {
            "api": api if api is None or isinstance(api, str) else list(api),
            "client_id": client_id,
            "topic": topic,
            "partition": partition,
            "group": group,
            "transactional_id": transactional_id,
            "broker": broker,
            "connection": connection,
            "where": None if where is None else dict(where),
        }
        whens: dict[str, object] = {
            "times": 1 if switch("first", first) else None,
            "nth": nth,
            "every": every,
            "probability": probability,
        }
        if times is not None:
            if first:
                raise TypeError("first and times exclude each other")
            whens["times"] = number("times", times, 1)
        actions: dict[str, object] = {
            "reject": reject,
            "apply_then_fail": apply_then_fail,
            "cut": {"in_reply": cut} if isinstance(cut, int) and not isinstance(cut, bool) else cut,
            "delay": None if delay_ms is None else seconds("delay_ms", delay_ms),
            "delay_answer": None if delay_answer_ms is None else seconds("delay_answer_ms", delay_answer_ms),
            "hold": hold,
            "hold_answer": hold_answer,
            "swallow": True if switch("swallow", swallow) else None,
            "preset": preset,
        }
        chosen = {key: value for key, value in whens.items() if value is not None}
        action = {key: value for key, value in actions.items() if value is not None}
        if when is not None:
            chosen["when"] = when
        if do is not None:
            action["do"] = do
        if len(chosen) > 1:
            raise TypeError(f"{' and '.join(chosen)} exclude each other")
        if len(action) != 1:
            names = {"delay": "delay_ms", "delay_answer": "delay_answer_ms"}
            found = " and ".join(names.get(key, key) for key in action) if action else "none"
            known = ", ".join(names.get(key, key) for key in [*actions, "do"])
            raise TypeError(f"a fault has one action, not {found}: {known}")
        rule: dict[str, object] = {
            "id": self._name(api, action) if name is None else text("name", name),
            "match": {key: value for key, value in matches.items() if value is not None},
            "do": "swallow" if swallow else action if do is None else do,
            "must_fire": switch("must_fire", must_fire),
        }
        if chosen:
            rule["when"] = chosen.get("when", chosen)
        if limit is not None:
            rule["limit"] = number("limit", limit, 1)
        return self._arm(rule)

    def _arm(self, rule: Mapping[str, object]) -> Fault:
        words = self._native.arm_fault(json.dumps(rule))
        do = rule["do"]
        hold = (do.get("hold") or do.get("hold_answer")) if isinstance(do, Mapping) else None
        fault = Fault(self._native, str(rule["id"]), words, hold)
        self._armed.append(fault)
        return fault

    def from_file(self, path: str | PathLike[str]) -> list[Fault]:
        """Arm the rules of a file, YAML, TOML or JSON; ``ValueError`` names file and line of what is wrong."""
        __tracebackhide__ = True  # the test is what failed
        return [fault for fault, _ in self._from_file(path, optional=False)]

    def _from_file(self, path: str | PathLike[str], *, optional: bool) -> list[tuple[Fault, bool]]:
        """Arms the rules of a file; each comes with whether it must act, which with ``optional`` none has to."""
        rules = self._native.arm_fault_file(fspath(path), optional)
        armed = [(Fault(self._native, name, words, hold), must) for name, words, hold, must in rules]
        self._armed.extend(fault for fault, _ in armed)
        return armed

    def _name(self, api: str | Sequence[str] | None, action: Mapping[str, object]) -> str:
        """A name that no other fault of this fixture has."""
        of = api if api is None or isinstance(api, str) else " ".join(api)
        return f"{of or 'any'} {next(iter(action))} {len(self._armed) + 1}"

    def release(self, hold: str) -> int:
        """Release the requests that are held under a name; return how many they were."""
        return self._native.release_hold(text("hold", hold))

    def _end(self) -> list[str]:
        """Ends all faults; returns what to report."""
        ended = [fault._end() for fault in self._armed]
        self._armed.clear()
        return [idle for idle in ended if idle is not None]
