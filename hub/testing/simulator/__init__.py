"""The deterministic simulator: the hub's own engine and store over modelled systems.

One seed is one history: people edit on all sides, answers are lost, changes come twice, late or
out of order, the process dies at the boundaries of store and systems. Time is virtual, everything
runs in one thread, and the same seed gives the same history to the letter.

    python -m hub.testing.simulator --seeds 1000
    python -m hub.testing.simulator --seed 17 --trace
"""

from __future__ import annotations

from hub.testing.simulator.machine import Parts
from hub.testing.simulator.simulation import Plan, Report, Simulation, simulate

__all__ = ["Parts", "Plan", "Report", "Simulation", "simulate"]
