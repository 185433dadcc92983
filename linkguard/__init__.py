"""Linkguard: fails a release link when a banned function survives, and says who keeps it alive."""

__version__ = "0.1.0"
FACTS_VERSION = 3  # of the format that `summarize` writes, facts.py
