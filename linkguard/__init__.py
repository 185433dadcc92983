"""Linkguard: fails a release link when a banned function survives, and says who keeps it alive."""

__version__ = "0.1.0"
