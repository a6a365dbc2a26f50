"""Brings the database's schema up to date: `python -m intelligence_ingest migrate`."""

from pathlib import Path

from trunkline.database.migrate import Migrations

SCHEMA = "intelligence"
MIGRATIONS = Migrations(SCHEMA, Path(__file__).parent / "migrations")
