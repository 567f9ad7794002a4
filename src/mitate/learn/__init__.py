"""Training. The only room, with the simulator, where torch lives; imported lazily by training commands."""

from mitate.errors import MissingExtraError

try:
    import torch  # noqa: F401
except ImportError as error:
    raise MissingExtraError("torch", "train") from error
