"""Ketamine Companion: a guide that opens on the phone without a network, and the server that publishes it."""
