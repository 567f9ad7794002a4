"""What every request needs: the open record, the queue of jobs, the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, WebSocket
from sqlalchemy.orm import Session

from mitate.record.opened import Record
from mitate.record.schema import Job
from mitate.serve.settings import Settings

__all__ = ["Queue", "Service", "ServiceHere", "service_of"]


class Queue(Protocol):
    """Where jobs are handed in."""

    def add(self, session: Session, kind: str, subject: str, person_id: str | None = None) -> Job:
        """A job, in the transaction of what it belongs to; the one that is there if it was added before."""

    def wake(self) -> None:
        """Say, after that transaction, that there is work."""


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """A running app."""

    record: Record
    queue: Queue
    settings: Settings
    live: Any = None  # mitate.serve.live.pool.LivePool, where pictures are looked at


def service_of(request: Request = None, websocket: WebSocket = None) -> Service:  # type: ignore[assignment]
    """The service of the app that a request came to."""
    service: Service = (request or websocket).app.state.service
    return service


ServiceHere = Annotated[Service, Depends(service_of)]
