"""Seeing real faces: the shared portraits and the ORL faces; left out, with a word, where not at hand."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.face.align import arcface_crop
from mitate.face.detect import FaceDetector
from mitate.face.embed import FaceEmbedder
from mitate.face.select import Networks, read_clip
from mitate.figures import Figure, write_figures

__all__ = ["run"]

SHARED = Path(__file__).parents[2] / "shared" / "data"
_PIXELS_AUC = 0.919  # of plain pixel correlation, by the data's own notes: what an embedding has to beat


def _portraits(folder: Path) -> list[Figure]:
    """Faces found, how frontal, and whether the same person is told from others."""
    networks = Networks.load()
    files = sorted(folder.glob("*.jpg"))
    clips = {path.stem: read_clip(path, networks=networks) for path in files}
    turned = max(float(np.abs(clip.angles).max()) for clip in clips.values())
    same: list[float] = []
    other: list[float] = []
    for a, b in combinations(clips, 2):
        likeness = float(clips[a].identity @ clips[b].identity)
        one = a.startswith("person") and a[:8] == b[:8]
        (same if one else other).append(likeness)
    n = len(files)
    return [
        Figure(
            "real portraits: faces found", 100 * len(clips) / n, "%", None, None, n, "portraits", bar=100.0
        ),
        Figure("real portraits: largest head angle", turned, "degrees", None, None, n, "portraits"),
        Figure(
            "real portraits: lowest likeness of one person",
            min(same),
            "",
            None,
            None,
            n,
            "portraits",
            bar=0.363,
        ),
        Figure(
            "real portraits: highest likeness of two people",
            max(other),
            "",
            None,
            None,
            n,
            "portraits",
            bar=0.363,
            at_least=False,
        ),
    ]


def _auc(
    identities: NDArray[np.floating], person: NDArray[np.integer], weight: NDArray[np.floating]
) -> float:
    """Area under the ROC curve over pairs of pictures, each weighted by how often its people were drawn."""
    i, j = np.triu_indices(len(person), k=1)
    likeness = (identities @ identities.T)[i, j]
    genuine = person[i] == person[j]
    pair = np.where(genuine, weight[person[i]], weight[person[i]] * weight[person[j]])
    order = np.argsort(likeness)
    lower = np.cumsum(np.where(genuine, 0, pair)[order])
    hits = np.where(genuine, pair, 0)[order]
    return float((hits * lower).sum() / (hits.sum() * lower[-1]))


def _orl(folder: Path) -> list[Figure]:
    """Identity on 40 people with ten grey pictures each."""
    detector, embedder = FaceDetector(), FaceEmbedder()
    crops, person = [], []
    files = sorted(folder.rglob("*.pgm"))
    people = sorted({path.parent.name for path in files})
    for path in files:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        picture = cv2.cvtColor(
            cv2.resize(grey, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2RGB
        )
        padded = cv2.copyMakeBorder(picture, 60, 60, 60, 60, cv2.BORDER_REPLICATE).astype(np.uint8)
        faces = detector(padded)
        if faces:
            crops.append(arcface_crop(padded, faces[0].points))
            person.append(people.index(path.parent.name))
    identities, who = embedder(np.stack(crops)), np.array(person)
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), size=200)
    spread = [_auc(identities, who, draw.astype(float)) for draw in draws]
    low, high = np.quantile(spread, [0.025, 0.975])
    value = _auc(identities, who, np.ones(len(people)))
    found = 100 * len(crops) / len(files)
    return [
        Figure("ORL faces: faces found", found, "%", None, None, len(people), "orl_faces"),
        Figure(
            "ORL faces: identity, area under the ROC curve",
            value,
            "",
            float(low),
            float(high),
            len(people),
            "orl_faces",
            bar=_PIXELS_AUC,
        ),
    ]


def run(out: Path) -> list[Figure]:
    """Measure, print and write the figures."""
    figures: list[Figure] = []
    for name, measure in (("portraits", _portraits), ("orl_faces", _orl)):
        if (SHARED / name).is_dir():
            figures += measure(SHARED / name)
        else:
            print(f"left out: {SHARED / name} is not here")
    for figure in figures:
        print(f"{figure.name}: {figure.value:.3f} {figure.unit}")
    write_figures(out, figures)
    return figures
