"""Measurements of what the issues promise, each beside its baseline in one run. Never a timed assertion in a test."""
