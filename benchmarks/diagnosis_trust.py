"""What a diagnosis is trusted for: sets that cover, strangers turned away, leaks told, duplicates refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.orl import DATA as ORL
from benchmarks.orl import photos as orl_photos
from benchmarks.rows import share
from benchmarks.simulated_syndromes import (
    CACHE,
    DOUBLED,
    HELD_OUT,
    LEAKING,
    MAIN,
    OTHERS,
    UNSEEN,
    described,
    faces_of,
    machine,
    named,
    together,
)
from mitate.diagnosis.conformal import in_sets, outcome
from mitate.diagnosis.duplicates import find_duplicates, refuse_duplicates
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.features import feature_rows
from mitate.diagnosis.intervals import over_persons
from mitate.diagnosis.leaks import Leaks, find_leaks
from mitate.diagnosis.linear import LinearSvm
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.nested import Truth, calibrated, evaluate
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.diagnosis.unlike import strangeness
from mitate.errors import InputError
from mitate.figures import Figure
from mitate.simulate.syndrome_photos import FIRST_COPY
from mitate.simulate.syndromes import person_name

__all__ = [
    "coverage",
    "parts_of",
    "planted",
    "planted_duplicate",
    "planted_leak",
    "sets_and_strangers",
    "turned_away",
]

Array = NDArray[np.float64]

PORTRAITS = Path(__file__).parents[1] / ".." / "shared/data/portraits"
_DRAWS = 5
_COVERS, _COVERS_NOT_MORE, _TURNED_AWAY = 88.0, 92.0, 95.0


def sets_and_strangers() -> list[Figure]:
    """How often sets hold the true class of people not learned from, and what is said of strangers.

    Of 150 people a class, 40 are drawn to learn from, five times over; everybody else is asked about, and so
    are people with syndromes that were never learned, and real faces.
    """
    known = together(faces_of(MAIN), faces_of(HELD_OUT))
    strangers = {"people with a syndrome never learned (simulated)": faces_of(UNSEEN), **_real_faces()}
    rows = np.concatenate(
        [
            described((MAIN, HELD_OUT, UNSEEN), "sface_layer")["sface_layer"],
            *(feature_rows("sface_layer", faces) for faces in list(strangers.values())[1:]),
        ]
    )
    # Strangers are given the first class, which nothing learns from: they are only asked about.
    targets = np.concatenate([known.targets, np.zeros(len(rows) - len(known), np.int64)])
    persons = np.concatenate([known.persons, *(faces.persons for faces in strangers.values())])
    method = machine("sface_layer", Truth(known.labels, targets, persons), {"sface_layer": rows}, strangeness)
    found = [_one_draw(method, known, len(rows), draw) for draw in range(_DRAWS)]
    figures, start = coverage(known, found), len(known)
    for name, faces in strangers.items():
        told = np.stack([p_values[start : start + len(faces)] for p_values in found])
        figures.append(turned_away(name, faces, told))
        start += len(faces)
    return figures


def _one_draw(method: LinearSvm, known: Faces, rows: int, draw: int) -> Array:
    """(rows, K) p-values after learning from 40 people a class; not a number where it was learned from.

    The first draw learns from the people of `MAIN`.
    """
    rng = np.random.default_rng(draw)
    train = np.arange(len(faces_of(MAIN)))
    if draw:
        drawn = [rng.permutation(np.flatnonzero(known.targets == k))[: MAIN.people] for k in range(5)]
        train = np.sort(np.concatenate(drawn))
    test = np.setdiff1d(np.arange(rows), train)
    run = method.run(train, test, inner=True)
    calibration, conformal = calibrated(run, known.targets[train], known.persons[train])
    told = np.full((rows, len(known.labels)), np.nan)
    told[test] = conformal.p_values(calibration.probabilities(run.scores), run.unlike)
    return told


def coverage(known: Faces, found: list[Array]) -> list[Figure]:
    draws = [p_values[: len(known)] for p_values in found]
    asked = np.stack([np.isfinite(p_values[:, 0]) for p_values in draws])
    inside = np.stack([in_sets(p_values) for p_values in draws])
    held = inside[:, np.arange(len(known)), known.targets]
    draw, row = np.nonzero(asked)
    persons, targets = known.persons[row], known.targets[row]
    data = f"{named(MAIN)}, {_DRAWS} draws of people to learn from, everybody else of 150 a class asked"

    def mean(name: str, values: Array, bar: float | None = None, most: float | None = None) -> Figure:
        low, high = over_persons(values, persons, strata=targets)
        n, bound = len(np.unique(persons)), bar if most is None else most
        row = (100 * float(values.mean()), "%", 100 * low, 100 * high, n, data, bound)
        return Figure(f"prediction sets at 90 %: {name}", *row, at_least=most is None)

    covers, many = held[draw, row].astype(float), inside[draw, row].sum(axis=1)
    worst = min(covers[targets == k].mean() for k in range(len(known.labels)))
    size = "prediction sets at 90 %: mean number of classes"
    sizes = Figure(size, float(many.mean()), "classes", None, None, len(np.unique(persons)), data)
    of_class = "prediction sets at 90 %: true class inside, class with the lowest"
    one = many == 1
    return [
        mean("true class inside, at least", covers, bar=_COVERS),
        mean("true class inside, at most", covers, most=_COVERS_NOT_MORE),
        Figure(of_class, 100 * worst, "%", None, None, len(np.unique(persons)) // 5, data),
        sizes,
        mean("one class", one.astype(float)),
        mean("none of these", (many == 0).astype(float)),
    ]


def turned_away(name: str, faces: Faces, told: Array) -> Figure:
    """Share of strangers of whom no class is told, over draws (d, n, K); photos without a face count too."""
    away = np.array(
        [[outcome(row) in ("none_of_these", "cannot_tell") for row in p_values] for p_values in told]
    ).mean(axis=0)
    values = np.concatenate([away, np.ones(len(faces.left_out))])
    persons = np.concatenate([faces.persons, [one.photo.person for one in faces.left_out]])
    low, high = over_persons(values, persons)
    data = f"learned from {named(MAIN)}, {_DRAWS} draws; {len(values)} photos"
    row = (100 * float(values.mean()), "%", 100 * low, 100 * high, len(np.unique(persons)), data)
    return Figure(f"none of these or cannot tell: {name}", *row, _TURNED_AWAY)


def _real_faces() -> dict[str, Faces]:
    """Real people, who have none of the simulated syndromes; those data that are here."""
    found = {}
    if ORL.exists():
        found["real faces, ORL"] = _orl(range(0, 10, 5))
    files = sorted(PORTRAITS.glob("*.jpg")) if PORTRAITS.exists() else []
    if files:
        photos = tuple(Photo(file, f"portrait {file.stem}", "real") for file in files)
        found["real faces, portraits"] = read_faces(Dataset("portraits", PORTRAITS, photos))
    return found


def _orl(which: range, others: int = 0) -> Faces:
    """Some photos of each of the 40 people of ORL; of the first `others`, one more under another name."""
    images, who = orl_photos()
    photos = []
    for person in range(40):
        own = np.flatnonzero(who == person)
        for number in which:
            name, label = f"orl {person}", f"class {person % 2}"
            photos.append(Photo(_as_png(images[own[number]], person, number), name, label))
        if person < others:
            again = _as_png(images[own[6]], person, 6)
            photos.append(Photo(again, f"other {person}", f"class {(person + 1) % 2}"))
    return read_faces(Dataset("ORL", CACHE, tuple(photos)), cache=CACHE / "read")


def _as_png(image: NDArray[np.uint8], person: int, number: int) -> Path:
    path = CACHE / "orl" / f"{person:02d}-{number}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        cv2.imwrite(str(path), image)
    return path


def planted_leak() -> list[Figure]:
    """A wall for each class is named; and how often a leak is named where none was planted."""
    leaks = _leaks(faces_of(LEAKING))
    data = named(LEAKING, "each class before its own wall")
    figures = []
    for leak in leaks.leaks:
        row = (100 * leak.accuracy, "%", 100 * leak.low, 100 * leak.high, LEAKING.people * 5, data)
        figures.append(Figure(f"planted leak, {leak.name} alone: balanced accuracy", *row))
    named_certain = any(leak.name == "background" and leak.level == "certain" for leak in leaks.leaks)
    name = "planted leak: background named as a certain leak"
    figures.append(Figure(name, float(named_certain), "", None, None, 1, data, 1.0))
    if leaks.gain is not None:
        gain = (100 * leaks.gain.gain, "points", 100 * leaks.gain.low, 100 * leaks.gain.high)
        figures.append(
            Figure(f"planted leak: transfer over {leaks.gain.over} alone", *gain, LEAKING.people * 5, data)
        )
    return figures + _false_alarms()


def _false_alarms() -> list[Figure]:
    """Sets without a planted leak, 5 classes of 20 people each, none of whom is in two of them."""
    clean = [part for plan in (MAIN, HELD_OUT, *OTHERS) for part in parts_of(faces_of(plan))]
    found = [_leaks(faces) for faces in clean]
    seeds = ", ".join(str(plan.seed) for plan in (MAIN, *OTHERS))
    data = f"simulated, {len(clean)} sets of 5 classes x 20 people, seeds {seeds}, no leak planted"
    certain = sum(leaks.worst == "certain" for leaks in found)
    background = sum(_level(leaks, "background") != "none" for leaks in found)
    return [
        share("no planted leak: sets without a certain leak", len(found) - certain, len(found), data),
        share("no planted leak: background not suspected", len(found) - background, len(found), data),
        share(
            "no planted leak: sets without a suspicion",
            sum(leaks.worst == "none" for leaks in found),
            len(found),
            data,
        ),
    ]


def _level(leaks: Leaks, name: str) -> str:
    return next(leak.level for leak in leaks.leaks if leak.name == name)


def parts_of(faces: Faces, people: int = 20) -> list[Faces]:
    """Sets of so many people of each class, none of whom is in two of them."""
    by_class = [np.flatnonzero(faces.targets == k) for k in range(5)]
    whole = min(map(len, by_class)) // people
    return [
        faces.take(np.sort(np.concatenate([rows[people * n : people * (n + 1)] for rows in by_class])))
        for n in range(whole)
    ]


def _leaks(faces: Faces) -> Leaks:
    def judged(name: str) -> Evaluation:
        return evaluate(machine(name, faces, {name: feature_rows(name, faces)}), faces, inner=False)

    rows: dict[str, Evaluation] = {
        "background": judged("background"),
        "thumbnail": judged("thumbnail"),
        "file": judged("file"),
    }
    return find_leaks(rows, judged("sface_layer"))


def planted_duplicate() -> list[Figure]:
    """People who stand under a second name in another class: found, refused, and no others."""
    faces = faces_of(DOUBLED)
    pairs = _pairs(faces)
    figures = []
    for odd, kind in ((1, "the same photo, shrunk and compressed again"), (0, "another photo, simulated")):
        doubled = [planted(d) for d in range(DOUBLED.duplicates) if d % 2 == odd]
        right = sum(pair in pairs for pair in doubled)
        data = named(DOUBLED, f"{len(doubled)} duplicates of this kind planted")
        figures.append(share(f"planted duplicate found: {kind}", right, len(doubled), data))
    figures.append(_refused("planted duplicates: refused", faces, named(DOUBLED)))
    clean = [faces_of(plan) for plan in (MAIN, *OTHERS)]
    alarms = sum(len(_pairs(one)) for one in clean)
    data = f"simulated, {len(clean)} sets of 5 classes x 40 people without a duplicate, all pairs"
    total = sum(len(one) * (len(one) - 1) // 2 for one in clean)
    figures.append(
        Figure(
            "no planted duplicate: pairs taken for one person",
            float(alarms),
            "pairs",
            None,
            None,
            total,
            data,
        )
    )
    small = [part for one in clean for part in parts_of(one, 4)]
    quiet = sum(not _pairs(part) for part in small)
    said = f"simulated, {len(small)} sets of 5 classes x 4 people without a duplicate"
    figures.append(
        share("no planted duplicate, few people: sets without a false alarm", quiet, len(small), said)
    )
    return figures + (_real_duplicates() if ORL.exists() else [])


def _real_duplicates() -> list[Figure]:
    """The same on real faces: one photo of each of 40 people, and ten of them once more."""
    doubled, clean = _orl(range(1), others=10), _orl(range(1))
    found = _pairs(doubled)
    wanted = [frozenset((f"orl {person}", f"other {person}")) for person in range(10)]
    data = "ORL, one photo of each of 40 people"
    right = sum(pair in found for pair in wanted)
    alarms = "no planted duplicate, real people: pairs taken for one person"
    return [
        share("planted duplicate found: another photo, real people", right, 10, f"{data}, ten once more"),
        _refused("planted duplicates, real people: refused", doubled, f"{data}, ten once more"),
        Figure(alarms, float(len(_pairs(clean))), "pairs", None, None, 40 * 39 // 2, data),
    ]


def planted(number: int) -> frozenset[str]:
    """The two names of a planted duplicate (`SyndromePlan.duplicates`)."""
    own, index = number % DOUBLED.classes, number // DOUBLED.classes
    other = (number + 1) % DOUBLED.classes
    first = person_name(DOUBLED.seed, own, index)
    return frozenset((first, person_name(DOUBLED.seed, other, FIRST_COPY + number)))


def _pairs(faces: Faces) -> set[frozenset[str]]:
    """Names that were found to be one person's."""
    told = find_duplicates(faces)
    return {frozenset((one.first.person, one.second.person)) for one in told if one.across_persons}


def _refused(name: str, faces: Faces, data: str) -> Figure:
    refused = 0.0
    try:
        refuse_duplicates(find_duplicates(faces))
    except InputError:
        refused = 1.0
    return Figure(name, refused, "", None, None, 1, data, 1.0)
