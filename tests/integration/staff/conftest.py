"""Databases whose tables are there already."""

import pytest


@pytest.fixture
def postgresql_url(migrated_postgresql_url: str) -> str:
    return migrated_postgresql_url
