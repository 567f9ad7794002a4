"""From a video or a photo to the embeddings that models are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.encoder import Encoder
from mitate.edema.participants import Session
from mitate.edema.sessions import SessionEmbeddings
from mitate.face.clip import FaceClip
from mitate.face.select import Networks, check_person, read_clip

__all__ = ["FRAMES", "Reading", "read_video"]

FRAMES = 100
"""Frames used of a film, as in the published work."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One clip as a model sees it.

    Attributes:
        clip: the chosen frames, who it is, and how they were chosen.
        embeddings: (n, D) float32, one row a frame.
    """

    clip: FaceClip
    embeddings: NDArray[np.float32]

    @property
    def quality(self) -> float:
        """Mean quality of the frames, 0 to 1."""
        return float(self.clip.quality.mean())

    def labelled(self, session: Session, excess_kg: float | None) -> SessionEmbeddings:
        """The embeddings with what the cohort's tables say of the session."""
        return SessionEmbeddings(
            self.embeddings,
            excess_kg,
            session.phase,
            session.day,
            f"{session.participant_id} {session.session_id}",
        )


def read_video(
    path: Path,
    encoder: Encoder,
    *,
    identity: NDArray[np.floating] | None = None,
    frames: int = FRAMES,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> Reading:
    """Read a clip and embed it.

    Args:
        path: a video or a photo.
        encoder: that the embeddings are for.
        identity: (128,) of the person who must be seen; None or empty checks nobody.
        frames: used at most.
        networks: from `Networks.load()`, to spare loading them for every clip.
        progress: called with the share of the clip that has been read, 0 to 1.

    Raises:
        InputError: the file cannot be read.
        RefusalError: no usable frames of one person, or another person's.
        WeightsError: weights are not installed.
    """
    clip = read_clip(path, count=frames, size=encoder.crop_size, networks=networks, progress=progress)
    if identity is not None and len(identity):
        check_person(clip, identity)
    return Reading(clip, encoder.embed(clip.crops))
