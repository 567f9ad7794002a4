"""REST: films begun, and sent in pieces that survive a lost network (tus 1.0.0)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, aclosing, asynccontextmanager
from typing import Annotated, Any, Literal, TypeVar

import anyio
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from starlette.requests import ClientDisconnect

from mitate.record import upload_begun, uploads
from mitate.record.audit import note
from mitate.record.containers import NotAFilmError
from mitate.record.errors import ConflictError
from mitate.record.schema import now
from mitate.record.upload_begun import Limits, TooLargeError, Wanted
from mitate.record.uploads import BusyError, Receiving
from mitate.serve.api import tus
from mitate.serve.api.tus import TUS_ERRORS, TusError, TusRoute
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn, Who, check_person

__all__ = ["router"]

router = APIRouter(tags=["uploads"], route_class=TusRoute)

_MEMORY = 256 * 1024  # bytes of a film in memory before they go to the disk
_SILENCE_S = 30.0  # without a byte: the sender is thought gone, what came is kept
_LET_GO_S = 3.0
_THREADS = 8  # that write films at once; pages have threads of their own
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("mitate.uploads")
_sending: dict[str, asyncio.Event] = {}  # uploads being sent to in this process; set: let go of it

T = TypeVar("T")
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Context = Literal["other", "before meal", "after meal", "after toilet", "pre", "post"]
Movement = Literal[
    "forward_bend",
    "backward_bend",
    "rotation",
    "side_bend",
    "waiters_bow",
    "one_leg_stance",
    "squat",
    "neck_flexion",
    "neck_extension",
    "neck_rotation",
    "neck_side_bend",
    "arm_raise",
]


class CaptureAsked(BaseModel):
    """A film that is about to be sent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    instrument: Literal["edema", "back"]
    length: int = Field(ge=1, le=1 << 40, description="bytes")
    content_type: Literal[
        "video/mp4", "video/webm", "video/quicktime", "video/x-matroska", "image/jpeg", "image/png"
    ] = Field(description="a photo is a film of one picture, for edema only; parameters are left out")
    context: Context = "other"
    weight_kg: float | None = Field(default=None, ge=2, le=400, allow_inf_nan=False)
    movement: Movement | None = None
    check: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")
    at: AwareDatetime | None = Field(default=None, strict=False, description="when it was taken; else now")

    @field_validator("content_type", mode="before")
    @classmethod
    def _plain(cls, told: Any) -> Any:
        # A recorder says "video/webm;codecs=vp9".
        return told.partition(";")[0].strip().lower() if isinstance(told, str) else told


class CaptureBegun(BaseModel):
    """Where to send it."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="of the film")
    upload: str = Field(description="where tus sends it")
    expires_at: AwareDatetime | None = Field(description="when it is given up if nothing more comes")


def _limits(service: Service) -> Limits:
    settings = service.settings
    return Limits(settings.most_film_mb * 1_000_000, settings.quota_mb * 1_000_000)


@router.post("/people/{person}/captures", status_code=201, responses=TUS_ERRORS)
def begin(
    person: Id,
    asked: CaptureAsked,
    service: ServiceHere,
    who: SignedIn,
    response: Response,
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200, pattern="^[!-~]+$")
    ] = None,
) -> CaptureBegun:
    """Begin a film of a person. The same Idempotency-Key gives the same film again, not a second one."""
    check_person(who, person, "write")
    wanted = Wanted(
        asked.instrument,
        asked.length,
        asked.content_type,
        who.account_id,
        asked.context,
        asked.weight_kg,
        asked.movement,
        asked.check,
        asked.at,
    )
    record = service.record
    with record.database.writing() as session:
        begun = upload_begun.begin(record, session, person, wanted, _limits(service), key)
        if begun.new and who.person_id != person:
            note(session, who.account_id, "capture.begun", person, capture=begun.capture_id)
    where = f"/api/v1/uploads/{begun.upload_id}"
    response.headers.update(tus.headers(Location=where))
    return CaptureBegun(id=begun.capture_id, upload=where, expires_at=begun.expires_at)


@router.options("/uploads", status_code=204, responses=TUS_ERRORS)
@router.options("/uploads/{upload}", status_code=204, responses=TUS_ERRORS)
def speaks(service: ServiceHere) -> Response:
    """What of tus is spoken here."""
    return tus.what_we_speak(_limits(service).most_bytes)


@router.head("/uploads/{upload}", responses=TUS_ERRORS)
async def how_far(upload: Id, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """How many bytes are safely here. Whoever still sends on a connection that was lost is let go of."""
    tus.need_version(request)
    await _apart(_allowed, service, who, upload)
    await _ask_to_let_go(upload)

    def look() -> dict[str, str]:
        with uploads.receiving(service.record, upload, service.queue.add) as held:
            return _told(held)

    return Response(status_code=200, headers=await _apart(look))


@router.patch("/uploads/{upload}", status_code=204, responses=TUS_ERRORS)
async def send(upload: Id, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """Send bytes from Upload-Offset on; the answer's Upload-Offset says up to where they are safe."""
    piece = tus.piece_of(request)
    await _apart(_allowed, service, who, upload)
    let_go = asyncio.Event()
    try:
        async with _hold(service, upload, let_go) as held:
            whole = await _take(request, held, piece, let_go)
    except NotAFilmError:
        await _apart(uploads.abandon, service.record, upload)
        raise
    if whole:
        await _apart(service.queue.wake)
    answer = Response(status_code=204, headers=_told(held))
    if let_go.is_set():  # what is left of the body is not read
        answer.headers["Connection"] = "close"
    return answer


@router.delete("/uploads/{upload}", status_code=204, responses=TUS_ERRORS)
async def end(upload: Id, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """Give an unfinished upload up."""
    tus.need_version(request)
    await _apart(_allowed, service, who, upload)
    await _ask_to_let_go(upload)
    await _apart(uploads.abandon, service.record, upload)
    return Response(status_code=204, headers=tus.headers())


@asynccontextmanager
async def _hold(service: Service, upload: str, let_go: asyncio.Event) -> AsyncIterator[Receiving]:
    """Hold an upload against all others, in this process and in those beside it."""
    if upload in _sending:
        raise BusyError("somebody is sending to this upload", where="upload", todo="try again soon")
    _sending[upload] = let_go
    stack = ExitStack()
    try:
        yield await _apart(stack.enter_context, uploads.receiving(service.record, upload, service.queue.add))
    finally:
        with anyio.CancelScope(shield=True):
            try:
                await _apart(stack.close)
            finally:
                del _sending[upload]


async def _take(request: Request, held: Receiving, piece: tus.Piece, let_go: asyncio.Event) -> bool:
    """Receive a body; whether the film is whole now."""
    if piece.offset != held.offset:
        raise ConflictError(
            f"{held.offset} bytes are here", where="Upload-Offset", todo="ask by HEAD, then go on from there"
        )
    if piece.offset + (piece.length or 0) > held.length:
        raise TooLargeError("more bytes than were announced", where="body")
    most = tus.CHECKSUM_BYTES if piece.checksum else _MEMORY
    waiting = bytearray()
    try:
        async with aclosing(_pieces(request, let_go)) as pieces:
            async for part in pieces:
                waiting += part
                if len(waiting) >= most:
                    if piece.checksum is not None:
                        raise TusError(413, "too long for one checksum", where="body")
                    await _apart(held.append, bytes(waiting))
                    waiting.clear()
    except ClientDisconnect:
        if piece.checksum is not None:
            return False
    if piece.checksum is not None:
        piece.checksum.need(bytes(waiting))
    if waiting:
        await _apart(held.append, bytes(waiting))
    return await _apart(held.keep)


async def _pieces(request: Request, let_go: asyncio.Event) -> AsyncGenerator[bytes, None]:
    """A body as it comes, until it ends, or is silent too long, or somebody else asks for the upload."""
    asked = asyncio.ensure_future(let_go.wait())
    stream = request.stream()
    try:
        while True:
            coming = asyncio.ensure_future(anext(stream, None))
            await asyncio.wait({coming, asked}, timeout=_SILENCE_S, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                let_go.set()
                coming.cancel()
                await asyncio.wait({coming})
                return
            if (part := coming.result()) is None:
                return
            yield part
    finally:
        asked.cancel()


async def _ask_to_let_go(upload: str) -> None:
    if (sending := _sending.get(upload)) is not None:
        sending.set()
        until = asyncio.get_running_loop().time() + _LET_GO_S
        while upload in _sending and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)


def _allowed(service: Service, who: Who, upload_id: str) -> None:
    with service.record.database.reading() as session:
        upload, capture = uploads.get_upload(session, upload_id)
    check_person(who, capture.person_id, "write")
    if capture.state == "uploading" and upload.expires_at < now():
        raise TusError(410, "this upload was given up", where="upload", todo="send the film again")


def _told(held: Receiving) -> dict[str, str]:
    told = tus.headers(Upload_Offset=str(held.offset), Upload_Length=str(held.length))
    if held.offset < held.length:
        told["Upload-Expires"] = tus.expires(held.expires_at)
    return told


async def _apart(function: Callable[..., T], *args: Any) -> T:
    """In a thread of the uploads' own, so that slow disks hold up no page."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_THREADS)
        _limiter.set(limiter)
    return await run_sync(function, *args, limiter=limiter)
