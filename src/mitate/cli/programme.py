"""``mitate back programme``, ``exercises``, ``diary``: a weekly plan, its exercises, and how it goes on."""

from __future__ import annotations

import json as json_
from datetime import date as date_
from pathlib import Path
from typing import Annotated, Any

import typer

from mitate.cli.printing import Json, print_json, program
from mitate.cli.reasoning import Language, LanguageOption, TimeLimit, written
from mitate.errors import InputError

__all__ = ["diary", "exercises", "programme"]

Day = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The first day; by default today.")
]
OwnLanguage = Annotated[
    Language | None, typer.Option("--language", help="Of the words: en or ja; by default that of the file.")
]


def programme(
    case: Annotated[
        Path,
        typer.Argument(
            metavar="CASE.json", help="What was seen, answered and wished; see docs/programme.md."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the programme here; diary reads it.")
    ] = None,
    date: Day = None,
    time_limit: TimeLimit = 10.0,
    language: OwnLanguage = None,
    json: Json = False,
) -> None:
    """Plan a week of exercises: the best set for the likely causes that may be offered, with every reason.

    Example: `mitate back programme case.json --out programme.json`

    The case is explained first. A red flag stops everything. What the person wishes and can do stands in the
    part `programme` of the case.
    """
    from mitate.back.cause import explain_case
    from mitate.back.observations import read_case
    from mitate.back.plan_words import in_words
    from mitate.back.programme import programme as plan_of

    start = _day(date)
    _refuse_existing(out)
    read = read_case(case)
    result = explain_case(read, time_limit_s=time_limit)
    plan = plan_of(result, read, language=None if language is None else language.value, start=start)
    if out is not None:
        _write(out, plan.as_dict())
    if json:
        print_json({**plan.as_dict(), "out": out})
        return
    print(in_words(plan))
    if out is not None:
        print(f"programme: {out}")
        print(f"next, after some sessions: {program()} back diary {out} DIARY.json")


def exercises(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show this one; without it, list all.")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="NAME", help="low_back or neck.")] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="DIR", help="A new folder with a page that plays the films."),
    ] = None,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """List the exercises, or show one: how, for which causes and by which source, and when not.

    Example: `mitate back exercises bridge --language ja`
    """
    import msgspec

    from mitate.back.exercises import exercise
    from mitate.back.exercises import exercises as all_of
    from mitate.back.plan_words import exercise_in_words
    from mitate.back.region import region_named

    if page is not None:
        _write_page(page, name, region, language.value, json)
        return
    if name is not None:
        one = exercise(name)
        if json:
            print_json(msgspec.to_builtins(one))
        else:
            print(exercise_in_words(one, language.value))
        return
    wanted = None if region is None else region_named(region, "--region").name
    found = [one for one in all_of() if wanted in (None, one.region)]
    if json:
        print_json({"exercises": [_row(one, language.value) for one in found]})
        return
    for one in found:
        print(f"{one.name:36} {one.kind:10} {one.level}  {one.title.text(language.value)}")


def _write_page(folder: Path, name: str | None, region: str | None, language: str, json: bool) -> None:
    """A page of one exercise, of a region's, or of all, whole or not at all."""
    from mitate.back.exercises import exercise
    from mitate.back.exercises import exercises as all_of
    from mitate.back.film_page import write_page
    from mitate.back.outputs import refuse_existing
    from mitate.back.region import region_named
    from mitate.files import new_folder

    refuse_existing(folder)
    wanted = None if region is None else region_named(region, "--region").name
    chosen = (exercise(name),) if name else [one for one in all_of() if wanted in (None, one.region)]
    with written(folder), new_folder(folder) as made:
        page = write_page(made, chosen, language)
    if json:
        print_json({"page": folder / page.name, "exercises": [one.name for one in chosen]})
        return
    print(f"page: {folder / page.name}")


def _row(one: Any, language: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title.text(language),
        "region": one.region,
        "kind": one.kind,
        "start": one.start,
        "level": one.level,
        "minutes": one.minutes,
        "equipment": list(one.equipment),
        "serves": [aim.cause for aim in one.serves],
        "not_when": [named.when for named in one.not_when],
    }


def diary(
    programme: Annotated[Path, typer.Argument(metavar="PROGRAMME.json", help="Saved by programme --out.")],
    sessions: Annotated[Path, typer.Argument(metavar="DIARY.json", help="Sessions; see docs/programme.md.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Save the programme with the next steps here."),
    ] = None,
    date: Day = None,
    language: OwnLanguage = None,
    json: Json = False,
) -> None:
    """Say what comes next of each exercise: harder, the same, easier or stop, by pain and the coach.

    Example: `mitate back diary programme.json diary.json --out next.json`
    """
    from mitate.back._strict_json import read_json
    from mitate.back.diary import read_diary, read_ongoing
    from mitate.back.plan_words import steps_in_words
    from mitate.back.progress import next_steps, renewed

    on = _day(date)
    _refuse_existing(out)
    ongoing = read_ongoing(read_json(programme), str(programme))
    steps = next_steps(ongoing, read_diary(read_json(sessions), str(sessions)), on=on)
    own = "ja" if ongoing.document.get("language") == "ja" else "en"
    said = own if language is None else language.value
    if out is not None:
        _write(out, renewed(ongoing, steps, said))
    if json:
        print_json({"next": [step.as_dict(said, ongoing.region) for step in steps], "out": out})
        return
    print(steps_in_words(steps, said))
    if out is not None:
        print(f"programme: {out}")


def _day(text: str | None) -> date_:
    if text is None:
        return date_.today()
    try:
        return date_.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{text[:40]!r} is no date", where="--date", todo="write it as 2026-11-23"
        ) from error


def _refuse_existing(out: Path | None) -> None:
    if out is not None and out.exists():
        raise InputError("this file exists", where=out, todo="take another name")


def _write(path: Path, document: dict[str, Any]) -> None:
    from mitate.files import write_text

    with written(path):
        write_text(path, json_.dumps(document, ensure_ascii=False, indent=2) + "\n")
