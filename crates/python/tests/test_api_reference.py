"""docs/python-api.md shows the public names of the package as they are."""

from __future__ import annotations

import inspect
import re

import pytest
from api_reference import COMMAND, PAGE, render

import kafka_trial
from kafka_trial import _fixtures, factories, flow

CLASSES = [name for name in kafka_trial.__all__ if inspect.isclass(getattr(kafka_trial, name))]


def test_the_page_is_what_the_package_is() -> None:
    assert PAGE.read_text() == render(), f"docs/python-api.md is out of date: run `{COMMAND}`"


def test_every_exported_name_is_on_the_page() -> None:
    text = PAGE.read_text()
    exported = [name for name in kafka_trial.__all__ if not name.startswith("__")]
    fixtures = [name for name in dir(_fixtures) if name.startswith("kafka_")]
    assert len(fixtures) == 21
    names = [*exported, *fixtures, *flow.__all__, *factories.__all__]
    assert [name for name in names if f"`{name}`" not in text and name != "Scope"] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_of_a_class_is_on_the_page(name: str) -> None:
    known = getattr(kafka_trial, name)
    inherited = {member for base in (dict, tuple, Exception, OSError) for member in dir(base)}
    section = re.split(r"^##", PAGE.read_text().partition(f"### `{name}`\n")[2], flags=re.MULTILINE)[0]
    members = [member for member in vars(known) if not member.startswith("_") and member not in inherited]
    for base in known.__mro__[1:]:
        if base.__module__.startswith("kafka_trial"):
            members += [member for member in vars(base) if not member.startswith("_")]
    missing = [member for member in members if not re.search(rf"`(await )?{member}\b", section)]
    assert not missing or issubclass(known, Exception), missing
