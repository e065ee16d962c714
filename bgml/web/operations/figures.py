"""What operators watch, in Prometheus' format; with several workers each writes its part into files that are read together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from bgml.web.service import Service

SHARED = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Counted in the default registry, which is what several workers can share.
REQUESTS = Counter("bgml_requests_total", "Requests answered.", ("route", "method", "status"))
LATENCY = Histogram("bgml_request_seconds", "Time until an answer was sent.", ("route",), buckets=SECONDS)
VERDICTS = Counter("bgml_verdicts_total", "Verdicts given.", ("verdict",))
REFUSED = Counter("bgml_refused_total", "Requests refused before they were looked at.", ("status",))


class State:
    """What is known when somebody asks: the ranking that is served, and what keeps a newer one away."""

    def __init__(self, service: Service) -> None:
        """service: whose state."""
        self.service = service

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment."""
        shelf = self.service.shelf
        info = GaugeMetricFamily("bgml_info", "The version of bgml.", labels=["version"])
        info.add_metric([version("bgml")], 1)
        yield info
        yield GaugeMetricFamily("bgml_ranking_trouble", "1 while the newest ranking cannot be served.", value=float(bool(shelf.trouble)))
        yield GaugeMetricFamily("bgml_poll_failures", "How often this worker failed to take up a ranking.", value=float(shelf.failures))
        if (newest := shelf.newest()) is not None:
            at = datetime(newest.as_of.year, newest.as_of.month, newest.as_of.day, tzinfo=UTC)
            days = (datetime.now(UTC) - at).total_seconds() / 86_400
            yield GaugeMetricFamily("bgml_ranking_age_days", "Days since the date of the ranking that is served.", value=days)
            yield GaugeMetricFamily("bgml_ranking_groups", "Groups of the ranking that is served.", value=float(len(newest)))


def exposition(service: Service) -> bytes:
    """All figures as text."""
    registry = CollectorRegistry()
    registry.register(State(service))
    if SHARED in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for metric in (REQUESTS, LATENCY, VERDICTS, REFUSED):
            registry.register(metric)
    return generate_latest(registry)
