"""Measures the hub on this machine: `make bench`, or `python -m benchmarks --help`."""

from __future__ import annotations
