"""What is measured of the real `hub run`, against the emulators."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil
from sqlalchemy import func, select

from benchmarks.measures import throughput
from hub.core.store import Database
from hub.core.store.schema import links
from hub.testing.crash.processes import HubProcess
from hub.testing.stage import Stage

LINKS_PER_CHANGE = 3
SETTLED_SECONDS = 5.0


def ready_seconds(folder: Path) -> float:
    """Give the seconds from the command to readiness."""
    with Stage.of(["crm", "jira", "mail"]) as stage:
        hub = HubProcess(stage.write_config(folder), folder / "hub.log")
        began = time.perf_counter()
        hub.start()
        hub.wait_until_ready()
        took = time.perf_counter() - began
        hub.stop()
        return took


def resident_megabytes(folder: Path, wanted: int) -> tuple[int, float]:
    """Give how many links are open, and how much memory the hub takes that runs on that store."""
    url = f"sqlite:///{folder}/hub.db"
    throughput(url, "small", -(-wanted // LINKS_PER_CHANGE))
    with Stage.of(["crm", "jira", "mail"]) as stage:
        hub = HubProcess(stage.write_config(folder, store=url), folder / "hub.log")
        hub.start()
        hub.wait_until_ready()
        threading.Event().wait(SETTLED_SECONDS)
        megabytes = psutil.Process(hub.pid).memory_info().rss / 1e6
        hub.stop()
    return _links(url), megabytes


def _links(url: str) -> int:
    database = Database(url)
    session = database.session()
    with session.read() as connection:
        known = connection.execute(select(func.count()).select_from(links)).scalar_one()
    session.close()
    database.close()
    return int(known)
