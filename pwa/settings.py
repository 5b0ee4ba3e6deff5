"""Every setting once: read from the environment, checked, and printable."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


class SettingsError(ValueError):
    """A setting cannot be used; the message names it and says what to write instead."""


_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
"""As a browser writes it: small letters, no user, no path. It goes into headers, feeds and QR codes as it is."""


@dataclass(frozen=True)
class Settings:
    """How this server runs; each field is read from `PWA_<FIELD>` and has a value that runs at once."""

    database_url: str = "sqlite:///content.db"
    """Content: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user@h1,h2/db`."""
    vault_url: str = "sqlite:///vault.db"
    """Patients' opaque records; a file or schema of its own, so that resetting content never strands a backup. Where
    only the content's file is named, it lies beside that one."""
    origin: str = ""
    """The public address, `https://guide.example`; adds canonical links, sitemap and feed addresses."""
    host: str = "127.0.0.1"
    port: int = 8000
    site_name: str = "Ketamine Companion"
    operator: str = ""
    """Who runs this site, as printed on the privacy page."""
    contact: str = ""
    """How readers reach the operator: an address, number or e-mail, printed on the privacy page."""
    log_level: str = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and check the settings; raises `SettingsError` for the first that cannot be used."""
        environment = os.environ if environment is None else environment
        given = {
            field.name: environment[name].strip()
            for field in fields(cls)
            if (name := f"PWA_{field.name.upper()}") in environment
        }
        known = {f"PWA_{field.name.upper()}" for field in fields(cls)}
        unknown = sorted(name for name in environment if name.startswith("PWA_") and name not in known)
        if unknown:
            raise SettingsError(f"{unknown[0]} is not a setting. Known settings: {', '.join(sorted(known))}.")
        port = given.pop("port", str(cls.port))
        if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise SettingsError("PWA_PORT must be a whole number from 0 to 65535 (0 picks a free port).")
        if "vault_url" not in given and given.get("database_url", "").startswith("sqlite:///"):
            given["vault_url"] = f"{given['database_url'].rpartition('/')[0]}/vault.db"
        settings = cls(**given, port=int(port))
        settings._check()
        return settings

    def _check(self) -> None:
        for field in fields(self):
            if not str(getattr(self, field.name)).isprintable():
                raise SettingsError(f"PWA_{field.name.upper()} must be one line of readable text.")
        for name in ("database_url", "vault_url"):
            if not getattr(self, name).startswith(("sqlite:///", "postgresql://")):
                raise SettingsError(f"PWA_{name.upper()} must begin with sqlite:/// or postgresql://.")
        if self.database_url == self.vault_url and self.database_url.startswith("sqlite"):
            raise SettingsError("PWA_DATABASE_URL and PWA_VAULT_URL must be two files: they are backed up apart.")
        if self.origin and not _ORIGIN.fullmatch(self.origin):
            raise SettingsError("PWA_ORIGIN must be an origin such as https://guide.example, without a path.")
        if not self.host:
            raise SettingsError("PWA_HOST must be an address to listen on, such as 127.0.0.1.")
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise SettingsError("PWA_LOG_LEVEL must be debug, info, warning or error.")

    def printable(self) -> str:
        """One `PWA_NAME=value` line per setting; a password in a database address is covered."""
        lines = []
        for field in fields(self):
            value = str(getattr(self, field.name))
            if field.name.endswith("_url"):
                value = _without_password(value)
            lines.append(f"PWA_{field.name.upper()}={value}")
        return "\n".join(lines)


def _without_password(url: str) -> str:
    url = re.sub(r"^(\w+://[^:/@]*):[^@/]*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&]password=)[^&]*", r"\1***", url)
