from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mitate.face.align import edema_crop
from mitate.simulate.capture import CaptureProfile, FrameState, Sitter, sample_conditions
from mitate.simulate.fluid import Visit
from mitate.simulate.head import Head
from mitate.simulate.person import sample_person
from mitate.simulate.swell import fit_face, networks, swollen
from mitate.simulate.swell_mesh import POINTS, Pattern, shapes
from mitate.simulate.swell_shapes import _see


def test_the_shapes_are_those_of_any_other_head(head: Head, weights_ready: None) -> None:
    detector, network = networks()
    seen = _see(sample_person(head, 31, 0), detector, network)
    held = shapes()
    for row, name in enumerate(held.regions):
        own, kept = (field[row, :POINTS].ravel() for field in (seen.moves, held.mm_per_ml))
        if "cheek" in name or "lower" in name:
            assert np.corrcoef(own, kept)[0, 1] > 0.8, name
            assert own @ kept / (kept @ kept) > 0.6, name
    mesh = held.mesh_mm[:POINTS]
    assert (
        np.median(np.linalg.norm(seen.mesh[:POINTS] - mesh, axis=1)) < 6
    )  # millimetres, one head from the mean


def test_computed_swelling_resembles_a_head_that_is_drawn_anew(head: Head, weights_ready: None) -> None:
    person = sample_person(head, 77, 1)
    room = sample_conditions(np.random.default_rng([77, 1]), CaptureProfile(expression=0.5))
    room = replace(room, noise=0.0, distance_m=0.7)
    still = FrameState(0.0, 0.0, 0.0, {}, (0.0, 0.0), (0.0, 0.0), 0.0, 1)
    dry, wet = (
        Sitter(person, Visit(0, "pre", kg, 0.0, 0.0), room).picture(still, 360, 360, 98, compress=False)
        for kg in (0.0, 4.0)
    )
    face = fit_face(dry)
    pattern = Pattern({name: ml for name, ml in person.ml_per_kg.items() if name != "neck"})
    none, some = (swollen(face, pattern, kg) for kg in (0.0, 4.0))

    def change(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float64]:
        a, b = (edema_crop(one, face.mesh, 64).astype(float).mean(axis=2) for one in (before, after))
        return np.asarray((b - a).ravel())

    drawn, computed = change(dry, wet), change(none, some)
    assert np.corrcoef(drawn, computed)[0, 1] > 0.6
    assert 0.5 < drawn @ computed / (drawn @ drawn) < 1.6
