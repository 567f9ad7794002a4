"""Whether exercises hang together: what they refer to is there, and those of the package are enough.

A file's form is checked when it is read (`mitate.back.exercise`). Here is what it cannot tell by itself:
causes, sources, limits, red flags and other exercises by name; and that every cause of a region is served by
at least two exercises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from mitate.abduce.findings import Finding
from mitate.abduce.language import KnowledgeBase
from mitate.abduce.names import did_you_mean
from mitate.back._names import completion
from mitate.back.exercise import Exercise
from mitate.back.exercise_whole import Entry, entries_of, repeated
from mitate.back.exercises import each_reference, exercise_files, exercises, read_exercise
from mitate.back.region import knowledge
from mitate.back.toml_lines import line_of
from mitate.back.triage import red_flags
from mitate.back.wishes import limits
from mitate.errors import InputError

__all__ = [
    "LEAST_EXERCISES",
    "LEAST_FOR_A_CAUSE",
    "check_exercise_files",
    "check_exercises",
    "check_own_exercises",
    "served_by",
]

LEAST_EXERCISES: Mapping[str, int] = {"low_back": 40, "neck": 15}
"""So many exercises each region has at least."""
LEAST_FOR_A_CAUSE = 2
"""So many exercises serve each cause at least."""


def check_exercises(chosen: Iterable[Exercise] | None = None) -> tuple[str, ...]:
    """Everything that is wrong with the exercises, each as ``file: place: what; what to do``.

    Args:
        chosen: exercises to check; all that come with the package if None. That there are enough is asked of
            all only.

    Raises:
        InputError: a file of the package is no exercise at all.
    """
    every = exercises() if chosen is None else tuple(chosen)
    found = [f"{one.name}.toml: {place}: {message}" for one, place, message in _wrong(every, exercises())]
    if chosen is None:
        found += [message for region in LEAST_EXERCISES for message in _too_few(every, region)]
    return tuple(dict.fromkeys(found))


def check_own_exercises(region: str) -> tuple[tuple[Finding, ...], int]:
    """What is wrong with the exercises of a region in the package, or too few; and how many there are."""
    files = {f"knowledge/exercises/{file.name}": file.read_bytes() for file in exercise_files()}
    read, found = _read(files)
    own = {where: one for where, one in read.items() if one.region == region}
    found += _findings(own, files, tuple(read.values()))
    if region in LEAST_EXERCISES:
        told = _too_few(tuple(own.values()), region)
        found += [Finding("error", message, "knowledge/exercises") for message in told]
    return tuple(found), len(own)


def check_exercise_files(files: Iterable[Path]) -> tuple[Finding, ...]:
    """What is wrong with files of exercises, each with its file and line.

    They may refer to one another and to the exercises that come with the package.

    Raises:
        OSError: a file cannot be read.
    """
    contents = {str(file): file.read_bytes() for file in files}
    read, found = _read(contents)
    return (*found, *_findings(read, contents, exercises()))


def _read(files: Mapping[str, bytes]) -> tuple[dict[str, Exercise], list[Finding]]:
    """Exercises by their file, and what is no exercise at all."""
    read, found = {}, []
    for where, content in files.items():
        try:
            read[where] = read_exercise(content, PurePath(where).stem, where)
        except InputError as error:
            found.append(Finding("error", error.what, str(error.where), error.todo))
    return read, found


def _findings(
    chosen: Mapping[str, Exercise], files: Mapping[str, bytes], others: Sequence[Exercise]
) -> list[Finding]:
    """What is wrong with those chosen, by file, at its line."""
    where_of = {id(one): where for where, one in chosen.items()}
    found = []
    for one, place, message in _wrong(tuple(chosen.values()), others):
        where = where_of[id(one)]
        line = line_of(files[where].decode("utf-8"), place)
        what, _, todo = message.partition("; ")
        found.append(Finding("error", f"{place}: {what}", f"{where}:{line}", todo or None))
    return list(dict.fromkeys(found))


def _wrong(every: Sequence[Exercise], others: Sequence[Exercise]) -> Iterator[tuple[Exercise, str, str]]:
    """What is wrong with each, its place and what to do; `others` may be referred to."""
    names = {other.name: other for other in (*others, *every)}
    for one in every:
        base = knowledge(one.region)
        for place, message in (
            *entries_of(one),
            *_serves(one, base),
            *_not_when(one, base),
            *_references(one, names),
        ):
            yield one, place, message
    yield from _circles(every)


def _serves(one: Exercise, base: KnowledgeBase) -> Iterator[Entry]:
    if not one.serves:
        yield "serves", "it serves no cause; name at least one"
    for i, aim in enumerate(one.serves):
        yield from _named(base, aim.cause, ("cause",), f"serves[{i}].cause", "cause")
        yield from _sources(base, aim.source, f"serves[{i}].source")
        if aim.strength > 1 and set(aim.source) <= {"expert"}:
            yield (
                f"serves[{i}].strength",
                f"{aim.strength} needs a source that was read; with `expert` alone it is 1",
            )
    twice = repeated(aim.cause for aim in one.serves)
    if twice:
        yield "serves", f"{twice} is served twice; write it once"


def _named(base: KnowledgeBase, text: str, kinds: tuple[str, ...], place: str, what: str) -> Iterator[Entry]:
    try:
        completion(base, text, kinds, place, what=what)
    except InputError as error:
        bare = text in base.predicates and base.predicates[text].kind in kinds
        if not bare:
            yield place, error.what if error.todo is None else f"{error.what}; {error.todo}"


def _sources(base: KnowledgeBase, names: Sequence[str], place: str) -> Iterator[Entry]:
    if not names:
        yield place, "no source; name one, or `expert` for this project's judgement"
    for name in names:
        if name not in base.sources:
            yield place, f"there is no source {name[:40]!r}; {did_you_mean(name, base.sources)}"


def _not_when(one: Exercise, base: KnowledgeBase) -> Iterator[Entry]:
    if not one.not_when:
        yield "not_when", "there is always somebody who must not do it; name at least one"
    flags = {flag.name for flag in red_flags(one.region)}
    for i, never in enumerate(one.not_when):
        yield from _sources(base, never.source, f"not_when[{i}].source")
        if never.when in flags or never.when in limits():
            continue
        kinds = ("observation", "given", "cause")
        name = never.when.partition("(")[0].strip()
        if name not in base.predicates:
            known = (*flags, *limits(), *(n for n, p in base.predicates.items() if p.kind in kinds))
            yield (
                f"not_when[{i}].when",
                f"there is no limit, red flag, observation or cause {name[:40]!r}; "
                + (did_you_mean(name, known)),
            )
            continue
        yield from _named(base, never.when, kinds, f"not_when[{i}].when", "observation or cause")
    served = {aim.cause for aim in one.serves}
    for i, never in enumerate(one.not_when):
        if never.when in served:
            yield f"not_when[{i}].when", f"{never.when} is a cause that it serves; it cannot be both"
    twice = repeated(never.when for never in one.not_when)
    if twice:
        yield "not_when", f"{twice} is named twice; write it once"


def _references(one: Exercise, names: Mapping[str, Exercise]) -> Iterator[Entry]:
    for place, name in each_reference(one):
        if name not in names:
            yield place, f"there is no exercise {name[:40]!r}; {did_you_mean(name, names)}"
        elif name == one.name:
            yield place, "it refers to itself; leave it out"
        elif place == "chair" and names[name].start not in ("sitting", "standing"):
            yield place, f"{name} starts {names[name].start}, which is no exercise on a chair"


def _circles(every: Sequence[Exercise]) -> Iterator[tuple[Exercise, str, str]]:
    """Where harder and harder leads back, or easier and easier, or elder to elder."""
    for way in ("harder", "easier", "elder", "chair"):
        leads = {
            one.name: [name for place, name in each_reference(one) if place.partition("[")[0] == way]
            for one in every
        }
        for one in every:
            reached, wave = set[str](), list(leads[one.name])
            while wave:
                name = wave.pop()
                if name not in reached:
                    reached.add(name)
                    wave += leads.get(name, [])
            if one.name in reached and one.name not in leads[one.name]:
                yield one, way, f"following {way!r} leads back to this exercise"


def _too_few(every: Sequence[Exercise], region: str) -> Iterator[str]:
    own = [one for one in every if one.region == region]
    if len(own) < LEAST_EXERCISES[region]:
        yield f"exercises of {region}: {len(own)}; at least {LEAST_EXERCISES[region]} are wanted"
    for cause, served in served_by(own, knowledge(region)).items():
        if len(served) < LEAST_FOR_A_CAUSE:
            names = ", ".join(served) or "no exercise"
            yield f"{cause} ({region}) is served by {names}; at least two are wanted"


def served_by(chosen: Iterable[Exercise], base: KnowledgeBase) -> dict[str, list[str]]:
    """Every cause of a knowledge base, with each value of a direction, and which exercises serve it.

    Sides are one cause: an exercise is done on either.
    """
    found: dict[str, list[str]] = {}
    for name, predicate in base.predicates.items():
        if predicate.kind != "cause":
            continue
        if list(predicate.sorts) in ([], ["side"]):
            found[name] = []
        else:
            values = base.sorts[predicate.sorts[0]].values
            found |= {f"{name}({value})": [] for value in values}
    for one in chosen:
        for cause, names in found.items():
            aims = {aim.cause.replace(" ", "") for aim in one.serves}
            wide = cause.partition("(")[0]
            sided = any(aim.startswith(f"{cause}(") for aim in aims)
            if cause in aims or wide in aims or sided:
                names.append(one.name)
    return found
