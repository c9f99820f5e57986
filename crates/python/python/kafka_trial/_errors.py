"""The errors of this package: one tree, whose branches are Python's own errors too."""

from __future__ import annotations

__all__ = ["CannotListen", "Invalid", "KafkaTrialError", "Refused", "TimedOut", "Unreachable"]


class KafkaTrialError(Exception):
    """Something that Kafka, or the embedded broker, did not do.

    A test that does not find what it waits for fails with an ``AssertionError``; a wrong argument is a ``TypeError`` or
    a ``ValueError``.
    """

    def __init__(
        self, message: str = "", *, code: str | None = None, api: str | None = None, subject: str | None = None
    ) -> None:
        super().__init__(message)
        #: Kafka's name for the error, ``TOPIC_ALREADY_EXISTS``, when a broker answered with one.
        self.code = code
        #: Kafka's name for the request, ``CreateTopics``, when it is about one.
        self.api = api
        #: The topic, partition, group or address that it is about, when it is about one.
        self.subject = subject


class Unreachable(KafkaTrialError, ConnectionError):
    """No broker answers at an address, or a connection broke."""


class TimedOut(KafkaTrialError, TimeoutError):
    """The answer, or the awaited state, did not come in time."""


class Refused(KafkaTrialError):
    """A broker answered with an error, or what was asked for does not exist."""


class Invalid(KafkaTrialError, ValueError):
    """An address or a broker setting that cannot be."""


class CannotListen(KafkaTrialError, OSError):
    """The embedded broker cannot listen on an address, for example because the port is taken."""
