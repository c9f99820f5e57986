"""Load: how long do callers wait at this rate, even while the system stalls?

Latency counts from the time at which a request was meant to be sent, and every request is accounted for. The options
are those of a scenario file; ``docs/load.md`` has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from . import _run
from ._arguments import kind, number, seconds, switch, text
from ._native import LoadReport, SearchReport, drive_load
from ._values import to_json
from ._waiting import blocks, twin

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["KafkaLoad", "LoadOptions", "LoadReport", "SearchReport"]


class LoadOptions(TypedDict, total=False):
    """What every load may be told. Times are seconds, or text such as ``"500ms"``.

    ``request_schema`` is a subject of the schema registry, whose latest schema writes the requests. ``registry``
    decodes the answers; it is that of the run unless it is given. ``baseline`` is an earlier report, or the file that
    its ``to_json()`` is in, for thresholds like ``"p99 <= baseline*1.2"``.
    """

    payload: int | str | Mapping[str, object] | Sequence[int | str | Mapping[str, object]]
    key: str
    headers: Mapping[str, str]
    dead_letters: str
    schema: str
    group: str
    registry: str
    request_schema: str
    request_message: str
    warm_up: float | str
    cool_down: float | str
    timeout: float | str
    drain: float | str
    max_lag: float | str
    seed: int
    preset: str
    thresholds: Sequence[str]
    baseline: LoadReport | str | PathLike[str]


class KafkaLoad:
    """Loads against one cluster: ``report = load.sustained(200, 10, request=..., response=...)``."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers

    @blocks("asustained")
    def sustained(
        self,
        rate: float | str,
        duration: float | str,
        *,
        request: str,
        response: str,
        poisson: bool = False,
        **options: Unpack[LoadOptions],
    ) -> LoadReport:
        """Send requests at a rate for a time, answered or not; with ``poisson`` at random times."""
        stage = {
            "poisson" if switch("poisson", poisson) else "constant": {"rate": rate, "for": _time("duration", duration)}
        }
        return self._run(request, response, {"stages": [stage]}, options)

    @blocks("aconcurrent")
    def concurrent(
        self,
        in_flight: int,
        duration: float | str,
        *,
        request: str,
        response: str,
        think: float | str = 0,
        **options: Unpack[LoadOptions],
    ) -> LoadReport:
        """Keep ``in_flight`` requests in flight for a time; send the next one when one is answered."""
        closed = {
            "in_flight": number("in_flight", in_flight, 1),
            "think": _time("think", think),
            "for": _time("duration", duration),
        }
        return self._run(request, response, {"concurrent": closed}, options)

    @blocks("astages")
    def stages(
        self, stages: Sequence[Mapping[str, object]], *, request: str, response: str, **options: Unpack[LoadOptions]
    ) -> LoadReport:
        """Stage after stage: ``[{"ramp": {"from": 10, "to": 200, "for": "30s"}}, ...]``."""
        if isinstance(stages, (str, Mapping)):
            raise TypeError(f"stages is {kind(stages)}; expected a list of stages: stages=[{{...}}, {{...}}]")
        return self._run(request, response, {"stages": list(stages)}, options)

    @blocks("asearch")
    def search(
        self,
        lowest: float | str,
        highest: float | str,
        duration: float | str,
        *,
        request: str,
        response: str,
        within: float = 0.05,
        runs: int = 16,
        **options: Unpack[LoadOptions],
    ) -> SearchReport:
        """The highest rate that meets the thresholds: ``report.highest_rate``. ``duration`` is that of each run."""
        search = {"from": lowest, "to": highest, "for": _time("duration", duration), "within": within, "runs": runs}
        report = self._drive(request, response, {"search": search}, options)
        assert isinstance(report, SearchReport)
        return report

    @blocks("ascenario")
    def scenario(
        self, path: str | PathLike[str], *, baseline: LoadReport | str | PathLike[str] | None = None
    ) -> LoadReport | SearchReport:
        """Run a scenario file against this cluster."""
        return _noted(drive_load(self.bootstrap_servers, None, Path(path), _report(baseline)))

    asustained = twin(sustained)
    aconcurrent = twin(concurrent)
    astages = twin(stages)
    asearch = twin(search)
    ascenario = twin(scenario)

    def _run(self, request: str, response: str, work: Mapping[str, object], options: LoadOptions) -> LoadReport:
        report = self._drive(request, response, work, options)
        assert isinstance(report, LoadReport)
        return report

    def _drive(
        self, request: str, response: str, work: Mapping[str, object], options: LoadOptions
    ) -> LoadReport | SearchReport:
        text("request", request), text("response", response)
        scenario: dict[str, Any] = {"request": request, "response": response, **work, **options}
        if isinstance(scenario.get("thresholds"), str):
            raise TypeError(f"thresholds is a str; expected a list: write thresholds=[{scenario['thresholds']!r}]")
        baseline = _report(scenario.pop("baseline", None))
        if _run.active is not None and (_run.active.has_registry() or "request_schema" in scenario):
            scenario.setdefault("registry", _run.active.schema_registry().url)
        for name in ("warm_up", "cool_down", "timeout", "drain", "max_lag"):
            if name in scenario:
                scenario[name] = _time(name, scenario[name])
        written = to_json(scenario, "load").decode()
        try:
            return _noted(drive_load(self.bootstrap_servers, written, Path(), baseline))
        except ValueError as error:
            # The places in an error of JSON are those of a text that nobody has written.
            error.args = (re.sub(r" at line \d+ column \d+$", "", str(error)), *error.args[1:])
            raise


def _noted(report: LoadReport | SearchReport) -> LoadReport | SearchReport:
    """The same report, which a failed test shows."""
    if _run.active is not None:
        _run.active.loads.append(report)
    return report


def _report(baseline: LoadReport | str | PathLike[str] | None) -> str | None:
    if baseline is None:
        return None
    return baseline.to_json() if isinstance(baseline, LoadReport) else Path(baseline).read_text()


def _time(name: str, time: float | str) -> str:
    return time if isinstance(time, str) else f"{round(seconds(name, time) * 1e6)}us"
