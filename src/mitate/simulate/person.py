"""A simulated patient: the bones and skin of a face, and how this face takes up fluid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.fluid import FAT_ML_PER_KG, REGIONS, FluidProfile, Visit, course, displacement_per_kg
from mitate.simulate.head import Head
from mitate.simulate.skin import Skin, SkinShift, paint_skin, sample_skin

__all__ = ["Person", "PersonProfile", "sample_person", "sex_and_years"]

# Anny's changes that make faces differ, with the standard deviation of their coefficient. Shapes that the
# fluid uses vary too, so that a full cheek alone says nothing.
_IDENTITY = {
    "cheek": 0.35,
    "chin": 0.25,
    "ear": 0.25,
    "eyebrows": 0.3,
    "eye": 0.25,
    "forehead": 0.3,
    "head": 0.2,
    "mouth": 0.2,
    "neck-double": 0.3,
    "nose": 0.2,
}
_UNPAIRED_SD = 0.04  # left and right of one face differ a little


@dataclass(frozen=True, slots=True)
class PersonProfile:
    """Who the simulated patients are. The defaults follow the published cohort (Akamatsu et al. 2022).

    Attributes:
        age: mean and sd in years (published 73.5 ± 9.4).
        male_share: 25 of 39.
        asian_share: share of East Asian features; the rest are mixed, so that an encoder sees all sorts.
        fluid: course of fluid.
        strength: multiplies every millilitre per kilogram.
        pattern_sd: log-sd of a region's share between people ("changes vary significantly from person to
            person").
        sensitivity_sd: log-sd of the whole face's response between people.
        mended_gender: men have men's faces. Without, as in all that was simulated before the protocol, the
            model's `gender` is taken the wrong way round, and pixels stay as they were.
        skin: moves the colours and marks of the skin; as they are drawn if None.
    """

    age: tuple[float, float] = (73.5, 9.4)
    male_share: float = 25 / 39
    asian_share: float = 0.6
    fluid: FluidProfile = field(default_factory=FluidProfile)
    strength: float = 1.0
    pattern_sd: float = 0.4
    sensitivity_sd: float = 0.2
    mended_gender: bool = False
    skin: SkinShift | None = None


@dataclass(frozen=True)
class Person:
    """One simulated patient, wholly determined by (seed, index, profile).

    Attributes:
        participant_id: ``sim-SEED-INDEX``.
        ml_per_kg: region → millilitres per kilogram of excess fluid, this person's pattern.
    """

    participant_id: str
    seed: int
    index: int
    sex: str
    age: int
    dry_weight_kg: float
    phenotype: Mapping[str, float]
    local: Mapping[str, float]
    skin: Skin
    ml_per_kg: Mapping[str, float]
    profile: PersonProfile
    head: Head = field(repr=False)

    @cached_property
    def neutral(self) -> NDArray[np.float32]:
        """(V, 3) metres at dry weight."""
        return self.head.neutral(self.phenotype, self.local)

    @cached_property
    def fluid_shape(self) -> NDArray[np.float32]:
        """(V, 3) metres per kilogram of excess fluid."""
        volumes = {
            change: self.ml_per_kg[region.name] / len(region.changes)
            for region in REGIONS
            for change in region.changes
        }
        return displacement_per_kg(self.head, self.neutral, volumes)

    @cached_property
    def fat_shape(self) -> NDArray[np.float32]:
        """(V, 3) metres per kilogram of body fat."""
        return displacement_per_kg(self.head, self.neutral, FAT_ML_PER_KG)

    @cached_property
    def texture(self) -> NDArray[np.float32]:
        """(rows, columns, 3) linear RGB albedo."""
        return paint_skin(self.head, self.skin)

    def face_at(self, visit: Visit) -> NDArray[np.float32]:
        """(V, 3) metres: the resting face of one visit."""
        fluid = np.float32(visit.fluid_kg + visit.puffiness_kg)
        fat = np.float32(visit.fat_kg)
        return np.asarray(self.neutral + fluid * self.fluid_shape + fat * self.fat_shape)

    def course(self, days: int) -> list[Visit]:
        """The person's dialysis days; more days only lengthen the same course."""
        return course(np.random.default_rng([self.seed, self.index, 1]), days, self.profile.fluid)


def _sample_local(rng: np.random.Generator, names: tuple[str, ...], age01: float) -> dict[str, float]:
    """Identity as coefficients of Anny's local changes; left and right go nearly together."""
    local: dict[str, float] = {}
    for name in names:
        side, _, rest = name.partition("-")
        paired = side in ("l", "r")
        stem = rest if paired else name
        sd = next((value for prefix, value in _IDENTITY.items() if stem.startswith(prefix)), 0.0)
        if sd == 0.0 or stem.startswith(("head-age", "head-angle", "ear-wing")):
            continue
        # sorted names put every l- before its r-, which then copies it
        twin = local.get(f"l-{rest}") if side == "r" else None
        value = rng.normal(0.0, sd) if twin is None else twin + rng.normal(0.0, _UNPAIRED_SD)
        local[name] = float(np.clip(value, -0.9, 0.9))
    local["head-age-incr"] = float(np.clip(age01 + rng.normal(0, 0.2), 0, 1))
    return local


def sex_and_years(seed: int, index: int, profile: PersonProfile | None = None) -> tuple[str, int]:
    """Sex and age of a person as `sample_person` draws them, without the face: to look for people by."""
    male, years = _sex_and_years(np.random.default_rng([seed, index, 0]), profile or PersonProfile())
    return "M" if male else "F", round(years)


def _sex_and_years(rng: np.random.Generator, profile: PersonProfile) -> tuple[bool, float]:
    male = bool(rng.random() < profile.male_share)
    return male, float(np.clip(rng.normal(*profile.age), 30, 95))


def sample_person(head: Head, seed: int, index: int, profile: PersonProfile | None = None) -> Person:
    """Draw patient number `index` of the population `seed`.

    Args:
        head: the head model.
        seed: of the population; other seeds are other people.
        index: of the person.
        profile: the population's make-up.
    """
    profile = profile or PersonProfile()
    rng = np.random.default_rng([seed, index, 0])
    male, years = _sex_and_years(rng, profile)
    asian = float(rng.beta(8, 1.5)) if rng.random() < profile.asian_share else float(rng.beta(1, 4))
    rest = (1 - asian) * rng.dirichlet([1.0, 1.0])
    phenotype = {
        "gender": float(np.clip((0.85 if male else 0.15) + rng.normal(0, 0.1), 0, 1)),
        "age": float(np.clip(2 / 3 + (years - 25) / 65 / 3, 0, 1)),
        "muscle": float(rng.uniform(0.2, 0.7)),
        "weight": float(np.clip(rng.normal(0.5, 0.15), 0.1, 0.95)),
        "height": float(np.clip(rng.normal(0.45, 0.1), 0.1, 0.9)),
        "proportions": 0.5,
        "asian": asian,
        "african": float(rest[0]),
        "caucasian": float(rest[1]),
    }
    if profile.mended_gender:  # the model's 0 is a man
        phenotype["gender"] = 1 - phenotype["gender"]
    local = _sample_local(rng, head.signed_changes, float(np.clip((years - 40) / 50, 0, 1)))
    whole = float(np.exp(rng.normal(0, profile.sensitivity_sd)))
    shares = {r.name: float(np.exp(rng.normal(0, profile.pattern_sd))) for r in REGIONS}
    weight = float(np.clip(rng.normal(60 if male else 51, 9), 36, 105))
    skin = sample_skin(rng, male, years, asian)
    if profile.skin is not None:
        skin = profile.skin(skin, np.random.default_rng([seed, index, 6]))
    return Person(
        participant_id=f"sim-{seed}-{index:04d}",
        seed=seed,
        index=index,
        sex="M" if male else "F",
        age=round(years),
        dry_weight_kg=round(weight, 1),
        phenotype=phenotype,
        local=local,
        skin=skin,
        ml_per_kg={r.name: profile.strength * whole * shares[r.name] * r.ml_per_kg for r in REGIONS},
        profile=profile,
        head=head,
    )
