"""Numbers out of sight, as all services keep them: see `trunkline.protect`."""

from trunkline.protect import MIN_KEY_BYTES, Index, NumberVault

__all__ = ["MIN_KEY_BYTES", "Index", "NumberVault"]
