"""Stands in for the llm-worker."""

import standin

if __name__ == "__main__":
    standin.run("WORKER", public=False)
else:
    standin.step_aside(__name__)
