"""``mitate simulate swell``: a photograph of a face as it would look with fluid in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitate.cli.printing import Json, print_json
from mitate.errors import InputError, RefusalError

__all__ = ["swell"]


def swell(
    photo: Annotated[Path, typer.Argument(help="Of one face, from the front, any turn within 30 degrees.")],
    excess_kg: Annotated[
        float, typer.Option(min=-2, max=12, help="Kilograms of fluid more than on the photo.")
    ],
    out: Annotated[Path, typer.Option(help="A PNG file to write.")],
    pattern_seed: Annotated[
        int | None, typer.Option(min=0, help="Of a person's own pattern of swelling; the mean one's.")
    ] = None,
    strength: Annotated[
        float, typer.Option(min=0, max=10, help="Swelling: 1 is nominal, 1 mL per cheek per kilogram.")
    ] = 1.0,
    both: Annotated[bool, typer.Option("--both", help="With 0 kg beside it, resampled alike.")] = False,
    json: Json = False,
) -> None:
    """Show a face as it would look with fluid in it: the photo is warped and its shading changed.

    Example: `mitate simulate swell face.jpg --excess-kg 2 --out swollen.png --both`

    What is written is computed by the same assumption as the simulated patients: nobody has measured how much
    a face swells per kilogram. It says nothing about the person on the photo. 0 kg is resampled as any other
    amount is.
    """
    import numpy as np

    from mitate.simulate.swell import fit_face, pattern_of, read_picture, save_png, shift_of, swollen

    if out.suffix.lower() != ".png":
        raise InputError("the picture is written as PNG", where="--out", todo="give a name that ends in .png")
    try:
        face = fit_face(read_picture(photo))
    except RefusalError as error:
        raise RefusalError(error.what, reason=error.reason, where=photo, todo=error.todo) from error
    pattern = pattern_of(pattern_seed, strength)
    picture = swollen(face, pattern, excess_kg, shift_px=shift_of(0))
    if both:
        picture = np.hstack([swollen(face, pattern, 0.0, shift_px=shift_of(0)), picture])
    save_png(out, picture)
    volume = face.surface.swept_ml(face.surface.movement(pattern, excess_kg))
    if json:
        print_json(
            {
                "out": out,
                "excess_kg": excess_kg,
                "ml_per_kg": dict(pattern.ml_per_kg),
                "swept_ml": round(volume, 3),
                "mm_per_px": round(face.surface.mm_per_px, 4),
                "computed": True,
            }
        )
        return
    print(f"{out}: computed swelling of {excess_kg:+g} kg, {volume:+.1f} mL on the face")
