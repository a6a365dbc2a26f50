"""Where the repository's folders are, whatever the working directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
"""The checkout: the tools are installed editable, so this file is inside it."""
