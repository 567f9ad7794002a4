"""A model that needs no installed weights: mean colours of blocks, and made-up people of three classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from mitate.diagnosis.card import model_card
from mitate.diagnosis.embedders import Embedder
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.linear import LinearSvm, fit_linear
from mitate.diagnosis.model import DiagnosisModel
from mitate.diagnosis.nested import calibrated
from mitate.diagnosis.photographs import LeftOut, Photo
from mitate.diagnosis.unlike import Unlike, strangeness

LABELS = ("amber", "blue", "coral")
_COLOURS = np.array([[210, 170, 60], [70, 110, 190], [220, 110, 90]], np.float64)


def made_up_crops(classes: NDArray[np.integer], seed: int, *, spread: float = 60.0) -> NDArray[np.uint8]:
    """(n, 112, 112, 3) blocks of 16 px, each class about its own colour."""
    rng = np.random.default_rng(seed)
    blocks = _COLOURS[classes][:, None, None, :] + rng.normal(0, spread, (len(classes), 7, 7, 3))
    person = rng.normal(0, 25, (len(classes), 1, 1, 3))
    small = np.clip(blocks + person, 0, 255).astype(np.uint8)
    return np.asarray(small.repeat(16, axis=1).repeat(16, axis=2), np.uint8)


def block_network(folder: Path) -> Path:
    """An ONNX file that averages blocks of 16 px: N×3×112×112 → N×147."""
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[16, 16], strides=[16, 16]),
            helper.make_node("Flatten", ["means"], ["row"]),
        ],
        "blocks",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 112, 112])],
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["n", 147])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "blocks.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def made_up_faces(people: int = 25) -> Faces:
    """So many people of each class, one photo each."""
    targets = np.repeat(np.arange(3), people)
    n = len(targets)
    photos = tuple(
        Photo(Path(f"{i}.jpg"), f"p{i}", LABELS[k], {"sex": "FM"[i % 2]}, "written", "CC0")
        for i, k in enumerate(targets)
    )
    return Faces(
        photos=photos,
        crops=made_up_crops(targets, 1),
        mesh=np.zeros((n, 468, 2), np.float32),
        backgrounds=np.zeros((n, 64, 64, 3), np.uint8),
        thumbnails=np.zeros((n, 16, 16, 3), np.uint8),
        facts=np.zeros((n, 1), np.float32),
        quality=np.full(n, 0.7, np.float32),
        digests=tuple(f"{i:064x}" for i in range(n)),
        left_out=(LeftOut(Photo(Path("x.jpg"), "x", "amber"), "no_face", "no face is seen", ""),),
        trained_on="simulated",
    )


def small_model(folder: Path, *, unit: bool = True) -> DiagnosisModel:
    """A model of `made_up_faces`, its network in `folder`."""
    faces = made_up_faces()
    embedder = Embedder(block_network(folder))
    rows = embedder(faces.crops)
    machine = LinearSvm(
        "blocks",
        "transfer",
        "mean colours",
        {"blocks": rows},
        faces.targets,
        faces.persons,
        3,
        normalisations=("unit",) if unit else ("standard",),
        costs=(1.0,),
        strangeness=strangeness,
    )
    everybody = np.arange(len(faces))
    run = machine.run(everybody, everybody[:0], inner=True)
    calibration, conformal = calibrated(run, faces.targets, faces.persons)
    return DiagnosisModel(
        labels=LABELS,
        embedder=embedder,
        own_network=True,
        head=fit_linear(rows, faces.targets, 3, 1.0, "unit" if unit else "standard"),
        calibration=calibration,
        unlike=Unlike.fit(rows, faces.targets, faces.persons),
        conformal=conformal,
        trained_on="simulated",
        card=model_card(
            "made up",
            faces,
            method="mean colours",
            figures={"top-1": {"value": 0.9, "low": 0.85, "high": 0.95, "n": 75, "unit": ""}},
        ),
        least_quality=0.3,
    )
