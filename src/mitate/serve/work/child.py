"""The child process itself: ``python -m mitate.serve.work.child``, started by `mitate.serve.work.sandbox`.

It reads one request, takes from itself what it does not need, does the work and writes the answer. What it
says on its standard output are lines of JSON; whatever libraries print goes nowhere.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from mitate.errors import MitateError
from mitate.serve.work.limits import Limits, restrict
from mitate.serve.work.packed import packed, unpacked

__all__ = ["Given", "Tell", "main"]

Tell = Callable[[str, float], None]
"""Takes a stage and the share that is done."""
Given = tuple[dict[str, Any], dict[str, bytes]]
"""Facts, and pieces of bytes by name: what a piece of work gives back."""


def main() -> int:
    """Do what standard input asks for."""
    request, blobs = unpacked(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)

    def say(**line: Any) -> None:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")

    given = [str(request["facts"].get("film", "")), request["answer"]]
    say(held=restrict(Limits(**request["limits"]), given, [os.environ.get("MITATE_SCRATCH", "")]))
    try:
        module, _, name = request["do"].partition(":")
        work = getattr(import_module(module), name)
        facts, found = work(request["facts"], blobs, lambda stage, share: say(stage=stage, share=share))
        with Path(request["answer"]).open("wb") as stream:
            stream.write(packed(facts, found))
    except MitateError as error:
        say(error=_of_the_film(error, request["facts"]))
        return 1
    except MemoryError:
        say(ended="too_big")
        return 1
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            say(ended="too_big")
            return 1
        # told by its kind and place only: messages may hold something personal
        last = traceback.extract_tb(error.__traceback__)[-1]
        say(bug=f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}")
        return 1
    say(done=True, peak_mb=_peak_mb(), cpu_s=time.process_time())
    return 0


def _of_the_film(error: MitateError, facts: Mapping[str, Any]) -> dict[str, str | None]:
    """An error as it is told on: a path here means nothing elsewhere."""
    told = error.as_dict()
    if told["where"] is not None and str(facts.get("film", "\0")) in told["where"]:
        told["where"] = "film"
    return told


def _peak_mb() -> float:
    """Most memory that this process held, MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent held when it forked
        lines = status.read_text("utf-8").splitlines()
        return next(int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    sys.exit(main())
