"""The command line: serve, and everything an operator or editor does without a browser."""

from pwa.cli.main import main

__all__ = ["main"]
