"""The encoder on real faces: two different photographs of one person, one of them swollen by computation.

The ORL faces (Samaria and Harter, WACV 1994; credit to Olivetti Research Laboratory) hold ten photographs of
each of 40 people, which differ in pose, expression, glasses and light. One of a pair is swollen by 0 to 4 kg
(`mitate.simulate.swell`), both are resampled alike and go through the detector, the mesh and the crop of any
picture, and `mitate.edema.personal.compare` is asked for the change. **The swelling is computed by the same
assumption as that of the simulated patients**: a good figure here says that real skin, light and pose do not
hide such a swelling from the encoder, and nothing of how much faces swell.

Run: ``python -m benchmarks.orl_swelling [--encoder DIR] [--people test|all] [--out FILE]``. The people s1 to
s20 may be learned from; a network that learned from them is tested on s21 to s40 only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.parts import absent, write
from mitate.edema.encoder import Encoder, default_encoder, load_encoder
from mitate.edema.personal import compare
from mitate.figures import Figure
from mitate.simulate.swell import shift_of, swollen
from mitate.simulate.swell_people import ORL_LEARN, ORL_TEST, PhotoPerson, learn_crop, read_person

__all__ = ["AMOUNTS_KG", "STRENGTHS", "Pairs", "figures", "main", "orl_swelling"]

Array = NDArray[np.float64]

DATA = Path(__file__).parents[1] / ".." / "shared/data/orl_faces"
OUT = Path(__file__).parents[1] / "docs/benchmarks/edema.json"
AMOUNTS_KG = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
STRENGTHS = (0.5, 1.0, 2.0)
_SEED, _DRAWS, _SPLITS = 21, 2000, 20
_LEAST_FOUR = 8  # photographs that a person must have to be asked about by fours
_DIRECTION_BAR, _R_BAR = 80.0, 0.6
_TITLE = "real faces, computed swelling"


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What was asked and answered, pair by pair.

    Attributes:
        person: (n,) number of the person.
        forward: (n,) whether the first photograph has the lower number.
        truth_kg, answer_kg: (n,) kilograms of change.
    """

    person: NDArray[np.int64]
    forward: NDArray[np.bool_]
    truth_kg: Array
    answer_kg: Array

    def at(self, kg: float) -> Pairs:
        """The pairs swollen by this amount."""
        return self.where(np.isclose(self.truth_kg, kg))

    def where(self, kept: NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.person[kept], self.forward[kept], self.truth_kg[kept], self.answer_kg[kept])


Embeddings = dict[tuple[int, int, float], NDArray[np.float32]]
"""(photograph, 0 or 1 for one of two shifts, millilitres as kilograms at strength 1) → (D,)."""


def _embedded(person: PhotoPerson, encoder: Encoder, amounts: Sequence[float]) -> Embeddings:
    """The crops of one person at all amounts, embedded; where no face is found, there is none."""
    keys, crops = [], []
    for photo, face in enumerate(person.faces):
        for shift in (0, 1):
            for kg in amounts if shift == 0 else (0.0,):
                at = shift_of(1000 * photo + shift)
                crop = learn_crop(swollen(face, person.pattern, kg, shift_px=at), encoder.crop_size)
                if crop is not None:
                    keys.append((photo, shift, kg))
                    crops.append(crop)
    return dict(zip(keys, encoder.embed(np.stack(crops)), strict=True))


def _asked(
    encoder: Encoder, before: Sequence[NDArray[np.float32]], after: Sequence[NDArray[np.float32]]
) -> float:
    return compare(encoder.prior, np.stack(before), np.stack(after)).change_kg


def _single(
    encoder: Encoder, rows: Embeddings, strength: float, same: bool
) -> list[tuple[bool, float, float]]:
    """(order, truth, answer) of pairs of photographs, different ones or each with itself."""
    photos = sorted({photo for photo, _, _ in rows})
    out = []
    for i in photos:
        for j in photos:
            for kg in AMOUNTS_KG:
                before, after = (i, 1 if same else 0, 0.0), (j, 0, strength * kg)
                if (i == j) == same and before in rows and after in rows:
                    out.append((i <= j, kg, _asked(encoder, [rows[before]], [rows[after]])))
    return out


def _fours(encoder: Encoder, rows: Embeddings, rng: np.random.Generator) -> list[tuple[bool, float, float]]:
    """As `_single`, four photographs against four others, drawn many times."""
    half = _LEAST_FOUR // 2
    whole = [p for p in {p for p, _, _ in rows} if all((p, 0, kg) in rows for kg in AMOUNTS_KG)]
    out = []
    for _ in range(_SPLITS if len(whole) >= _LEAST_FOUR else 0):
        drawn = rng.permutation(sorted(whole))
        before = [rows[p, 0, 0.0] for p in drawn[:half]]
        for kg in AMOUNTS_KG:
            after = [rows[p, 0, kg] for p in drawn[half : 2 * half]]
            out.append((True, kg, _asked(encoder, before, after)))
    return out


def _pairs(lists: Sequence[list[tuple[bool, float, float]]]) -> Pairs:
    flat = [(who, *row) for who, rows in enumerate(lists) for row in rows]
    person, forward, truth, answer = (np.array(column) for column in zip(*flat, strict=True))
    return Pairs(person.astype(np.int64), forward.astype(bool), truth.astype(float), answer.astype(float))


def _sums(pairs: Pairs) -> Array:
    """(people, 6): n, and sums of x, y, xx, yy, xy, of which all statistics here are made."""
    x, y = pairs.truth_kg, pairs.answer_kg
    columns = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)
    table = np.zeros((int(pairs.person.max()) + 1, 6))
    np.add.at(table, pairs.person, columns)
    return table


def _mean(s: Array) -> Array:
    return np.asarray(s[..., 2] / s[..., 0])


def _r(s: Array) -> Array:
    n, x, y, xx, yy, xy = np.moveaxis(s, -1, 0)
    return np.asarray((n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y)))


def _slope(s: Array) -> Array:
    n, x, y, xx, _, xy = np.moveaxis(s, -1, 0)
    return np.asarray((n * xy - x * y) / (n * xx - x * x))


def _over_people(pairs: Pairs, statistic: Callable[[Array], Array]) -> tuple[float, float, float, int]:
    """Value, its 95 % interval from whole people drawn again, and how many people there are."""
    table = _sums(pairs)
    table = table[table[:, 0] > 0]
    people = len(table)
    drawn = np.random.default_rng(0).multinomial(people, np.full(people, 1 / people), size=_DRAWS)
    low, high = np.percentile(statistic(drawn @ table), [2.5, 97.5])
    return float(statistic(table.sum(axis=0))), float(low), float(high), people


def _direction(name: str, pairs: Pairs, kg: float, data: str, bar: float | None) -> Figure:
    chosen = pairs.at(kg)
    right = Pairs(chosen.person, chosen.forward, chosen.truth_kg, (chosen.answer_kg > 0).astype(float))
    value, low, high, n = _over_people(right, _mean)
    title = f"{_TITLE}: direction right at {kg:g} kg, {name}"
    return Figure(title, 100 * value, "%", 100 * low, 100 * high, n, data, bar)


def _correlation(name: str, pairs: Pairs, data: str, bar: float | None) -> Figure:
    value, low, high, n = _over_people(pairs, _r)
    return Figure(f"{_TITLE}: r over 0 to 4 kg, {name}", value, "", low, high, n, data, bar)


def _centred(name: str, pairs: Pairs, data: str) -> list[Figure]:
    """The unswollen pairs, each in one order only: both orders would be centred by antisymmetry alone."""
    still = pairs.at(0.0)
    still = still.where(still.forward)
    value, low, high, n = _over_people(still, _mean)
    spread = float(np.std(still.answer_kg))
    covered = 100.0 if low <= 0 <= high else 0.0
    return [
        Figure(f"{_TITLE}: mean of unswollen pairs, {name}", value, "kg", low, high, n, data),
        Figure(
            f"{_TITLE}: interval of that mean holds zero, {name}", covered, "%", None, None, n, data, 100.0
        ),
        Figure(f"{_TITLE}: sd of unswollen pairs, {name}", spread, "kg", None, None, n, data),
    ]


def figures(people: Sequence[PhotoPerson], encoder: Encoder, told: str, note: str = "") -> list[Figure]:
    """All rows of some people.

    Args:
        people: with their photographs fitted.
        encoder: with its prior.
        told: who they are, for the rows' `data`.
        note: put behind the rows' names.
    """
    amounts = sorted({strength * kg for strength in STRENGTHS for kg in AMOUNTS_KG})
    held = [_embedded(person, encoder, amounts) for person in people]
    rng = np.random.default_rng(_SEED)
    fours = _pairs([_fours(encoder, rows, rng) for rows in held])
    same = _pairs([_single(encoder, rows, 1.0, True) for rows in held])
    out: list[Figure] = []
    for strength in STRENGTHS:
        pairs = _pairs([_single(encoder, rows, strength, False) for rows in held])
        name = "one photo against another" + ("" if strength == 1 else f", strength {strength:g}") + note
        nominal = strength == 1
        data = f"{told}, {len(pairs.at(2.0).person)} pairs"
        out += [
            _direction(name, pairs, kg, data, _DIRECTION_BAR if nominal and kg == 2 else None)
            for kg in ((0.5, 1.0, 2.0, 3.0, 4.0) if nominal else (2.0,))
        ]
        out.append(_correlation(name, pairs, data, _R_BAR if nominal else None))
        if nominal:
            value, low, high, n = _over_people(pairs, _slope)
            out.append(Figure(f"{_TITLE}: kg told per kg, {name}", value, "", low, high, n, data))
            out += _centred(name, pairs, data)
    for name, pairs in (("four photos against four others", fours), ("the same photo twice (easier)", same)):
        data = f"{told}, {len(pairs.at(2.0).person)} pairs"
        name += note
        out += [_direction(name, pairs, 2.0, data, None), _correlation(name, pairs, data, None)]
    return out


def orl_swelling(out: Path, *, encoder: Encoder | None = None, names: Sequence[str] = ORL_TEST) -> None:
    """Measure on the ORL faces and write the rows; says so where the faces are absent."""
    if absent(DATA):
        return
    encoder = encoder or default_encoder()
    people = [read_person(DATA / "archive" / name, _SEED) for name in names]
    photos = sum(len(person.faces) for person in people)
    told = (
        f"orl_faces {names[0]} to {names[-1]}, {photos} real photographs of {len(people)} people, computed "
        f"swelling; encoder trained on: {encoder.trained_on}"
    )
    note = "" if tuple(names) == ORL_TEST else f", {names[0]} to {names[-1]}"
    write(out, figures(people, encoder, told, note))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orl_swelling")
    parser.add_argument("--encoder", type=Path, help="folder; the one that comes with mitate")
    parser.add_argument("--people", choices=("test", "all"), default="test")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    encoder = load_encoder(chosen.encoder) if chosen.encoder else None
    names = ORL_TEST if chosen.people == "test" else ORL_LEARN + ORL_TEST
    orl_swelling(chosen.out, encoder=encoder, names=names)


if __name__ == "__main__":
    main()
