"""One module a command: its arguments, and the work."""
