"""Settings are read once, checked, and say what to write instead."""

import pytest

from pwa.settings import Settings, SettingsError


def test_defaults_run_at_once_on_loopback() -> None:
    settings = Settings.from_environment({})
    assert settings.host == "127.0.0.1"
    assert settings.database_url == "sqlite:///content.db"


def test_values_come_from_the_environment() -> None:
    settings = Settings.from_environment({"PWA_PORT": "0", "PWA_ORIGIN": "https://guide.example", "PATH": "/bin"})
    assert (settings.port, settings.origin) == (0, "https://guide.example")


@pytest.mark.parametrize(
    ("given", "vault"),
    [
        ({"PWA_DATABASE_URL": "sqlite:////srv/guide/content.db"}, "sqlite:////srv/guide/vault.db"),
        ({"PWA_DATABASE_URL": "sqlite:///kept/words.db"}, "sqlite:///kept/vault.db"),
        ({"PWA_DATABASE_URL": "sqlite:///words.db"}, "sqlite:///vault.db"),
        ({"PWA_DATABASE_URL": "postgresql://one,two/guide"}, "sqlite:///vault.db"),
        ({"PWA_DATABASE_URL": "sqlite:////srv/c.db", "PWA_VAULT_URL": "sqlite:////safe/v.db"}, "sqlite:////safe/v.db"),
    ],
)
def test_the_vault_lies_beside_the_content_unless_it_is_named(given: dict[str, str], vault: str) -> None:
    assert Settings.from_environment(given).vault_url == vault


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PWA_PORT", "eighty", "whole number"),
        ("PWA_PORT", "65536", "whole number"),
        ("PWA_PORT", "²", "whole number"),
        ("PWA_DATABASE_URL", "mysql://x", "sqlite:///"),
        ("PWA_VAULT_URL", "sqlite:///content.db", "two files"),
        ("PWA_ORIGIN", "guide.example", "https://"),
        ("PWA_ORIGIN", "https://guide.example/path", "without a path"),
        ("PWA_ORIGIN", "https://guide.example\r\nx: y", "readable"),
        ("PWA_ORIGIN", "https://guide\t.example", "readable"),
        ("PWA_ORIGIN", "https://guide.example#x", "without a path"),
        ("PWA_ORIGIN", "https://me:secret@guide.example", "without a path"),
        ("PWA_ORIGIN", 'https://guide.example"><x', "without a path"),
        ("PWA_ORIGIN", "https://guide.example:port", "without a path"),
        ("PWA_OPERATOR", "A clinic\udcff", "readable"),
        ("PWA_LOG_LEVEL", "loud", "debug"),
        ("PWA_HOST", "", "127.0.0.1"),
        ("PWA_DATABSE_URL", "sqlite:///x", "not a setting"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write_instead(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_environment({name: value})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "origin", ["https://guide.example", "http://localhost:8000", "https://[::1]:8443", "https://xn--bcher-kva.example"]
)
def test_an_origin_is_taken_as_a_browser_writes_it(origin: str) -> None:
    assert Settings.from_environment({"PWA_ORIGIN": origin}).origin == origin


def test_printing_covers_a_database_password() -> None:
    printed = Settings.from_environment({"PWA_DATABASE_URL": "postgresql://clinic:hunter2@db/guide"}).printable()
    assert "hunter2" not in printed
    assert "postgresql://clinic:***@db/guide" in printed
    asked = Settings.from_environment(
        {"PWA_DATABASE_URL": "postgresql:///guide?password=hunter2&host=/run"}
    ).printable()
    assert "hunter2" not in asked
    assert "PWA_DATABASE_URL=postgresql:///guide?password=***&host=/run" in asked
