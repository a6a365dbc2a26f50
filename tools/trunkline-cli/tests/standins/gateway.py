"""Stands in for the gateway."""

import standin

standin.run("GATEWAY", public=True)
