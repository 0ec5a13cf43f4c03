"""The parts of the conformance kit; authors subclass `hub.testing.connector_tests`."""

from __future__ import annotations
