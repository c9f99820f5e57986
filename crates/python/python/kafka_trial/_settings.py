"""The settings of a run: command-line options, environment variables and ini keys, and what they may be.

Precedence: option, environment variable, ini key, default.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

# A broker needs a port.
_MOST_BROKERS = 65_535


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, and the ini keys of the same names."""
    group = parser.getgroup("kafka-trial", "Kafka tests")
    group.addoption(
        "--kafka-trial-bootstrap",
        metavar="HOST:PORT",
        help="run against this cluster (or TEST_KAFKA_BOOTSTRAP_SERVERS) instead of an embedded broker",
    )
    group.addoption(
        "--kafka-trial-require",
        action="store_true",
        default=None,
        help="an external cluster that is down is an error (or KAFKA_TRIAL_REQUIRE=1), not a skip",
    )
    group.addoption(
        "--kafka-trial-share",
        action="store_true",
        default=None,
        help="one embedded broker for all xdist workers (or KAFKA_TRIAL_SHARE=1), not one each",
    )
    group.addoption(
        "--kafka-trial-brokers",
        type=int,
        metavar="N",
        help="how many brokers the embedded cluster has (or KAFKA_TRIAL_BROKERS); 1 unless told otherwise",
    )
    group.addoption(
        "--kafka-trial-api",
        metavar="VERSION",
        help="the release whose API versions the embedded broker shows (or KAFKA_TRIAL_API), 2.8 to 4.3",
    )
    group.addoption(
        "--kafka-trial-isolation",
        choices=("none", "worker", "test"),
        help="what keeps tests apart (or KAFKA_TRIAL_ISOLATION): test gives each an embedded broker of its own; with "
        "worker fresh topics and groups carry the run and the worker, as on an external cluster; none is the default",
    )
    group.addoption(
        "--kafka-trial-artifacts",
        metavar="DIR",
        help="where flows leave their files (or KAFKA_TRIAL_ARTIFACTS); `kafka-trial report DIR` shows them",
    )
    group.addoption(
        "--kafka-trial-keep",
        metavar="WHEN",
        help="whose files are kept (or KAFKA_TRIAL_KEEP): failed, always or never; failed unless told otherwise",
    )
    group.addoption(
        "--kafka-trial-update-golden",
        action="store_true",
        help="write the files of golden flows (or KAFKA_TRIAL_UPDATE_GOLDEN=1) instead of comparing them",
    )
    group.addoption(
        "--kafka-trial-faults",
        metavar="FILE",
        help="a file of fault rules that each Kafka test meets; a rule that must fire has to fire in one of them",
    )
    group.addoption(
        "--kafka-trial-journal",
        choices=("failed", "always", "never"),
        help="whose reports show the last requests to the embedded broker (or KAFKA_TRIAL_JOURNAL): failed by default",
    )
    parser.addini("kafka_trial_artifacts", "where flows leave their files", type="string", default="")
    parser.addini("kafka_trial_keep", "whose files are kept: failed, always, never", type="string", default="")
    parser.addini("kafka_trial_bootstrap", "run against this cluster", type="string", default="")
    parser.addini("kafka_trial_require", "an external cluster that is down is an error", type="bool", default=False)
    parser.addini("kafka_trial_share", "one embedded broker for all xdist workers", type="bool", default=False)
    parser.addini("kafka_trial_brokers", "how many brokers the embedded cluster has", type="string", default="")
    parser.addini("kafka_trial_api", "the release whose API versions are shown", type="string", default="")
    parser.addini("kafka_trial_isolation", "what tests share: none, worker or test", type="string", default="")
    parser.addini("kafka_trial_journal", "whose reports show the last requests", type="string", default="")
    parser.addini(
        "kafka_trial_default_topics",
        "the eight default topics exist: true from the start, false not even for kafka_admin_client; without this key "
        "they exist once kafka_admin_client, kafka_test_topics or KafkaTestConfig.DEFAULT_TOPICS is used",
        type="bool",
        default=None,
    )
    parser.addini(
        "kafka_trial_codegen_handlers",
        "the reference service answers on the default topics",
        type="bool",
        default=False,
    )
    parser.addini(
        "kafka_trial_group_prefix",
        "what the ids of groups begin with (or KAFKA_TRIAL_GROUP_PREFIX); empty for nothing",
        type="string",
        default=None,
    )
    parser.addini(
        "kafka_schemas", "folders of schemas that the schema registry has from the start", type="paths", default=[]
    )
    parser.addini("kafka_trial_locators", "where correlation ids stand, before the usual places", type="linelist")


def locators(config: pytest.Config) -> list[str]:
    """Where correlation ids stand, in AsyncAPI's grammar."""
    found = [str(line) for line in config.getini("kafka_trial_locators")]
    if found:
        from . import _native

        try:
            _native.IdFinder(found, _native.Schemas())
        except ValueError as error:
            raise pytest.UsageError(f"kafka_trial_locators: {error}") from None
    return found


def choice(config: pytest.Config, name: str, variable: str) -> tuple[str, str]:
    """A setting as text with its source; empty text is the default."""
    option = config.getoption(f"kafka_trial_{name}")
    if option is not None:
        return str(option), f"--kafka-trial-{name}"
    text = os.environ.get(variable, "").strip()
    if text:
        return text, variable
    ini = config.getini(f"kafka_trial_{name}")
    if ini not in ("", False, None):
        return str(ini), f"ini kafka_trial_{name}"
    return "", "default"


def group_prefix(config: pytest.Config) -> str:
    """What the ids of groups begin with; an empty ini key is a setting too."""
    from . import _native

    ini = config.getini("kafka_trial_group_prefix")
    default = _native.CONSUMER_GROUP_PREFIX if ini is None else str(ini)
    return os.environ.get("KAFKA_TRIAL_GROUP_PREFIX", "").strip() or default


def switch(config: pytest.Config, name: str, variable: str) -> bool:
    text, source = choice(config, name, variable)
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("", "0", "false", "no", "off"):
        return False
    raise pytest.UsageError(f"{source}={text}: expected true or false")


def updates_golden(config: pytest.Config) -> bool:
    """Whether the files of golden flows are written."""
    variable = os.environ.get("KAFKA_TRIAL_UPDATE_GOLDEN", "").strip().lower()
    return bool(config.getoption("kafka_trial_update_golden")) or variable not in ("", "0", "false", "no")


def one_of(config: pytest.Config, name: str, *allowed: str) -> str:
    """A setting that is one of some words; empty text is the default."""
    value, source = choice(config, name, f"KAFKA_TRIAL_{name.upper()}")
    if value not in ("", *allowed):
        raise pytest.UsageError(f"{source}={value}: expected {', '.join(allowed[:-1])} or {allowed[-1]}")
    return value


def artifacts(config: pytest.Config) -> tuple[str, str]:
    """Where flows leave their files, and those of which tests: ``failed``, ``always`` or ``never``."""
    keep = one_of(config, "keep", "failed", "always", "never")
    folder, _ = choice(config, "artifacts", "KAFKA_TRIAL_ARTIFACTS")
    return str(config.rootpath / folder) if folder else "", keep or "failed"


def bootstrap(config: pytest.Config) -> tuple[str, str]:
    """The address of an external cluster with its source; empty text is the embedded broker."""
    from . import _native

    return _checked(config, "bootstrap", "TEST_KAFKA_BOOTSTRAP_SERVERS", _native.check_addresses)


def brokers(config: pytest.Config) -> int:
    """How many brokers the embedded cluster has."""
    text, source = choice(config, "brokers", "KAFKA_TRIAL_BROKERS")
    text = text or "1"
    if not text.isdigit() or not 1 <= int(text) <= _MOST_BROKERS:
        raise pytest.UsageError(f"{source}={text}: expected a number of brokers from 1 to {_MOST_BROKERS}")
    return int(text)


def release(config: pytest.Config) -> str | None:
    """The release whose API versions are shown; ``None`` is the newest."""
    from . import _native

    return _checked(config, "api", "KAFKA_TRIAL_API", _native.check_release)[0] or None


def _checked(config: pytest.Config, name: str, variable: str, check: Callable[[str], None]) -> tuple[str, str]:
    text, source = choice(config, name, variable)
    if text:
        try:
            check(text)
        except ValueError as error:
            raise pytest.UsageError(f"{source}={text}: {error}") from None
    return text, source
