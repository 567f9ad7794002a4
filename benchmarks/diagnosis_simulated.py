"""Facial diagnosis on simulated syndromes: what can be measured without a single real patient.

How well it does here is a property of how strong the syndromes were made, and says nothing about any disease:
the task's default strength was chosen, by eye, where signs are seen and are no caricature, and `strengths`
reports the whole curve. What does carry over is the comparison: of the transfer with the rows beside it on
the same people, of sets with the coverage that they promise, of a leak that was planted with none planted.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mitate
from benchmarks.diagnosis_trust import planted_duplicate, planted_leak, sets_and_strangers
from benchmarks.simulated_syndromes import (
    CACHE,
    HELD_OUT,
    MAIN,
    OTHERS,
    RARE,
    STRENGTHS,
    at_strength,
    described,
    faces_of,
    machine,
    made,
    named,
    together,
)
from mitate.diagnosis.compare import Comparison, Wanted, compare, feature_table, methods_for
from mitate.diagnosis.curve import SIZES
from mitate.diagnosis.curve import learning_curve as curve_of
from mitate.diagnosis.features import FEATURES
from mitate.diagnosis.gallery import Gallery, GalleryPhoto
from mitate.diagnosis.gallery_look import Looker
from mitate.diagnosis.gallery_measure import evaluate_gallery
from mitate.diagnosis.intervals import difference, over_persons
from mitate.diagnosis.method import Evaluation, Method
from mitate.diagnosis.nested import evaluate
from mitate.diagnosis.unlike import strangeness
from mitate.figures import Figure
from mitate.simulate.syndromes import SyndromePlan

__all__ = [
    "SIMULATED",
    "five_classes",
    "learning_curve",
    "planted_duplicate",
    "planted_leak",
    "rare_classes",
    "sets_and_strangers",
    "strengths",
    "whole_command",
]

_BAR = 90.0
_QUICK = ("sface_layer", "imagenet", "hog", "lbp", "pixels")
_TRANSFER = _QUICK[0]


def five_classes() -> list[Figure]:
    """Every row on one draw of people and syndromes, then the quick ones on other draws of both."""
    faces, wanted = faces_of(MAIN), Wanted(fine_tune=True)
    features, missing = feature_table(faces, wanted)
    for why in missing:
        print(f"  left out: {why}", flush=True)
    methods = methods_for(faces, features, wanted, strangeness=strangeness, cache=_kept())
    judged = compare(methods, faces, wanted)
    data = named(MAIN)
    figures = [_top_1(one, f"five classes, {one.method}", data, _bar(one)) for one in judged.evaluations]
    return figures + _gaps(judged, data) + _held_out() + _other_draws()


def _kept() -> Path:
    """Where fine-tuning keeps the folds that are done: another place once its code has changed."""
    source = Path(mitate.__file__).parent
    text = (source / "diagnosis/finetuned.py").read_bytes() + (source / "learn/face_classes.py").read_bytes()
    return CACHE / f"fine-tuned-{hashlib.sha256(text).hexdigest()[:12]}"


def _bar(one: Evaluation) -> float | None:
    return _BAR if one.kind == "transfer" else None


def _top_1(one: Evaluation, name: str, data: str, bar: float | None = None) -> Figure:
    low, high = over_persons(one.right, one.persons, strata=one.targets)
    people = len(np.unique(one.persons))
    return Figure(
        f"{name}: top-1", 100 * float(one.right.mean()), "%", 100 * low, 100 * high, people, data, bar
    )


def _gaps(judged: Comparison, data: str) -> list[Figure]:
    """What each transfer has over the other rows in points of top-1, and the least certain of these."""
    figures = []
    for transfer in judged.evaluations:
        if transfer.kind != "transfer":
            continue
        lows, people = [], len(np.unique(transfer.persons))
        for one in judged.evaluations:
            if one is transfer:
                continue
            mean, low, high = (100 * value for value in difference(transfer, one))
            name = f"five classes, {transfer.method} over {one.method}: top-1"
            figures.append(Figure(name, mean, "points", low, high, people, data))
            if one.kind == "traditional":
                lows.append(low)
        name = f"five classes, {transfer.method} over traditional rows: lowest lower end"
        figures.append(Figure(name, min(lows), "points", None, None, people, data, 0.0))
    return figures


@cache
def _judged(plan: SyndromePlan, name: str) -> Evaluation:
    """A quick row on a plan."""
    faces = faces_of(plan)
    return evaluate(machine(name, faces, described((plan,), name)), faces, inner=False)


def _held_out() -> list[Figure]:
    """The same rows, learned from 40 people a class, asked about 550 others: small differences show."""
    from mitate.diagnosis.finetuned import FineTuned

    faces = together(faces_of(MAIN), faces_of(HELD_OUT))
    train, test = np.arange(len(faces_of(MAIN))), np.arange(len(faces_of(MAIN)), len(faces))
    methods: list[Method] = [machine(name, faces, described((MAIN, HELD_OUT), name)) for name in _QUICK]
    methods.insert(0, FineTuned(faces, strangeness=strangeness, cache=_kept()))
    data = f"{named(MAIN)}; tested on {HELD_OUT.people} other people of each"
    who, targets = faces.persons[test], faces.targets[test]
    right = [(one, one.run(train, test).scores.argmax(axis=1) == targets) for one in methods]
    figures = []
    for one, own in right:
        bar = _BAR if one.kind == "transfer" else None
        name = f"five classes, held-out people, {one.name}"
        figures.append(_mean(f"{name}: top-1", "%", own.astype(np.float64), who, data, bar))
    for transfer, own in right[:2]:
        lows: list[float] = []
        for one, other in right[2:]:
            name = f"five classes, held-out people, {transfer.name} over {one.name}: top-1"
            gap = _mean(name, "points", own.astype(np.float64) - other, who, data)
            figures.append(gap)
            lows.append(gap.low or 0.0)
        name = f"five classes, held-out people, {transfer.name} over traditional rows: lowest lower end"
        figures.append(Figure(name, min(lows), "points", None, None, len(who), data, 0.0))
    return figures


def _other_draws() -> list[Figure]:
    """The same task with other people and other syndromes: how much depends on which were drawn."""
    plans = (MAIN, *OTHERS)
    data = f"simulated, 5 classes x 40 people, seeds {', '.join(str(plan.seed) for plan in plans)}"
    all_right = {name: [_judged(plan, name).right for plan in plans] for name in _QUICK}
    # Two seeds have no person in common.
    who = np.concatenate([_judged(plan, _TRANSFER).persons for plan in plans])
    figures: list[Figure] = []
    lows: list[float] = []
    for name, of_draw in all_right.items():
        title = f"five classes, {len(plans)} draws, {FEATURES[name].title}"
        right = np.concatenate(of_draw).astype(np.float64)
        bar = _BAR if name == _TRANSFER else None
        figures.append(_mean(f"{title}: top-1", "%", right, who, data, bar))
        worst = 100 * min(float(one.mean()) for one in of_draw)
        figures.append(Figure(f"{title}: lowest top-1", worst, "%", None, None, len(plans), data))
        if name != _TRANSFER:
            gap = np.concatenate(all_right[_TRANSFER]) - right
            behind = _mean(f"{title}: behind {FEATURES[_TRANSFER].title}", "points", gap, who, data)
            figures.append(behind)
            lows.append(behind.low or 0.0)
    name = f"five classes, {len(plans)} draws, transfer over traditional rows: lowest lower end"
    return [*figures, Figure(name, min(lows), "points", None, None, len(who), data, 0.0)]


def _mean(
    name: str,
    unit: str,
    values: NDArray[np.float64],
    who: NDArray[np.str_],
    data: str,
    bar: float | None = None,
) -> Figure:
    low, high = over_persons(values, who)
    return Figure(name, 100 * float(values.mean()), unit, 100 * low, 100 * high, len(who), data, bar)


def strengths() -> list[Figure]:
    """Top-1 by how strong the signs are: the same people and syndromes, weaker and stronger."""
    figures = []
    for strength in STRENGTHS:
        plan = at_strength(strength)
        for name in _QUICK:
            title = f"strength {strength:g}, {FEATURES[name].title}"
            figures.append(_top_1(_judged(plan, name), title, named(plan)))
    return figures


def learning_curve() -> list[Figure]:
    """Top-1 on the same held-out people after learning from 5, 10, 20 and 40 people a class."""
    faces = together(faces_of(MAIN), faces_of(HELD_OUT))
    held_out = np.arange(len(faces_of(MAIN)), len(faces))
    figures = []
    for name in _QUICK:
        method = machine(name, faces, described((MAIN, HELD_OUT), name))
        for point in curve_of(method, faces, sizes=SIZES, draws=5, held_out=held_out):
            title = f"learning curve, {FEATURES[name].title}, {point.size} people a class"
            data = f"simulated, 5 classes, seed {MAIN.seed}, tested on {HELD_OUT.people} other people of each"
            row = (100 * point.accuracy, "%", 100 * point.low, 100 * point.high, point.people, data)
            figures.append(Figure(f"{title}: top-1", *row))
    return figures


def rare_classes() -> list[Figure]:
    """A gallery of many classes with few people each, none of which was trained on."""
    faces, looker = faces_of(RARE), Looker.load()
    photos = [
        GalleryPhoto(digest, photo.person, photo.label, photo.consent, photo.licence, simulated=True)
        for photo, digest in zip(faces.photos, faces.digests, strict=True)
    ]
    gallery = Gallery("simulated", looker.look).add(photos, looker(faces.crops), looker.look)
    told = evaluate_gallery(gallery)
    data = named(RARE, "each person left out in turn")
    figures = []
    for top in told.top:
        name = f"rare classes, gallery: top-{top.n}, mean over classes"
        row = (100 * top.value, "%", 100 * top.low, 100 * top.high, told.persons, data)
        figures.append(Figure(name, *row))
        by_lot = f"rare classes, by lot: top-{top.n}"
        figures.append(Figure(by_lot, 100 * top.chance, "%", None, None, told.persons, data))
    return figures


def whole_command() -> list[Figure]:
    """Seconds of the one command on 200 photos, from folder to model and report, everything included."""
    figures = []
    for title, typed, bar in (
        ("frozen features", (), 30.0),
        ("with fine-tuning", ("--fine-tune",), 300.0),
    ):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "model"
            command = [
                sys.executable,
                "-m",
                "mitate",
                "diagnosis",
                "train",
                str(made(MAIN)),
                "--threads",
                "2",
            ]
            start = time.perf_counter()
            done = subprocess.run([*command, "--out", str(out), *typed], capture_output=True, text=True)
            seconds = time.perf_counter() - start
        if done.returncode:
            print(f"  {title}: {done.stderr.strip()[-300:]}", file=sys.stderr)
            continue
        data = f"{named(MAIN)}, two cores, {_versions()}"
        name = f"mitate diagnosis train, 200 photos, {title}"
        figures.append(Figure(name, seconds, "s", None, None, 1, data, bar, at_least=False))
    return figures


def _versions() -> str:
    names = ("numpy", "scikit-learn", "onnxruntime", "torch")
    return ", ".join(f"{name} {version(name)}" for name in names)


SIMULATED: dict[str, Callable[[], list[Figure]]] = {
    "five_classes": five_classes,
    "strengths": strengths,
    "learning_curve": learning_curve,
    "sets_and_strangers": sets_and_strangers,
    "planted_leak": planted_leak,
    "planted_duplicate": planted_duplicate,
    "rare_classes": rare_classes,
    "whole_command": whole_command,
}
"""Every part by its name."""
