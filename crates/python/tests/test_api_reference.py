"""docs/python-api.md shows the public names of the package as they are."""

from __future__ import annotations

from api_reference import COMMAND, PAGE, render

import kafka_trial


def test_the_page_is_what_the_package_is() -> None:
    assert PAGE.read_text() == render(), f"docs/python-api.md is out of date: run `{COMMAND}`"


def test_every_exported_name_is_on_the_page() -> None:
    text = PAGE.read_text()
    missing = [name for name in kafka_trial.__all__ if not name.startswith("__") and f"`{name}`" not in text]
    assert not missing
