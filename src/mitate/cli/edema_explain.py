"""``mitate edema explain``: which parts of the face a patient's estimate rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.cli.edema_shared import EncoderFolder
from mitate.cli.printing import Json, Quantity, print_json, progress_bar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mitate.edema.encoder import Encoder
    from mitate.edema.personal import PersonalModel

__all__ = ["explain"]

References = Annotated[
    list[Path] | None,
    typer.Option(
        "--reference",
        metavar="VIDEO",
        help="The film of the patient's reference session; further dry sessions may follow, each after "
        "its own --reference. A model keeps no pictures; without any, parts are blurred, and only shares "
        "can be told.",
    ),
]


def explain(
    videos: Annotated[
        list[Path],
        typer.Argument(
            metavar="VIDEO...",
            help="A video or a photo of the patient's face; several are explained together.",
        ),
    ],
    model: Annotated[Path, typer.Option(metavar="MODEL", help="Made by mitate edema personalise.")],
    reference: References = None,
    encoder: EncoderFolder = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write the face with the map here.")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, max=100, help="Frames looked at.")] = 10,
    grid: Annotated[int, typer.Option(min=2, max=24, help="Patches a side.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Of the orders in which patches are replaced.")] = 0,
    json: Json = False,
) -> None:
    """Say and draw which parts of the face an estimate rests on. Another person's video is refused.

    Example: `mitate edema explain today.mp4 --model p01.json --reference first-post.mp4 --picture why.png`

    What it shows is what the model answered to, not where the water is.
    """
    from mitate.edema.explain import explain as explained
    from mitate.edema.explain_picture import explain_picture, explanation_in_words
    from mitate.edema.patient import encoder_of
    from mitate.edema.personal import PersonalModel

    own = PersonalModel.load(model)
    network = encoder_of(own, encoder)
    own = own.on(network.prior)
    with progress_bar(not json) as move:
        result = explained(
            own,
            network,
            _crops(videos, own, network, frames, move),
            reference=_crops(reference, own, network, frames, move) if reference else None,
            frames=frames * len(videos),
            grid=grid,
            seed=seed,
            progress=lambda done, whole: move("replacing patches", done, whole),
        )
    if picture is not None:
        names = ", ".join(path.name for path in videos)
        explain_picture(result, picture, title=f"{result.participant_id}, {names}")
    if json:
        print_json({**result.as_dict(), "videos": videos, "reference": reference or [], "picture": picture})
        return
    print(explanation_in_words(result))
    if picture is not None:
        print(f"picture: {picture}")


def _crops(
    videos: list[Path], own: PersonalModel, network: Encoder, frames: int, move: Quantity
) -> NDArray[np.uint8]:
    """(n, S, S, 3) face crops of the patient's films, one after the other."""
    import numpy as np

    from mitate.edema.reading import read_video
    from mitate.face.select import Networks

    networks = Networks.load()

    def crops(path: Path) -> NDArray[np.uint8]:
        read = read_video(
            path,
            network,
            identity=own.identity,
            frames=frames,
            networks=networks,
            progress=lambda share: move(f"reading {path.name}", 100 * share, 100),
        )
        return read.clip.crops

    return np.concatenate([crops(path) for path in videos])
