"""Stands in for the llm-worker."""

import standin

standin.run("WORKER", public=False)
