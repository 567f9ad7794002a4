"""Makes the encoder that comes along: ``python -m benchmarks.make_edema_encoder OUT``.

Learns from simulated people in many rooms (`benchmarks.edema_people.learners`) and, where the ORL photographs
are among the shared data, then from twenty of its people with computed swelling; the prior is learned from
other simulated people. It takes about two hours on two cores and goes on where it was interrupted. The crops
stay in build/protocol, where the study's other programs find them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.edema_people import ROOT, learners, photographed, prior_people
from mitate.cli.printing import progress_bar
from mitate.edema.encoder import load_encoder, write_card
from mitate.edema.pretrain import make_encoder
from mitate.learn.pretrain_settings import PretrainSettings

__all__ = ["DRAWN", "PHOTOGRAPHED", "make"]

DRAWN = PretrainSettings(size=64, epochs=36)
PHOTOGRAPHED = PretrainSettings(size=64, epochs=12, learning_rate=4e-4)
AMONG = 2000  # of those who taught it first, beside the photographs
WATCHED = 0.02


def make(out: Path) -> Path:
    """Both stages, each resumable; returns the encoder's folder."""
    drawn = ROOT / "encoders" / "drawn"
    kept = ROOT / "encoders" / "drawn.pt"
    with progress_bar(True) as move:
        people, others = learners(), prior_people()
        if not drawn.exists():
            work = drawn.with_name("drawn.work")
            make_encoder(
                people,
                drawn,
                DRAWN,
                others=others,
                watched=WATCHED,
                work=work,
                keep=kept,
                progress=move,
            )
        photographs = photographed()
        if photographs is None:
            shutil.copytree(drawn, out)
        else:
            make_encoder(
                learners(AMONG),
                out,
                PHOTOGRAPHED,
                others=others,
                photographs=photographs,
                start=kept,
                watched=WATCHED,
                progress=move,
            )
            tell_both(drawn, out)
    return load_encoder(out).root


def tell_both(drawn: Path, out: Path) -> None:
    """Put into the card what the first stage was, and whose photographs the second one saw."""
    first = load_encoder(drawn).card
    card = {key: value for key, value in load_encoder(out).card.items() if key != "sha256"}
    card["started_from"] = {
        key: first[key] for key in ("participants", "crops_trained", "settings", "seconds")
    }
    card["photographs"] = {
        **card["photographs"],
        "people": "s1 to s20 of the ORL faces, each also mirrored as somebody else",
        "credit": "Olivetti Research Laboratory",
    }
    write_card(out, card)


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
