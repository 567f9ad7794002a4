"""What explanations of estimates are worth: ``python -m benchmarks.edema_explain [PEOPLE [ENCODER]]``.

Only for simulated patients is it known where the fluid is. Two truths: how far each spot of the face is
displaced (the pattern), and by how much the estimate falls when the same instant is drawn anew with one
region back at the reference's fluid (what the network truly answers to). Three rivals of the explanation: the
same of a network with shuffled weights (Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018), a
blob in the middle of the picture, and, as the most that replacing can give, the explanation against the same
instant drawn without the fluid, which no clinic has.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.parts import write
from mitate.edema.crops import CropStore, open_crops, resized
from mitate.edema.encoder import NETWORK, Encoder, default_encoder, load_encoder
from mitate.edema.explain import Embeds, Explanation, explain
from mitate.edema.explain_face import NAMES, OUTSIDE, labels_of
from mitate.edema.personal import PersonalModel, personalise
from mitate.edema.prior import PatientSessions, Prior, SessionEmbeddings, fit_prior
from mitate.errors import InputError
from mitate.figures import Figure
from mitate.files import write_text
from mitate.simulate.fluid import REGIONS
from mitate.weights import onnx_session

__all__ = ["Shuffled", "Truth", "area_under_curve", "figures", "main", "measured", "true_map"]

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "edema.json"
STORE = Path(__file__).parents[1] / "build" / "bench" / "people-9001-60x8x10-96px"
SEED, DAYS, VISIT, LABELLED = 9001, 8, 8, 6  # of that store; the fifth day's pre session is explained
FRAMES, GRID = 4, 8
_OTHERS = 30  # people at the end of the store, whom the shuffled network's prior is learned from
_SWOLLEN = 0.2  # of the largest displacement: from there on a spot counts as swelling

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """One session of a simulated patient with what is true of it.

    Attributes:
        crops: (n, S, S, 3) as the store holds them.
        points: (n, 468, 2) in pixels.
        patterns: (n, 9, S, S) millimetres a kilogram, by region.
        without: (10, n, S, S, 3) the same frames with one region back at the reference's fluid, then all.
    """

    crops: NDArray[np.uint8]
    points: NDArray[np.float32]
    patterns: NDArray[np.float32]
    without: NDArray[np.uint8]

    def resized(self, side: int) -> Truth:
        """The same in crops of another side."""
        scale = side / self.crops.shape[1]
        planes = self.patterns.reshape(-1, *self.patterns.shape[2:])
        small = [cv2.resize(plane, (side, side), interpolation=cv2.INTER_AREA) for plane in planes]
        return Truth(
            resized(self.crops, side),
            ((self.points + 0.5) * scale - 0.5).astype(np.float32),
            np.stack(small).reshape(*self.patterns.shape[:2], side, side),
            np.stack([resized(one, side) for one in self.without]),
        )


def truth_of(index: int, folder: Path) -> Truth:
    """Drawn once and kept in `folder`; ten seconds a person."""
    path = folder / f"{SEED}-{index:04d}-{FRAMES}.npz"
    if not path.exists():
        from mitate.simulate.capture import CaptureProfile
        from mitate.simulate.fluid_picture import Seeing, fluid_session, levelled, recropped
        from mitate.simulate.head import load_head
        from mitate.simulate.person import sample_person

        seeing = Seeing.load()
        person = sample_person(load_head(), SEED, index)
        course = person.course(DAYS)
        capture = CaptureProfile()
        session = fluid_session(person, VISIT, DAYS, capture, frames=FRAMES, size=96, seeing=seeing)
        names = [(region.name,) for region in REGIONS] + [tuple(region.name for region in REGIONS)]
        without = [
            recropped(levelled(session, course[VISIT], course[1], regions), session, seeing)
            for regions in names
        ]
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            crops=session.crops,
            points=session.points,
            patterns=session.patterns,
            without=np.stack(without),
        )
    with np.load(path) as kept:
        return Truth(**{name: kept[name] for name in ("crops", "points", "patterns", "without")})


class Shuffled:
    """An encoder's network with every weight tensor's values in another order: it has learned nothing."""

    def __init__(self, encoder: Encoder, seed: int = 0) -> None:
        self.crop_size = encoder.crop_size
        self._path, self._seed = encoder.root / NETWORK, seed

    @cached_property
    def _session(self) -> Any:
        import onnx
        from onnx import numpy_helper

        model = onnx.load(str(self._path))
        rng = np.random.default_rng(self._seed)
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.ndim > 1:
                other = rng.permutation(values.ravel()).reshape(values.shape)
                tensor.CopyFrom(numpy_helper.from_array(other, tensor.name))
        return onnx_session(model.SerializeToString())

    def embed(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, D) float32 of crops (n, S, S, 3)."""
        name = self._session.get_inputs()[0].name
        images = [
            crops[i : i + 64].transpose(0, 3, 1, 2).astype(np.float32) for i in range(0, len(crops), 64)
        ]
        return np.concatenate([self._session.run(None, {name: block})[0] for block in images])


def patient_of(
    store: CropStore, name: str, network: Embeds, side: int, sessions: int, frames: int
) -> PatientSessions:
    """A person's first sessions, embedded."""
    own = [session for session in store.sessions if session.participant_id == name][:sessions]
    known = [
        SessionEmbeddings(
            network.embed(resized(store.crops(one)[:frames], side)), one.excess_kg, _phase(one.phase), one.day
        )
        for one in own
    ]
    return PatientSessions(name, tuple(known))


def _phase(phase: str) -> Any:
    return phase


def model_of(prior: Prior, patient: PatientSessions) -> PersonalModel:
    """His model after three labelled days, against his first post session."""
    first, second, *others = patient.sessions
    return personalise(prior, second, [first, *others], participant_id=patient.participant_id)


def area_under_curve(scores: Array, swollen: NDArray[np.bool_]) -> float:
    """Share of pairs of a swollen and another pixel in which the swollen one has the higher score."""
    from scipy.stats import rankdata

    ranks, count = rankdata(scores), int(swollen.sum())
    return float((ranks[swollen].sum() - count * (count + 1) / 2) / (count * (swollen.size - count)))


def true_map(truth: Truth, kg: Array) -> Array:
    """(n, S, S) what the network truly answers to: each region's kilograms (9,) spread as it displaces."""
    sums = np.maximum(truth.patterns.sum(axis=(2, 3), keepdims=True), 1e-9)
    return np.asarray((truth.patterns / sums * kg[None, :, None, None]).sum(axis=1), np.float64)


def _by_part(maps: Array, truth: Truth) -> Array:
    """(14,) sums over the parts of the face, mean over frames."""
    side = maps.shape[1]
    rows = [
        np.bincount(labels_of(own, side).ravel(), one.ravel(), minlength=len(NAMES))
        for one, own in zip(maps, truth.points, strict=True)
    ]
    return np.asarray(np.mean(rows, axis=0))


def measured(heat: Array, parts: Array | None, truth: Truth, caused: Array) -> dict[str, float]:
    """How well a map (S, S) and its parts (14,) tell the pattern and what the network answered to.

    Args:
        heat: larger where there is more evidence of fluid.
        parts: kilograms by part in the order of `NAMES`; None for a map that has none.
        truth: of the session.
        caused: (n, S, S) from `true_map`.
    """
    pattern = truth.patterns.sum(axis=1).mean(axis=0)
    swollen = pattern >= _SWOLLEN * pattern.max()
    evidence = np.maximum(heat, 0)
    side = len(heat)
    cause = cv2.GaussianBlur(caused.mean(axis=0), (0, 0), side / 16)
    told = {
        "area under the curve": area_under_curve(heat.ravel(), swollen.ravel()),
        "share on swelling skin": float(evidence[swollen].sum() / max(evidence.sum(), 1e-12)),
        "highest spot on swelling skin": float(swollen.ravel()[int(heat.argmax())]),
        "correlation with what the network answered to": float(
            np.corrcoef(heat.ravel(), cause.ravel())[0, 1]
        ),
        "area of swelling skin": float(swollen.mean()),
    }
    if parts is not None:
        from scipy.stats import spearmanr

        true_parts = _by_part(caused, truth)
        volume = _by_part(truth.patterns.sum(axis=1).astype(np.float64), truth)
        told["rank correlation of parts with what the network answered to"] = float(
            spearmanr(parts, true_parts)[0]
        )
        told["rank correlation of parts with displacement"] = float(spearmanr(parts, volume)[0])
        told["share off the face"] = float(abs(parts[OUTSIDE]) / max(np.abs(parts).sum(), 1e-12))
    return told


def _parts_in_order(found: Explanation) -> Array:
    by_name = {part.name: part.kg for part in found.parts}
    return np.array([by_name[name] for name in NAMES])


def person(
    index: int, store: CropStore, encoder: Encoder, shuffled: tuple[Shuffled, Prior], folder: Path
) -> tuple[dict[str, dict[str, float]], Array]:
    """All measures of one person by method, and the kilograms (10,) that each region and all truly cause."""
    name = f"sim-{SEED}-{index:04d}"
    side = encoder.crop_size
    truth = truth_of(index, folder)
    own = [session for session in store.sessions if session.participant_id == name]
    if not np.array_equal(store.crops(own[VISIT])[:FRAMES], truth.crops):
        raise InputError(
            "the drawn session is not the stored one", where=name, todo="delete its truth and store"
        )
    truth = truth.resized(side)
    reference = resized(np.concatenate([store.crops(own[i]) for i in range(1, LABELLED, 2)]), side)
    later = [resized(store.crops(own[place])[: FRAMES // 2], side) for place in (VISIT + 2, VISIT + 4)]
    wet = np.concatenate([truth.crops, *later])
    model = model_of(encoder.prior, patient_of(store, name, encoder, side, LABELLED, 10))
    weights = model.basis.T.astype(np.float64) @ model.mean[1:]
    with_all = encoder.embed(truth.crops) @ weights
    kg = np.array([float(np.mean(with_all - encoder.embed(one) @ weights)) for one in truth.without])
    caused = true_map(truth, kg[:-1])
    blank = shuffled[0]
    other = model_of(shuffled[1], patient_of(store, name, blank, side, LABELLED, 10))
    told: dict[str, dict[str, float]] = {}
    for method, patient, network, crops, against in (
        ("one session", model, encoder, truth.crops, reference),
        ("three sessions", model, encoder, wet, reference),
        ("shuffled weights", other, blank, truth.crops, reference),
        ("against the same instant without fluid", model, encoder, truth.crops, truth.without[-1]),
    ):
        found = explain(patient, network, crops, reference=against, frames=len(crops), grid=GRID)
        told[method] = measured(found.map_kg, _parts_in_order(found), truth, caused)
    y, x = np.mgrid[:side, :side] / (side - 1) - 0.5
    told["middle of the picture"] = measured(np.exp(-(x**2 + y**2) / (2 * 0.25**2)), None, truth, caused)
    return told, kg


def kept(
    index: int,
    store: CropStore,
    encoder: Encoder,
    shuffled: Callable[[], tuple[Shuffled, Prior]],
    folder: Path,
) -> tuple[dict[str, dict[str, float]], Array]:
    """As `person`; measured once for each encoder and kept in `folder`, so that a stopped run goes on."""
    path = folder / f"measured-{encoder.sha256[:12]}-{SEED}-{index:04d}-{FRAMES}-{GRID}.json"
    if not path.exists():
        told, kg = person(index, store, encoder, shuffled(), folder)
        write_text(path, json.dumps({"told": told, "kg": kg.tolist()}))
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["told"], np.array(content["kg"])


def _row(name: str, values: Array, unit: str, data: str) -> Figure:
    """The mean over people with its interval, people drawn with replacement."""
    scale = 100.0 if unit == "%" else 1.0
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1) * scale
    low, high = np.percentile(means, (2.5, 97.5))
    return Figure(name, float(values.mean() * scale), unit, float(low), float(high), len(values), data)


def figures(told: list[dict[str, dict[str, float]]], kg: Array, data: str) -> list[Figure]:
    """Rows of every method and measure, and of what each region truly does to the estimate."""
    rows = []
    for method in told[0]:
        for measure in told[0][method]:
            unit = "%" if measure.startswith(("share", "highest", "area of")) else ""
            values = np.array([one[method][measure] for one in told])
            rows.append(_row(f"explanation: {measure}, {method}", values, unit, data))
    for worse in ("shuffled weights", "middle of the picture"):
        for measure in ("area under the curve", "correlation with what the network answered to"):
            values = np.array([one["three sessions"][measure] - one[worse][measure] for one in told])
            rows.append(_row(f"explanation: {measure}, three sessions minus {worse}", values, "", data))
    names = [region.name.replace("_", " ") for region in REGIONS]
    for place, name in enumerate([*names, "all regions"]):
        rows.append(
            _row(f"explanation: fall of the estimate without the fluid of {name}", kg[:, place], "kg", data)
        )
    return rows


def main(arguments: list[str]) -> int:
    """Measure on so many people (12) with an encoder (the one that comes along)."""
    cv2.setNumThreads(1)
    people = int(arguments[0]) if arguments else 12
    if people > 60 - _OTHERS:
        raise InputError(f"there are {60 - _OTHERS} people to measure on", where="PEOPLE")
    if not STORE.exists():
        print(f"skipped: {STORE.name} was not made; the benchmark accuracy makes it", file=sys.stderr)
        return 0
    encoder = load_encoder(Path(arguments[1])) if len(arguments) > 1 else default_encoder()
    store = open_crops(STORE)
    side = encoder.crop_size

    @cache
    def shuffled() -> tuple[Shuffled, Prior]:
        blank = Shuffled(encoder)
        others = [patient_of(store, name, blank, side, 6, 2) for name in store.participants[-_OTHERS:]]
        return blank, fit_prior(others, encoder_sha256="", trained_on="simulated", crop_size=side)

    told, kg = [], []
    for index in range(people):
        one, caused = kept(index, store, encoder, shuffled, STORE.with_name("explain-truth"))
        told.append(one)
        kg.append(caused)
        print(index, {method: [round(v, 2) for v in values.values()] for method, values in one.items()})
    data = (
        f"simulated, {people} patients, seed {SEED}, {encoder.crop_size} px, {FRAMES} frames, {GRID} x {GRID}"
    )
    write(OUT, figures(told, np.array(kg), data))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
