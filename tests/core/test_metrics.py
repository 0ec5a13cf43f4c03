"""Metrics follow the log."""

from __future__ import annotations

from hub.core import log
from hub.core.metrics import Backlog, Metrics


def test_metrics_count_what_the_log_tells() -> None:
    """One call of `event` feeds both."""
    metrics = Metrics()

    with log.listening(metrics.observe):
        log.event("inbox.received", connector="crm", count=3)
        log.event("outbox.delivered", connector="rnd", kind="create", seconds=0.2)
        log.event("outbox.retried", connector="rnd", kind="create")
        log.event("item.opened", item="2345")
        log.event("plugin.hook_failed", plugin="erp", hook="hub_react")
        log.event("webhook.refused", connector="rnd")
        log.event("dead_letter.added", connector="crm", kind="change")
        log.event("conflict.found", connector="crm")
        log.event("inbox.duplicate", connector="crm", count=2)
        log.event("worker.restarted", worker="poll-crm")
        log.event("connector.poll_failed", connector="crm")

    text = metrics.exposition().decode()
    for line in (
        'hub_changes_received_total{connector="crm"} 3.0',
        'hub_changes_duplicate_total{connector="crm"} 2.0',
        'hub_effects_total{connector="rnd",kind="create",outcome="delivered"} 1.0',
        'hub_effects_total{connector="rnd",kind="create",outcome="retried"} 1.0',
        'hub_effect_seconds_bucket{connector="rnd",le="0.25"} 1.0',
        "hub_items_opened_total 1.0",
        'hub_hook_failures_total{hook="hub_react",plugin="erp"} 1.0',
        'hub_webhooks_total{connector="rnd",outcome="refused"} 1.0',
        "hub_changes_failed_total 1.0",
        'hub_dead_letters_added_total{connector="crm"} 1.0',
        'hub_conflicts_total{connector="crm"} 1.0',
        'hub_worker_restarts_total{worker="poll-crm"} 1.0',
        'hub_poll_failures_total{connector="crm"} 1.0',
    ):
        assert line in text


def test_a_connector_is_up_until_the_log_says_otherwise() -> None:
    """Down once, up once."""
    metrics = Metrics()
    states = []

    with log.listening(metrics.observe):
        for name in ("ready", "unavailable", "recovered", "paused"):
            log.event(f"connector.{name}", connector="crm")
            states.append(
                metrics.registry.get_sample_value("hub_connector_up", {"connector": "crm"})
            )

    assert states == [1, 0, 1, 0]


def test_the_backlog_is_read_when_it_is_asked_for() -> None:
    """Gauges of the store show the moment, not the last event."""
    sizes = iter([Backlog(inbox=7, outbox={"rnd": 2}, dead_letters=1, oldest_seconds=4)])
    metrics = Metrics(lambda: next(sizes))

    text = metrics.exposition().decode()

    assert "hub_inbox_waiting 7.0" in text
    assert 'hub_outbox_waiting{connector="rnd"} 2.0' in text
    assert "hub_dead_letters 1.0" in text
    assert "hub_oldest_waiting_seconds 4.0" in text
