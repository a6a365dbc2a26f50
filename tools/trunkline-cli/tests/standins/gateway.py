"""Stands in for the gateway."""

import standin

if __name__ == "__main__":
    standin.run("GATEWAY", public=True)
else:
    standin.step_aside(__name__)
