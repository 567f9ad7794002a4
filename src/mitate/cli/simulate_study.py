"""``mitate simulate study``: the published study's patients as face crops, and its sweeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json, program, progress_bar
from mitate.errors import InputError

__all__ = ["study"]


def study(
    out: Annotated[Path, typer.Argument(help="A new or empty folder, or one that was interrupted.")],
    frames: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Crops of a session; 100, or what the plan has.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(min=0, max=10, help="Swelling: 1 is nominal, and the default.")
    ] = None,
    world: Annotated[
        str | None, typer.Option(help="Light, camera and skins: nominal, shifted (the default) or learning.")
    ] = None,
    plan: Annotated[
        str | None, typer.Option(metavar="NAME", help="A sweep's plan, such as make-up, in place of both.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the population, for other patients than the protocol's.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    json: Json = False,
) -> None:
    """Make the published study's 39 simulated patients as face crops. Interrupted, it goes on.

    Example: `mitate simulate study test --frames 10 --plan no-expression`

    25 men and 14 women, 73.5 ± 9.4 years, 1 to 10 treatment days each, 392 sessions; in a world that is not
    the one that teaches. OUT gets crops, and simulation.json with what only a simulation knows. Plans:
    published, strength-0.5, strength-1, strength-2, nominal-world, learning-world, same-light, no-expression,
    no-pose, same-distance, same-skin-colour, no-puffiness, no-fat-drift, same-pattern, light-doubled,
    expression-doubled, make-up, fat-gain, groups.

    It needs the simulate extra: `pip install 'mitate[simulate]'`
    """
    from mitate.simulate.nuisances import nuisance_named
    from mitate.simulate.shifted import world_named
    from mitate.simulate.study_people import STUDY_SEED, published_design, simulate_study

    of_seed = STUDY_SEED if seed is None else seed
    if plan is None:
        taken_in, swelling = world_named(world or "shifted"), 1.0 if strength is None else strength
        what = f"the published design in the {taken_in.name} world, strength {swelling:g}"
        design = published_design(of_seed, 100 if frames is None else frames, taken_in, swelling)
    elif world is not None or strength is not None:
        raise InputError(
            "a plan has a world and a strength of its own",
            where="--plan",
            todo="leave --world and --strength out",
        )
    else:
        chosen = nuisance_named(plan)
        what, design = chosen.what, chosen.plan(frames, seed)
    with progress_bar(not json) as move:
        simulate_study(out, design, workers=workers, progress=lambda done, total: move("people", done, total))
    sessions = 2 * sum(days for _, days in design.roster())
    if json:
        counts = {"participants": design.participants, "sessions": sessions, "frames": design.frames}
        print_json({"out": out, "plan": plan, "what": what} | counts | {"simulated": True})
        return
    print(f"{design.participants} simulated people, {sessions} sessions of {design.frames} crops in {out}")
    print(f"changed: {what}" if plan else f"made: {what}")
    print(f"next: {program()} edema benchmark")
