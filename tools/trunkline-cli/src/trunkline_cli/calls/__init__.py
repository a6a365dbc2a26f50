"""Past calls on the command line: asked of intelligence-ingest, shown as conversations."""
