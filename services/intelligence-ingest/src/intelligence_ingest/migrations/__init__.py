"""The schema's revisions, for Alembic. Their SQL stands in files of its own, to be read as SQL."""
