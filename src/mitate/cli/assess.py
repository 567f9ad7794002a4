"""``mitate back assess``: the whole back check in one go, from films and answers to a report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.cli.reasoning import Language, LanguageOption, written
from mitate.errors import InputError

__all__ = ["assess"]


def _film(what: str) -> object:
    return typer.Option(metavar="VIDEO", help=what, rich_help_panel="Films")


_SIDE, _FRONT = "from the side", "from the front or from behind"
ForwardBend = Annotated[Path | None, _film(f"Bending forward, {_SIDE}.")]
BackwardBend = Annotated[Path | None, _film(f"Bending back, {_SIDE}.")]
Rotation = Annotated[Path | None, _film(f"Turning the trunk, {_FRONT}.")]
SideBend = Annotated[Path | None, _film(f"Bending to the sides, {_FRONT}.")]
WaitersBow = Annotated[Path | None, _film(f"A bow from the hips, {_SIDE}.")]
OneLegStance = Annotated[Path | None, _film(f"Standing on each leg, {_FRONT}.")]
Squat = Annotated[Path | None, _film(f"Squatting, {_SIDE}.")]
NeckFlexion = Annotated[Path | None, _film(f"Chin to chest, {_SIDE}.")]
NeckExtension = Annotated[Path | None, _film(f"Looking up, {_SIDE}.")]
NeckRotation = Annotated[Path | None, _film(f"Turning the head, {_FRONT}.")]
NeckSideBend = Annotated[Path | None, _film(f"Tilting the head, {_FRONT}.")]
ArmRaise = Annotated[Path | None, _film(f"Both arms forward and up, {_SIDE}.")]
Answers = Annotated[
    Path | None, typer.Option(metavar="JSON", help="Answers, as `back interview --out` saves them.")
]
Age = Annotated[float | None, typer.Option(help="Years, if the answers do not say.")]
Sex = Annotated[str | None, typer.Option(metavar="SEX", help="female or male, if the answers do not say.")]
Height = Annotated[float | None, typer.Option(metavar="CM", help="Standing height.")]
Earlier = Annotated[
    Path | None, typer.Option(metavar="DIR", help="An earlier report, to say what has changed.")
]
OutFolder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A new folder for the report and its films.")
]
Details = Annotated[
    bool, typer.Option("--details", help="For each film also what `back measure --out` writes.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, max=16, help="Films read at once; as many as cores if left out.")
]


def assess(
    forward_bend: ForwardBend = None,
    backward_bend: BackwardBend = None,
    rotation: Rotation = None,
    side_bend: SideBend = None,
    waiters_bow: WaitersBow = None,
    one_leg_stance: OneLegStance = None,
    squat: Squat = None,
    neck_flexion: NeckFlexion = None,
    neck_extension: NeckExtension = None,
    neck_rotation: NeckRotation = None,
    neck_side_bend: NeckSideBend = None,
    arm_raise: ArmRaise = None,
    interview: Answers = None,
    age: Age = None,
    sex: Sex = None,
    height: Height = None,
    before: Earlier = None,
    out: OutFolder = None,
    details: Details = False,
    workers: Workers = None,
    language: LanguageOption = Language.en,
    json: Json = False,
) -> None:
    """Check a back in one go: red flags, films, answers, causes with proofs, next questions, exercises.

    Example: `mitate back assess --forward-bend a.mp4 --rotation c.mp4 --interview answers.json --out report`

    Any film may be missing, and one that cannot be used does not end the others. A red flag in the answers
    does: no film is read then, and the report says where to go. Film as for `mitate back measure`.
    """
    films = {
        "forward_bend": forward_bend,
        "backward_bend": backward_bend,
        "rotation": rotation,
        "side_bend": side_bend,
        "waiters_bow": waiters_bow,
        "one_leg_stance": one_leg_stance,
        "squat": squat,
        "neck_flexion": neck_flexion,
        "neck_extension": neck_extension,
        "neck_rotation": neck_rotation,
        "neck_side_bend": neck_side_bend,
        "arm_raise": arm_raise,
    }
    _assess(
        {name: path for name, path in films.items() if path is not None},
        interview,
        person=(age, sex, None if height is None else height / 100),
        before=before,
        out=out,
        details=details,
        workers=workers,
        language=language.value,
        json=json,
    )


def _assess(
    films: dict[str, Path],
    answers: Path | None,
    *,
    person: tuple[float | None, str | None, float | None],
    before: Path | None,
    out: Path | None,
    details: bool,
    workers: int | None,
    language: str,
    json: bool,
) -> None:
    from mitate.back.check import check_back
    from mitate.back.check_outputs import DETAILS, document_of, write_check
    from mitate.back.check_page_details import PICTURES
    from mitate.back.check_text import in_words
    from mitate.back.outputs import refuse_existing

    if out is not None:
        refuse_existing(out)
    elif details:
        raise InputError("there is no folder for them", where="--details", todo="give one with --out")
    age, sex, height_m = person
    with _folder(out) as part, progress_bar(not json) as move:
        pictures = None if part is None else part / PICTURES
        if pictures is not None:
            pictures.mkdir()
        check = check_back(
            films,
            answers,
            age=age,
            sex=sex,
            height_m=height_m,
            before=before,
            language=language,
            pictures=pictures,
            details=None if part is None or not details else part / DETAILS,
            workers=workers,
            progress=lambda share: move(f"reading {len(films)} films", round(100 * share), 100),
        )
        told = document_of(check)
        if part is not None:
            write_check(check, part, told)
    if json:
        print_json({**told, "out": out})
        return
    print(in_words(check))
    if out is None:
        print(f"next: the same with --out DIR, for the report; or {program()} back interview")
        return
    print(f"report: {out / 'report.html'} (to print: report.pdf; as data: result.json, case.json)")


@contextmanager
def _folder(out: Path | None) -> Iterator[Path | None]:
    """The folder to fill, which appears when all is done; None where nothing is to be written."""
    from mitate.files import new_folder

    if out is None:
        yield None
        return
    with written(out), new_folder(out) as part:
        yield part
