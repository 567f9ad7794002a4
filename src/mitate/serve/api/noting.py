"""Looking at somebody else's things leaves its row in the audit trail."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from mitate.record.audit import note
from mitate.serve.service import Service
from mitate.serve.who import Who

__all__ = ["note_reading"]

_LATELY_S, _MOST_KEPT = 600.0, 4096
_lately: OrderedDict[tuple[str, ...], float] = OrderedDict()
_lock = threading.Lock()


def note_reading(
    service: Service, who: Who, action: str, person_id: str = "", *, once: str = "", **detail: Any
) -> None:
    """Write down that an account looked at a person's things, unless they are its own.

    Args:
        service, who: where and who.
        action: a stable word.
        person_id: whose.
        once: what is asked for again and again, such as parts of a film or how far a job is: such a look is
            written down once in ten minutes.
        detail: ids.
    """
    if person_id and who.person_id == person_id:
        return
    key = (who.account_id, action, person_id, once)
    if once and _was_lately(key):
        return
    with service.record.database.writing() as session:
        note(session, who.account_id, action, person_id, **detail)
    if once:
        with _lock:
            _lately[key] = time.monotonic()
            while len(_lately) > _MOST_KEPT:
                _lately.popitem(last=False)


def _was_lately(key: tuple[str, ...]) -> bool:
    with _lock:
        noted = _lately.get(key)
    return noted is not None and time.monotonic() - noted < _LATELY_S
