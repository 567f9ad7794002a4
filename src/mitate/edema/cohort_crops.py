"""Every video of a cohort to face crops on disk, some at a time, going on where an earlier run stopped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.participants import Cohort, Participant, Session
from mitate.edema.patient import LeftOut
from mitate.edema.protocol import excess_targets
from mitate.edema.reading import FRAMES
from mitate.errors import InputError, RefusalError
from mitate.face.embed import SAME_PERSON_COSINE
from mitate.face.select import Networks, read_clip
from mitate.files import write_text

__all__ = ["cohort_crops"]

_PEOPLE_PER_SHARD = 10
_SESSIONS = "sessions"

Progress = Callable[[str, float, float, str], None]


def cohort_crops(
    cohort: Cohort,
    root: Path,
    *,
    size: int,
    frames: int = FRAMES,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[CropStore, tuple[LeftOut, ...]]:
    """Read every video of a cohort once and keep its crops.

    A clip that is refused or cannot be read is left out, and so is one that shows another person than the
    participant's other clips. The same call after an interruption reads only what is missing.

    Args:
        cohort: whose sessions with a video are read.
        root: folder for the crops; they are pictures of faces: keep it as the videos are kept.
        size: side of the crops in pixels.
        frames: used of a clip at most.
        workers: processes, where no executor is given; 1 works in this one.
        executor: runs the reading elsewhere; it must see the same files.
        progress: called with what, clips done, clips in all, and how many were left out.

    Returns:
        The crops, and which sessions are not among them and why.

    Raises:
        InputError: no session has a video, no clip could be used, or `root` holds other crops.
        WeightsError: weights are not installed.
    """
    sessions = [session for session in cohort.sessions if session.video]
    if not sessions:
        raise InputError("no session of this cohort has a video", where=cohort.root / "sessions.tsv")
    _claim(root, cohort, sessions, size, frames)
    finished = root / "left_out.txt"
    if not finished.exists():
        todo = [session for session in sessions if not _place(root, session).exists()]
        done, left = len(sessions) - len(todo), 0
        say = progress or (lambda what, done, total, detail: None)
        say("reading videos", done, len(sessions), "")
        for refused in _read_all(cohort, todo, root, size, frames, workers, executor):
            done, left = done + 1, left + refused
            say("reading videos", done, len(sessions), f"{left} left out" if left else "")
        lost = _gather(cohort, root)
        write_text(finished, json.dumps([asdict(row) for row in lost], ensure_ascii=False) + "\n")
        shutil.rmtree(root / _SESSIONS)
    rows = json.loads(finished.read_text(encoding="utf-8"))
    left_out = tuple(LeftOut(**row) for row in rows)
    if not any(root.glob("people-*.json")):
        raise InputError(
            f"none of the {len(left_out)} clips of this cohort can be used; the first: {left_out[0].message}",
            where=cohort.root,
        )
    return open_crops(root), left_out


def _claim(root: Path, cohort: Cohort, sessions: Sequence[Session], size: int, frames: int) -> None:
    """Make the folder this cohort's, or refuse one that holds crops of other videos or another size."""
    claim = hashlib.sha256()
    claim.update(json.dumps([cohort.name, size, frames, [asdict(p) for p in cohort.participants]]).encode())
    for session in sessions:
        try:
            state = cohort.video_path(session).stat()
        except OSError as error:
            raise InputError(
                f"the video cannot be read: {error.strerror}", where=cohort.video_path(session)
            ) from error
        claim.update(json.dumps([asdict(session), state.st_size, state.st_mtime_ns], default=str).encode())
    path = root / "source.txt"
    if path.exists():
        if path.read_text(encoding="utf-8").strip() != claim.hexdigest():
            raise InputError(
                "these crops were made from other tables, videos or settings",
                where=root,
                todo="remove this folder, or name another",
            )
    elif root.exists() and any(root.iterdir()):
        raise InputError("this folder is in use", where=root, todo="name a new one")
    else:
        write_text(path, claim.hexdigest() + "\n")


def _place(root: Path, session: Session) -> Path:
    """Where one session's crops lie until the shards are written."""
    name = hashlib.sha256(f"{session.participant_id}\0{session.session_id}".encode()).hexdigest()[:24]
    return root / _SESSIONS / f"{name}.npz"


@lru_cache(maxsize=1)
def _networks() -> Networks:
    return Networks.load()


def _quiet() -> None:
    """In a worker: Ctrl-C is the parent's affair, which lets the clips at hand be finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read_one(video: Path, place: Path, size: int, frames: int) -> bool:
    """Read one clip and write what it gave; true if it was left out."""
    try:
        clip = read_clip(video, count=frames, size=size, networks=_networks())
    except (RefusalError, InputError) as error:
        reason = error.reason if isinstance(error, RefusalError) else "unreadable"
        content = {"reason": np.array(reason), "message": np.array(str(error))}
    else:
        content = {"crops": clip.crops, "identity": clip.identity}
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    with partial.open("wb") as file:
        np.savez(file, **content)  # type: ignore[arg-type]
    partial.replace(place)
    return "crops" not in content


def _read_all(
    cohort: Cohort,
    sessions: Sequence[Session],
    root: Path,
    size: int,
    frames: int,
    workers: int,
    executor: Executor | None,
) -> Iterator[bool]:
    jobs = [(cohort.video_path(s), _place(root, s), size, frames) for s in sessions]
    if not jobs:
        return
    if executor is None and workers <= 1:
        for job in jobs:
            yield _read_one(*job)
        return
    own = (
        ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn"), initializer=_quiet)
        if executor is None
        else None
    )
    pool = executor or own
    try:
        for future in as_completed([pool.submit(_read_one, *job) for job in jobs] if pool else []):
            yield future.result()
    finally:
        if own is not None:
            own.shutdown(cancel_futures=True)


def _gather(cohort: Cohort, root: Path) -> list[LeftOut]:
    """Write shards out of the single sessions; returns the sessions that are not in them."""
    trained_on = "simulated" if cohort.simulated else cohort.name
    left: list[LeftOut] = []
    for start in range(0, len(cohort.participants), _PEOPLE_PER_SHARD):
        crops: list[NDArray[np.uint8]] = []
        sessions: list[CropSession] = []
        for participant in cohort.participants[start : start + _PEOPLE_PER_SHARD]:
            read, lost = _one_person(cohort, participant, root)
            left += lost
            excess = _excess(cohort, participant)
            for session, taken in read:
                first = sum(map(len, crops))
                sessions.append(_indexed(session, participant, excess, first, len(taken)))
                crops.append(taken)
        if crops:
            write_shard(root, f"people-{start:06d}", np.concatenate(crops), sessions, trained_on)
    return left


def _one_person(
    cohort: Cohort, participant: Participant, root: Path
) -> tuple[list[tuple[Session, NDArray[np.uint8]]], list[LeftOut]]:
    """His sessions with their crops, without those that show somebody else."""
    read: list[tuple[Session, NDArray[np.uint8], NDArray[np.float32]]] = []
    lost: list[LeftOut] = []

    def leave(session: Session, reason: str, message: str) -> None:
        lost.append(LeftOut(session.participant_id, session.session_id, reason, message))

    for session in cohort.sessions_of(participant.participant_id):
        if not session.video:
            continue
        with np.load(_place(root, session)) as content:
            if "crops" in content:
                read.append((session, content["crops"], content["identity"]))
            else:
                leave(session, str(content["reason"]), str(content["message"]))
    if not read:
        return [], lost
    identities = np.stack([identity for _, _, identity in read])
    # the clip that is most like all the others shows the participant
    middle = int((identities @ identities.T).sum(axis=1).argmax())
    kept = []
    for session, crops, identity in read:
        likeness = float(identity @ identities[middle])
        if likeness >= SAME_PERSON_COSINE:
            kept.append((session, crops))
        else:
            message = f"another person than in the participant's other clips (likeness {likeness:.2f})"
            leave(session, "wrong_person", f"{cohort.video_path(session)}: {message}")
    return kept, lost


def _excess(cohort: Cohort, participant: Participant) -> dict[str, float]:
    """Excess by session id; nothing where neither a dry weight nor any weight is known."""
    own = cohort.sessions_of(participant.participant_id)
    if all(session.weight_kg is None for session in own):
        return {}
    return excess_targets(participant, own, own)


def _indexed(
    session: Session, participant: Participant, excess: dict[str, float], first: int, count: int
) -> CropSession:
    return CropSession(
        participant_id=session.participant_id,
        session_id=session.session_id,
        day=session.day,
        phase=session.phase,
        excess_kg=excess.get(session.session_id),
        fluid_kg=None,
        sex=participant.sex or None,
        age=None if participant.age is None else int(participant.age),
        first=first,
        count=count,
    )
