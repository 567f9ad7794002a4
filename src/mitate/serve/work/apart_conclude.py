"""In the child process: from what was told and what films showed to causes, programme and changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitate.errors import InputError, MitateError, RefusalError
from mitate.plain import plain
from mitate.serve.work.arrays import scratch
from mitate.serve.work.child import Given, Tell
from mitate.serve.work.sandbox import rebuilt

if TYPE_CHECKING:
    from mitate.back.check import BackCheck
    from mitate.back.checking import WatchedFilm
    from mitate.back.earlier import Earlier

__all__ = ["conclude"]

_LANGUAGES = ("en", "ja")


def conclude(facts: dict[str, Any], blobs: dict[str, bytes], tell: Tell) -> Given:
    """Judge a check.

    Args:
        facts: ``document`` (what was told), ``region``, ``language``, ``at`` (ISO 8601), ``height_m``,
            ``films``: movement, refusal or None and seconds of each; ``earlier``: the result of an earlier
            check, or None.
        blobs: of each film that could be used what was kept of it, by its movement.
        tell: how far it is.

    Returns:
        facts: `BackCheck.as_dict` with ``told`` (`mitate.record.check_told`), ``languages`` (the same
        dictionary in each language), ``proof_svg`` and ``proofs`` (by language).

    Raises:
        InputError: what was told contradicts itself.
    """
    tell("thinking", 0.05)
    from mitate.back import check as back_check
    from mitate.record.check_told import told_of

    begun = back_check.begin(
        facts["document"],
        region=facts["region"],
        language=facts["language"],
        now=datetime.fromisoformat(facts["at"]),
        height_m=facts["height_m"],
        name="interview",
    )
    done = begun
    if not begun.stop:
        earlier = _earlier(facts["earlier"], begun)
        seen = [_film(row, blobs, begun, earlier) for row in facts["films"]]
        tell("thinking", 0.3)
        done = back_check.conclude(begun, seen, earlier, name="interview")
    tell("writing", 0.8)
    other = next(one for one in _LANGUAGES if one != done.language)
    by_language = {
        done.language: plain(done.as_dict()),
        other: plain(_in(done, other).as_dict()),
    }
    proofs = {language: _proof(_in(done, language)) for language in _LANGUAGES}
    told = {
        **by_language[done.language],
        "told": plain(told_of(done)),
        "languages": by_language,
        "proof_svg": proofs[done.language],
        "proofs": proofs,
    }
    return told, {}


def _in(check: BackCheck, language: str) -> BackCheck:
    """The same check in another language."""
    return replace(check, language=language, result=replace(check.result, language=language))


def _earlier(result: Mapping[str, Any] | None, begun: BackCheck) -> Earlier | None:
    """An earlier check; None where it is of another region, or cannot be of the same person."""
    from mitate.back.earlier import read_earlier, refuse_other_person

    if result is None:
        return None
    with scratch() as folder:
        (folder / "result.json").write_text(json.dumps(result), "utf-8")
        try:
            earlier = read_earlier(folder)
            case = begun.case
            refuse_other_person(earlier, age=case.age, sex=case.sex, region=begun.region)
        except InputError:  # it is not compared; the check itself stands
            return None
    return earlier


def _film(
    row: Mapping[str, Any], blobs: Mapping[str, bytes], begun: BackCheck, earlier: Earlier | None
) -> WatchedFilm:
    """A film as `mitate.back.checking.watch_films` would have told it, from what was kept of it."""
    from mitate.back.assess import assessed
    from mitate.back.checking import WatchedFilm
    from mitate.serve.work.kept_movement import opened

    movement, path, seconds = row["movement"], Path(row["movement"]), float(row["seconds"])
    if row["refusal"] is not None:
        return WatchedFilm(movement, path, None, rebuilt(row["refusal"]), seconds=seconds)
    track, recording = opened(blobs[movement], path)
    before = None if earlier is None else earlier.films.get(movement)
    refused: MitateError
    try:
        one = assessed(
            track,
            recording,
            movement,
            age=begun.case.age,
            sex=begun.case.sex,
            before=before,
            model=row["model"],
        )
    except (RefusalError, InputError) as error:  # by today's rules it is not usable any more
        refused = error
        return WatchedFilm(movement, path, None, refused, seconds=seconds)
    return WatchedFilm(movement, path, one, None, seconds=seconds)


def _proof(check: BackCheck) -> str:
    """The proof of the best explanation as SVG; empty where there is none."""
    from mitate.back.report import picture

    with scratch() as folder:
        drawn = picture(check.result, folder / "proof.svg")
        return (folder / "proof.svg").read_text("utf-8") if drawn else ""
