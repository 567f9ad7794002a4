"""A network of SFace's kind, small enough to train in a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save

SIDE, WIDTHS = 32, (8, 8, 12, 12)


def write_network(path: Path, *, seed: int = 0, uneven: bool = False) -> Path:
    """Four convolutions (the second depthwise), normalised, with PReLU: a map of 12 x 4 x 4, then 6-d."""
    rng = np.random.default_rng(seed)
    nodes, constants, x, before = [], [], "scaled", 3

    def constant(name: str, values: NDArray[np.floating]) -> str:
        constants.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def normalise(source: str, out: str, width: int) -> None:
        names = [
            constant(f"{out}_{k}", v)
            for k, v in (
                ("gamma", rng.uniform(0.5, 1.5, width)),
                ("beta", rng.normal(0, 0.2, width)),
                ("mean", rng.normal(0, 0.2, width)),
                ("var", rng.uniform(0.5, 1.5, width)),
            )
        ]
        nodes.append(helper.make_node("BatchNormalization", [source, *names], [out], epsilon=1e-3))

    nodes.append(helper.make_node("Sub", ["image", constant("minus", np.array([127.5]))], ["off"]))
    nodes.append(helper.make_node("Mul", ["off", constant("times", np.array([0.0078125]))], ["scaled"]))
    for place, width in enumerate(WIDTHS):
        group = before if place == 1 else 1
        fan = before // group * 9
        weight = constant(f"w{place}", rng.normal(0, (2 / fan) ** 0.5, (width, before // group, 3, 3)))
        pads = [0, 0, 1, 1] if uneven else [1, 1, 1, 1]
        step = 1 if place == 1 else 2
        geometry = {"group": group, "pads": pads, "strides": [step, step], "kernel_shape": [3, 3]}
        nodes.append(helper.make_node("Conv", [x, weight], [f"conv{place}"], **geometry))
        normalise(f"conv{place}", f"norm{place}", width)
        slope = constant(f"slope{place}", rng.uniform(0.1, 0.4, (width, 1, 1)))
        nodes.append(helper.make_node("PRelu", [f"norm{place}", slope], [f"relu{place}"]))
        x, before = f"relu{place}", width
    normalise(x, "bn1", before)
    nodes.append(helper.make_node("Flatten", ["bn1"], ["flat"]))
    dense = constant("dense", rng.normal(0, 0.1, (6, before * 16)))
    bias = constant("bias", np.zeros(6))
    nodes.append(helper.make_node("Gemm", ["flat", dense, bias], ["embedding"], transB=1))
    images = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 6])
    graph = helper.make_graph(nodes, "small", [images], [output], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def patterned(
    people: int, *, seed: int = 0, stripe: float = 18
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Crops (n, 32, 32, 3) of two classes that differ by fine stripes, a person's own face below them."""
    rng = np.random.default_rng(seed)
    targets = np.arange(people, dtype=np.int64) % 2
    rows, columns = np.mgrid[:SIDE, :SIDE]
    crops = []
    for target in targets:
        face = np.kron(rng.uniform(60, 180, (4, 4, 3)), np.ones((8, 8, 1)))
        stripes = ((rows if target else columns) // 2 % 2)[..., None] * stripe
        crops.append(face + stripes + rng.normal(0, 5, face.shape))
    return np.clip(crops, 0, 255).astype(np.uint8), targets
