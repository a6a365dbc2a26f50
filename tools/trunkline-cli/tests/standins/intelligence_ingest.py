"""Stands in for intelligence-ingest."""

import standin

if __name__ == "__main__":
    standin.run("INGEST", public=True)
else:
    standin.step_aside(__name__)
