"""Counts what the log tells, and measures the queues when asked: Prometheus' text format.

Counters follow the registered log events, so that a metric and its event can not disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub import __version__
from hub.errors import StoreError

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OUTCOMES: Final = frozenset(
    {
        "delivered",
        "found",
        "held",
        "refused",
        "retried",
        "superseded",
        "uncertain",
        "vetoed",
        "wanted",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in the store: read when metrics are asked for."""

    inbox: int = 0
    outbox: Mapping[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    oldest_seconds: float = 0.0


class Metrics:
    """All metrics of one hub process, in a registry of their own."""

    def __init__(self, backlog: Callable[[], Backlog] | None = None) -> None:
        self.registry = CollectorRegistry()
        self._received = self._counter("hub_changes_received", "Changes read.", "connector")
        self._duplicates = self._counter(
            "hub_changes_duplicate", "Changes that were seen before.", "connector"
        )
        self._failed = self._counter("hub_changes_failed", "Changes that became dead letters.")
        self._items = self._counter("hub_items_opened", "Items opened.")
        self._effects = self._counter(
            "hub_effects", "Effects, by what became of them.", "connector", "kind", "outcome"
        )
        self._effect_seconds = Histogram(
            "hub_effect_seconds",
            "Time from sending an effect to its receipt.",
            ["connector"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._dead = self._counter("hub_dead_letters_added", "Dead letters added.", "connector")
        self._conflicts = self._counter("hub_conflicts", "Conflicts found.", "connector")
        self._hooks = self._counter(
            "hub_hook_failures", "Hooks of plugins that raised.", "plugin", "hook"
        )
        self._webhooks = self._counter(
            "hub_webhooks", "Webhooks, by whether they were genuine.", "connector", "outcome"
        )
        self._polls = self._counter("hub_poll_failures", "Reads that failed.", "connector")
        self._restarts = self._counter("hub_worker_restarts", "Threads started again.", "worker")
        self._up = Gauge(
            "hub_connector_up",
            "1 if the system answers, 0 if it does not or is paused.",
            ["connector"],
            registry=self.registry,
        )
        info = Gauge("hub_build_info", "Always 1.", ["version"], registry=self.registry)
        info.labels(__version__).set(1)
        if backlog is not None:
            self.registry.register(_BacklogCollector(backlog))

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        return Counter(name, doc, labels, registry=self.registry)

    def observe(self, name: str, fields: Mapping[str, Any]) -> None:
        """Count one log event."""
        noun, _, verb = name.partition(".")
        connector = str(fields.get("connector", ""))
        if noun == "outbox" and verb in _OUTCOMES:
            self._effects.labels(connector, str(fields.get("kind", "")), verb).inc()
            if verb == "delivered" and "seconds" in fields:
                self._effect_seconds.labels(connector).observe(fields["seconds"])
        elif noun == "connector":
            self._observe_connector(verb, connector)
        elif noun == "webhook":
            self._webhooks.labels(connector, verb).inc()
        else:
            self._observe_other(name, connector, fields)

    def _observe_connector(self, verb: str, connector: str) -> None:
        if verb == "poll_failed":
            self._polls.labels(connector).inc()
        else:
            self._up.labels(connector).set(1 if verb in {"ready", "recovered"} else 0)

    def _observe_other(self, name: str, connector: str, fields: Mapping[str, Any]) -> None:
        match name:
            case "inbox.received":
                self._received.labels(connector).inc(fields.get("count", 1))
            case "inbox.duplicate":
                self._duplicates.labels(connector).inc(fields.get("count", 1))
            case "item.opened":
                self._items.inc()
            case "dead_letter.added":
                self._dead.labels(connector).inc()
                if fields.get("kind") == "change":
                    self._failed.inc()
            case "conflict.found":
                self._conflicts.labels(connector).inc()
            case "plugin.hook_failed":
                plugin, hook = str(fields.get("plugin", "")), str(fields.get("hook", ""))
                self._hooks.labels(plugin, hook).inc()
            case "worker.restarted":
                self._restarts.labels(str(fields.get("worker", ""))).inc()

    def exposition(self) -> bytes:
        """Give all metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def documentation(self) -> list[tuple[str, str, str]]:
        """Give (name, type, meaning) of every metric, for the reference page."""
        return sorted(
            (_shown(metric), metric.type, metric.documentation)
            for metric in self.registry.collect()
        )


class _BacklogCollector(Collector):
    """Reads the queues at the moment of asking."""

    def __init__(self, backlog: Callable[[], Backlog]) -> None:
        self._backlog = backlog

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            now = self._backlog()
        except StoreError:
            return  # The store's failure shows in readiness; the counters are still worth having.
        yield GaugeMetricFamily("hub_inbox_waiting", "Changes that wait.", now.inbox)
        waiting = GaugeMetricFamily(
            "hub_outbox_waiting", "Effects that wait.", labels=["connector"]
        )
        for connector, count in now.outbox.items():
            waiting.add_metric([connector], count)
        yield waiting
        yield GaugeMetricFamily("hub_dead_letters", "Dead letters open.", now.dead_letters)
        yield GaugeMetricFamily(
            "hub_oldest_waiting_seconds", "Age of the oldest that waits.", now.oldest_seconds
        )


def _shown(metric: Metric) -> str:
    return metric.name + ("_total" if metric.type == "counter" else "")
