"""The same as `mitate.parallel`, where simulations have always found it."""

from mitate.parallel import completed

__all__ = ["completed"]
