"""Replays: nothing that they need besides what each makes."""
