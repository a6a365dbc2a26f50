"""Stands in for the dialer."""

import standin

if __name__ == "__main__":
    standin.run("DIALER", public=True)
else:
    standin.step_aside(__name__)
