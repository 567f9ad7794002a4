"""Loading the body model Anny, whose first use builds a cache of about 100 MB in a minute or two."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any, Literal

from mitate.errors import MissingExtraError
from mitate.files import alone
from mitate.weights import cache_dir

__all__ = ["load_anny"]

_USED = "v*/build_compact_*.safetensors"  # of what Anny caches; the rest, 700 MB, only serves to build it


Part = Literal["head", "body"]

_RIGS: dict[Part, dict[str, Any]] = {"head": {"subtree_root": "neck01"}, "body": {}}
_SHAPES: dict[Part, dict[str, Any]] = {
    "head": {"topology": "head", "local_changes": "all", "facial_actions": "all"},
    "body": {"topology": "anny", "local_changes": [], "facial_actions": []},
}


def load_anny(part: Part = "head") -> Any:
    """Anny's head with all its shapes and facial actions, or the whole body with its bones.

    The cache lies in the user's cache folder, or where the environment variable ANNY_CACHE_DIR says.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import warp  # Anny imports it, and it prints its devices on standard output unless told not to

            warp.config.log_level = logging.ERROR
            import anny  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("anny", "simulate") from error
    if "ANNY_CACHE_DIR" in os.environ:
        return _load(Path(os.environ["ANNY_CACHE_DIR"]), part)
    folder = cache_dir() / ("anny" if part == "head" else f"anny-{part}")
    if not any(folder.glob(_USED)):
        _build(folder, part)
    return _load(folder, part)


def _build(folder: Path, part: Part) -> None:
    """Build the cache whole or not at all, in one process at a time: Anny itself would leave half a file."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder.with_name(f"{folder.name}.lock")):
        if any(folder.glob(_USED)):  # another process has just built it
            return
        for left in folder.parent.glob(f".{folder.name}.*"):  # by a process that was killed
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as partial:
            _load(Path(partial), part)
            for built in Path(partial).glob(_USED):
                place = folder / built.parent.name
                place.mkdir(parents=True, exist_ok=True)
                built.replace(place / built.name)


def _load(cache: Path, part: Part) -> Any:
    import anny
    from anny.models.model_data import RigConfig
    from anny.paths import set_anny_cache_path

    set_anny_cache_path(cache)
    rig = RigConfig(
        base_rig="makehuman",
        bone_orientation="blender",
        root_identity_orientation=False,
        bones_to_remove=frozenset(),
        **_RIGS[part],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return anny.Anny(rig=rig, phenotypes="all", **_SHAPES[part])
