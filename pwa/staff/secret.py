"""Secrets that someone holds in a link or a cookie: long enough never to be guessed, known here by their hash only."""

import hashlib
import secrets


def make_secret() -> str:
    """256 bits in base64url."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """The SHA-256 under which a secret is kept; nothing slower is needed where nothing can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
