"""A model as one ONNX file that needs nothing of mitate: a face in, probabilities and strangeness out.

The network is cut where the model takes its rows, and what follows is added in ONNX's own operations: the
linear head, the calibrated softmax and the measure of strangeness. The file is run and compared with the
model before it is kept. Beside it lie a card for programs and a page for people, which say how to make the
crop and the prediction set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.card import card_in_words
from mitate.diagnosis.model import DiagnosisModel
from mitate.diagnosis.unlike import LEAST_OUTSIDE
from mitate.errors import InputError, MitateError
from mitate.face.align import ARCFACE_TEMPLATE
from mitate.files import new_folder, write_bytes, write_text
from mitate.weights import onnx_session

__all__ = ["CARD", "MODEL", "PAGE", "PARITY", "Exported", "export"]

MODEL, CARD, PAGE = "model.onnx", "card.json", "README.md"
PARITY = 1e-4
"""Largest allowed difference of a probability."""

_STRANGENESS_PARITY = 1e-2  # of a measure whose spread over people is about 1.5
_SIDE = 112
_POINTS = (
    "right eye",
    "left eye",
    "tip of the nose",
    "right corner of the mouth",
    "left corner of the mouth",
)
_STAYS = ("seen",)  # checksums of patients' photos and names are for those who have them
_TODO = "please report this with the versions of onnx and onnxruntime"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        folder: with `MODEL`, `CARD` and `PAGE`.
        bytes: of the ONNX file.
        parity: largest difference of a probability from the model's.
        strangeness_parity: the same of the strangeness.
        compared: crops that both were asked.
    """

    folder: Path
    bytes: int
    parity: float
    strangeness_parity: float
    compared: int


def export(model: DiagnosisModel, out: Path, crops: NDArray[np.uint8] | None = None) -> Exported:
    """Write a model as ONNX, with card and page, whole or not at all.

    Args:
        model: from `mitate.diagnosis.model_files.load_model`.
        out: a folder; must not exist, or be empty.
        crops: (n, 112, 112, 3) real faces to compare on, beside made-up pictures.

    Raises:
        InputError: the folder has something in it.
        MitateError: the file does not say what the model says; nothing is left.
        OSError: it cannot be written.
    """
    out = out.resolve()
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise InputError("there is something in this place", where=out, todo="give a new folder")
    content = _graph(model)
    pictures = _pictures() if crops is None or not len(crops) else np.concatenate([_pictures(), crops])
    with new_folder(out) as part:
        write_bytes(part / MODEL, content)
        parity, strange = _parity(model, part / MODEL, pictures)
        if not (parity <= PARITY and strange <= _STRANGENESS_PARITY):
            raise MitateError(
                f"the exported file differs from the model by {parity:.2g} in a probability and by "
                f"{strange:.2g} in strangeness",
                where=out,
                todo=_TODO,
            )
        card = _card(model, content, parity, strange, len(pictures))
        write_text(part / CARD, json.dumps(card, indent=1, ensure_ascii=False) + "\n")
        write_text(part / PAGE, _page(model))
    return Exported(out, len(content), parity, strange, len(pictures))


def _graph(model: DiagnosisModel) -> bytes:
    """The whole as ONNX: ``crop`` N×3×112×112 → ``probabilities`` N×K and ``strangeness`` N."""
    import onnx
    from onnx import TensorProto, helper

    from mitate.weights.graph import part_of

    base = onnx.load_from_string(part_of(model.embedder.network, (model.embedder.layer,)))
    opset = max(one.version for one in base.opset_import if one.domain in ("", "ai.onnx"))
    source, rows = base.graph.input[0].name, base.graph.output[0].name
    build = _Build(opset)
    flat = build.node("Flatten", [rows], axis=1)
    _add_head(build, model, flat)
    _add_strangeness(build, model, flat)
    classes = len(model.labels)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["crop"], [source]), *base.graph.node, *build.nodes],
        "facial diagnosis: research use, not a medical device",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, ["n", 3, _SIDE, _SIDE])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", classes]),
            helper.make_tensor_value_info("strangeness", TensorProto.FLOAT, ["n", 1]),
        ],
        [*base.graph.initializer, *build.constants],
    )
    whole = helper.make_model(graph, opset_imports=base.opset_import, ir_version=base.ir_version)
    told = {
        "labels": json.dumps(list(model.labels)),
        "trained_on": model.trained_on,
        "model_id": model.model_id,
    }
    helper.set_model_props(whole, told | {"intended_use": str(model.card.get("intended_use", ""))})
    onnx.checker.check_model(whole)
    return bytes(whole.SerializeToString())


class _Build:
    """Nodes and constants that are added to a graph, under names of their own."""

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any, kind: type[np.generic] = np.float32) -> str:
        from onnx import numpy_helper

        name = f"mitate_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = output or f"mitate_value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def sum_of_squares(self, rows: str, width: int) -> str:
        """(n, 1); a product with ones, since reductions changed their form between versions of ONNX."""
        return self.node("MatMul", [self.node("Mul", [rows, rows]), self.constant(np.ones((width, 1)))])

    def largest(self, rows: str) -> str:
        """(n, 1) the largest value of each row."""
        if self.opset >= 18:
            return self.node("ReduceMax", [rows, self.constant([1], np.int64)], keepdims=1)
        return self.node("ReduceMax", [rows], axes=[1], keepdims=1)


def _add_head(build: _Build, model: DiagnosisModel, rows: str) -> None:
    head, calibration = model.head, model.calibration
    centred = build.node("Sub", [rows, build.constant(head.mean[None])])
    if head.unit:
        centred = build.node("LpNormalization", [centred], axis=1, p=2)
    # Calibration is linear before its softmax, so that both become one product.
    weights = build.constant(calibration.slope * head.weights.T)
    offsets = build.constant(calibration.slope * head.bias + calibration.offsets)
    logits = build.node("Gemm", [centred, weights, offsets])
    build.node("Softmax", [logits], "probabilities", axis=1)


def _add_strangeness(build: _Build, model: DiagnosisModel, rows: str) -> None:
    unlike = model.unlike
    tiny = build.constant(np.full((1, 1), 1e-12))
    off = build.node(
        "Sub", [build.node("LpNormalization", [rows], axis=1, p=2), build.constant(unlike.mean[None])]
    )
    squares = build.node("Max", [build.sum_of_squares(off, len(unlike.mean)), tiny])
    within = build.node("MatMul", [off, build.constant(unlike.basis.T)])
    inside = build.sum_of_squares(within, len(unlike.basis))
    least = build.node("Mul", [squares, build.constant(np.full((1, 1), LEAST_OUTSIDE))])
    outside = build.node("Log", [build.node("Max", [build.node("Sub", [squares, inside]), least])])
    claims = build.node("MatMul", [off, build.constant(unlike.weights.T)])
    claims = build.node("Div", [claims, build.node("Sqrt", [squares])])
    claimed = build.largest(build.node("Add", [claims, build.constant(unlike.share[None])]))
    # ((log / 2 - centre0) / spread0) + ((-claimed - centre1) / spread1)
    first = build.node("Mul", [outside, build.constant(np.full((1, 1), 0.5 / unlike.spread[0]))])
    second = build.node("Mul", [claimed, build.constant(np.full((1, 1), 1.0 / unlike.spread[1]))])
    shift = build.constant(np.full((1, 1), float((unlike.centre / unlike.spread).sum())))
    build.node("Sub", [build.node("Sub", [first, second]), shift], "strangeness")


def _pictures() -> NDArray[np.uint8]:
    """(16, 112, 112, 3) made-up pictures: smooth, fine, and of one colour."""
    rng = np.random.default_rng(0)
    smooth = rng.integers(0, 256, (10, 7, 7, 3)).repeat(16, axis=1).repeat(16, axis=2)
    fine = rng.integers(0, 256, (4, _SIDE, _SIDE, 3))
    even = np.stack([np.full((_SIDE, _SIDE, 3), shade) for shade in (0, 255)])
    return np.concatenate([smooth, fine, even]).astype(np.uint8)


def _parity(model: DiagnosisModel, path: Path, crops: NDArray[np.uint8]) -> tuple[float, float]:
    session = onnx_session(path)
    probability = strange = 0.0
    for start in range(0, len(crops), 16):
        some = crops[start : start + 16]
        judged = model.judge(some)
        planes = np.ascontiguousarray(some.transpose(0, 3, 1, 2), np.float32)
        found, unlike = session.run(["probabilities", "strangeness"], {"crop": planes})
        probability = max(probability, float(np.abs(found - judged.probabilities).max()))
        strange = max(strange, float(np.abs(unlike[:, 0] - judged.unlike).max()))
        if not (np.isfinite(found).all() and np.isfinite(unlike).all()):
            return float("inf"), float("inf")
    return probability, strange


def _card(
    model: DiagnosisModel, content: bytes, parity: float, strange: float, compared: int
) -> dict[str, Any]:
    return {
        "kind": "mitate diagnosis export",
        "version": 1,
        "model_id": model.model_id,
        "trained_on": model.trained_on,
        "input": {
            "name": "crop",
            "shape": ["n", 3, _SIDE, _SIDE],
            "values": "red, green, blue; float32, 0 to 255",
            "template": {
                name: [round(float(x), 4), round(float(y), 4)]
                for name, (x, y) in zip(_POINTS, ARCFACE_TEMPLATE, strict=True)
            },
        },
        "outputs": {
            "probabilities": ["n", len(model.labels)],
            "strangeness": ["n", 1],
        },
        "labels": list(model.labels),
        "coverage": model.coverage,
        "prediction_sets": model.conformal.as_dict(),
        "least_quality": model.least_quality,
        "parity": {"probabilities": parity, "strangeness": strange, "crops": compared},
        "sha256": {MODEL: hashlib.sha256(content).hexdigest()},
        "card": {name: told for name, told in model.card.items() if name not in _STAYS},
    }


_HOW = """
## How to apply it

`model.onnx` reads faces as `crop`, n × 3 × 112 × 112, red, green, blue, float32 from 0 to 255. Find five
points of the face and carry them by the least-squares similarity (turn, scale and shift) onto these, in
pixels; right and left are the person's:

{points}

It answers with `probabilities` (n × {classes}: {labels}), which suppose that one of the classes is right, and
`strangeness` (n × 1), the larger the less the face is like anything learned from. Do not use the former
without the latter. The prediction set, which holds the true class in {percent} of 100 people of the classes:

```python
import json
from pathlib import Path

import numpy as np
import onnxruntime

card = json.loads(Path("card.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])


def place(scale, value):
    return np.interp(value, scale["points"], scale["levels"], left=0.0, right=1.0)


def prediction_set(crop):  # (112, 112, 3) uint8, RGB
    planes = crop.transpose(2, 0, 1)[None].astype(np.float32)
    (probabilities,), ((strangeness,),) = session.run(None, {{"crop": planes}})
    sets = card["prediction_sets"]
    logs = np.log(np.maximum(probabilities, 1e-9))
    behind = place(sets["by_label"], logs.max() - logs)
    worse = np.maximum(behind, place(sets["by_unlike"], strangeness))
    scales = [sets["scales"][group] for group in sets["group"]]
    p = [max(1 - place(s, w), 1 / (s["people"] + 1)) for s, w in zip(scales, worse)]
    return [label for label, one in zip(card["labels"], p) if one > 1 - card["coverage"]]
```

No class in the set: the face is like none of them. All of them in it: it cannot be told.
"""


def _page(model: DiagnosisModel) -> str:
    points = "\n".join(
        f"- {name}: {x:.4f}, {y:.4f}" for name, (x, y) in zip(_POINTS, ARCFACE_TEMPLATE, strict=True)
    )
    how = _HOW.format(
        points=points,
        classes=len(model.labels),
        labels=", ".join(model.labels),
        percent=f"{100 * model.coverage:g}",
    )
    return card_in_words({**model.card, "model_id": model.model_id}) + how
