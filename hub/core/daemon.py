"""The process: signals, reload, readiness, and a precise end."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Final

from hub import __version__
from hub.core import log
from hub.core.app import App, settle_memory
from hub.core.log.output import Format
from hub.core.notify import Notifier
from hub.core.plan import Plan, read_plan

TICK_SECONDS: Final = 0.2
RELOAD_PATIENCE_SECONDS: Final = 120.0
"""Longer than a connector's calls wait for their answers."""


class Daemon:
    """Runs one hub until SIGTERM or SIGINT; SIGHUP reads configuration and handbook anew."""

    def __init__(self, config: Path, log_format: Format | None = None) -> None:
        self._config = config
        self._log_format = log_format
        self._stop = threading.Event()
        self._reload = threading.Event()
        self._reason = ""
        self._notifier = Notifier()

    def run(self) -> int:
        """Run to the end; give the exit code. ConfigError or PluginError before anything starts."""
        began = time.monotonic()
        plan = read_plan(self._config)
        log.configure(self._log_format or plan.config.log.format, plan.config.log.level)
        log.event(
            "hub.starting",
            version=__version__,
            config=str(self._config),
            store=plan.config.store.shown,
            pid=os.getpid(),
        )
        self._tell_plugins(plan)
        self._take_signals()
        settle_memory()
        app = App(plan)
        app.start()
        self._ready(app, began)
        code = 0
        while not self._stop.is_set():
            if app.supervisor.wait(TICK_SECONDS):
                code = 1
                break
            if app.alive():
                self._notifier.alive()
            if self._reload.is_set():
                self._reload.clear()
                app = self._reloaded(app)
        self._end(app)
        return code

    def _tell_plugins(self, plan: Plan) -> None:
        for row in plan.host.listing():
            if row.enabled:
                log.event(
                    "plugin.loaded",
                    plugin=row.name,
                    distribution=row.distribution,
                    version=row.version,
                    hooks=list(row.hooks),
                )

    def _ready(self, app: App, began: float) -> None:
        web = app.web.url if app.web else ""
        log.event(
            "hub.ready",
            seconds=round(time.monotonic() - began, 3),
            connectors=sorted(app.health),
            web=web,
        )
        self._notifier.ready(f"on {web}")

    def _take_signals(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            del frame
            self._reason = signal.Signals(number).name
            self._stop.set()

        def reload(number: int, frame: FrameType | None) -> None:
            del number, frame
            self._reload.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, reload)

    def _reloaded(self, app: App) -> App:
        """Run on with what is read anew, or, if that has defects, with the last good one."""
        self._notifier.reloading()
        began = time.monotonic()
        try:
            plan = read_plan(self._config)
        except Exception as error:  # noqa: BLE001 - whatever it is, the hub runs on
            self._refuse(error)
            self._notifier.ready("the last good configuration stays")
            return app
        self._rest(app)
        if self._stop.is_set():
            return app
        app.stop()
        try:
            following = _started(plan)
        except Exception as error:  # noqa: BLE001 - as above
            self._refuse(error)
            following = _started(app.plan)
        else:
            log.event(
                "hub.reloaded",
                config=str(self._config),
                handbook=str(plan.handbook.folder),
                version=plan.handbook.version,
            )
        self._ready(following, began)
        return following

    def _rest(self, app: App) -> None:
        """Wait until what is under way has ended.

        The next app would look such an effect up, not find it yet, and make it again.
        """
        deadline = time.monotonic() + RELOAD_PATIENCE_SECONDS
        while app.supervisor.stop(TICK_SECONDS) and not self._stop.is_set():
            if time.monotonic() > deadline:
                return
            self._notifier.alive()

    def _refuse(self, error: Exception) -> None:
        problems = [str(problem) for problem in getattr(error, "problems", ())]
        log.event("hub.reload_refused", error=error, problems=problems or [str(error)])

    def _end(self, app: App) -> None:
        self._notifier.stopping()
        log.event("hub.stopping", signal=self._reason)
        began = time.monotonic()
        held = app.stop()
        log.event("hub.stopped", seconds=round(time.monotonic() - began, 3), held=held)


def _started(plan: Plan) -> App:
    """Start an app; what was begun is stopped again if it can not."""
    app = App(plan)
    try:
        app.start()
    except BaseException:
        app.stop()
        raise
    return app


def run(config: Path, log_format: Format | None = None) -> int:
    """Run the hub; give the exit code. A log format given here goes before the configured one."""
    return Daemon(config, log_format).run()
