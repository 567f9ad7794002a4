"""``mitate edema trend``: a patient's sessions as one course, with an alarm."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.cli.edema_shared import EncoderFolder, Frames, tell_left_out
from mitate.cli.printing import Json, Quantity, print_json, progress_bar
from mitate.errors import InputError, RefusalError

if TYPE_CHECKING:
    from mitate.edema.patient import LeftOut
    from mitate.edema.sightings import Course

__all__ = ["trend"]


def trend(
    course: Annotated[
        Path, typer.Argument(metavar="COURSE", help="A table of estimates, or a folder with a cohort.")
    ],
    participant: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose films, for a cohort; a name for a table.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Made by mitate edema personalise; for a cohort.")
    ] = None,
    encoder: EncoderFolder = None,
    from_day: Annotated[
        int, typer.Option(min=0, help="First treatment day whose films are used, for a cohort.")
    ] = 0,
    shared_kg: Annotated[
        float | None,
        typer.Option(min=0, max=20, help="sd of the error that all estimates share; else a model tells."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write a picture of the course here.")
    ] = None,
    frames: Frames = 100,
    json: Json = False,
) -> None:
    """Sessions over hours, days and weeks as one smoothed course, and whether the alarm is on.

    Example: `mitate edema trend course.csv --picture course.png`

    The table has the columns captured_at, excess_kg and sd_kg, as `mitate edema estimate` gives them, and may
    have context (before meal, after meal, after toilet, pre, post, other) and weighed_kg, the excess by the
    scales. From a cohort the participant's films are estimated with his model first.
    """
    from mitate.edema.alarm import alarm, rule_for
    from mitate.edema.sightings_table import read_sightings
    from mitate.edema.trend import trend as smoothed
    from mitate.edema.trend_report import trend_in_words, trend_picture

    left_out: list[LeftOut] = []
    if course.is_dir():
        if participant is None or model is None:
            needed = "a cohort's course needs --participant and --model"
            raise InputError(needed, where=course, todo="make a model with mitate edema personalise")
        asked = (participant, model, encoder, from_day, shared_kg, frames)
        with progress_bar(not json) as move:
            sessions, left_out = _films(course, *asked, move)
    else:
        sessions = read_sightings(course, common_kg=shared_kg, participant_id=participant or "")
    result = smoothed(sessions)
    told = alarm(sessions, rule_for(result.kind))
    if picture is not None:
        trend_picture(sessions, result, told, picture)
    if json:
        print_json({**result.as_dict(), "alarm": told, "left_out": left_out})
        return
    tell_left_out(left_out)
    print(trend_in_words(sessions, result, told))
    if picture is not None:
        print(f"picture: {picture}")


def _films(
    root: Path,
    participant: str,
    model: Path,
    folder: Path | None,
    from_day: int,
    shared_kg: float | None,
    frames: int,
    move: Quantity,
) -> tuple[Course, list[LeftOut]]:
    """A participant's films, estimated with his model."""
    from mitate.edema.cohort import read_cohort
    from mitate.edema.patient import LeftOut, encoder_of, estimate_video
    from mitate.edema.personal import PersonalModel
    from mitate.edema.sightings import Course, Sighting, shared_error_kg
    from mitate.face.select import Networks

    cohort = read_cohort(root)
    cohort.participant(participant)
    own = PersonalModel.load(model)
    network = encoder_of(own, folder)
    networks = Networks.load()
    films = [s for s in cohort.sessions_of(participant) if s.video and s.day >= from_day]
    timed = all(session.captured_at is not None for session in films)
    sightings, left_out = [], []
    for number, session in enumerate(films):
        move("reading films", number, len(films), session.session_id)
        hour = {"pre": 9, "other": 11, "post": 13}[session.phase]
        at = session.captured_at if timed else datetime(2000, 1, 1, hour) + timedelta(days=session.day)
        try:
            path = cohort.video_path(session)
            estimated, _ = estimate_video(
                path, own, network, frames=frames, networks=networks, day=session.day
            )
        except (InputError, RefusalError) as error:
            reason = error.reason if isinstance(error, RefusalError) else "unreadable"
            left_out.append(LeftOut(participant, session.session_id, reason, str(error)))
            continue
        if at is not None:
            sightings.append(Sighting(at, estimated.excess_kg, estimated.sd_kg, session.phase))
    if not sightings:
        raise InputError(
            "no film of this participant can be used" if films else "no film from that day on",
            where=f"{root}, participant {participant}",
            todo=left_out[0].message if left_out else "give an earlier --from-day",
        )
    shared = shared_error_kg(own) if shared_kg is None else shared_kg
    return Course(tuple(sightings), shared, participant), left_out
