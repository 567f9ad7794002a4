"""From a trained lift to the files that run without torch, its errors set right on people it has not seen."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mitate.body.lift_input import PATCH_SIDE, VECTOR
from mitate.body.lift_output import Lifted, split
from mitate.body.outline import OutlineModel
from mitate.body.recording import ANGLES
from mitate.files import write_text
from mitate.learn.export import apart, kept_if_same, write_onnx
from mitate.learn.lift import LiftSettings, answers_of
from mitate.learn.lift_batches import Clip, LiftBatch, TargetParts
from mitate.learn.lift_net import CODE, MOMENTS, LiftNet
from mitate.learn.lift_outline import held_out_curves, outline_numbers
from mitate.weights import onnx_session
from mitate.weights.store import digest_of

__all__ = ["calibration", "export_lift", "judged"]

_WITHIN = 0.68  # share of errors that one standard deviation is to hold
_EDGE = (MOMENTS - 1) // 2


def judged(net: LiftNet, clips: list[Clip]) -> tuple[Lifted, TargetParts, NDArray[np.int64]]:
    """Answers for every inner moment of clips, the truth beside them, and the clip of each.

    Returns:
        Lifted rows, the truth of the same rows (n, …), and (n,) indices of clips.
    """
    rows, truths, whose = [], [], []
    for index, clip in enumerate(clips):
        whole = TargetParts(
            clip.angles[None],
            clip.joints[None],
            clip.curve[None],
            np.tile(clip.view[1:], (1, len(clip.seen), 1)),
            clip.seen[None],
        )
        answer = answers_of(net, LiftBatch(clip.vectors[None], clip.patches[None], whole))[0]
        known = clip.seen[_EDGE : len(clip.seen) - _EDGE]
        rows.append(answer[known])
        inner = slice(_EDGE, len(clip.seen) - _EDGE)
        parts = (whole.angles, whole.joints, whole.curve, whole.tilt, whole.known)
        truths.append([part[0, inner][known] for part in parts])
        whose.append(np.full(int(known.sum()), index))
    truth = TargetParts(*(np.concatenate(part) for part in zip(*truths, strict=True)))
    return split(np.concatenate(rows)), truth, np.concatenate(whose)


def off_by(lifted: Lifted, truth: TargetParts) -> NDArray[np.float64]:
    """(n, 14) signed errors in degrees; of turns the shorter way round."""
    return np.asarray((lifted.angles - truth.angles + 180.0) % 360.0 - 180.0)


def calibration(net: LiftNet, clips: list[Clip]) -> dict[str, Any]:
    """Factors that set the network's errors right, and how far off it is, on clips of other people."""
    clips = [clip for clip in clips if clip.pictured]
    lifted, truth, whose = judged(net, clips)
    off = np.abs(off_by(lifted, truth))
    ratio = off / lifted.angle_sd
    outline = outline_numbers(net, clips)
    curve_off, told = held_out_curves(net, clips, OutlineModel.of({"outline": outline}))
    return {
        "sd_factor": {name: float(np.quantile(ratio[:, i], _WITHIN)) for i, name in enumerate(ANGLES)},
        "curve_factor": float(np.median(curve_off / told)),
        "outline": outline,
        "held_out": {
            "people": len(clips),
            "moments": len(whose),
            "median_error_deg": {name: float(np.median(off[:, i])) for i, name in enumerate(ANGLES)},
            "median_curve_error_percent_of_height": float(np.median(curve_off)),
        },
    }


def export_lift(
    net: LiftNet, clips: list[Clip], out: Path, settings: LiftSettings, told: Mapping[str, Any]
) -> dict[str, Any]:
    """Write ``frame.onnx``, ``time.onnx`` and ``card.json`` into `out`, and check them against torch.

    Args:
        clips: of people that the network has not learned from.
        told: what the card says besides: people, clips, what it was trained on.

    Raises:
        MitateError: an exported file disagrees with the network.
    """
    out.mkdir(parents=True, exist_ok=True)
    net.eval()
    rng = np.random.default_rng(0)
    frames = (
        torch.from_numpy(rng.normal(size=(3, VECTOR)).astype(np.float32)),
        torch.from_numpy(rng.uniform(0, 255, (3, PATCH_SIDE, PATCH_SIDE)).astype(np.float32)),
    )
    codes = (torch.from_numpy(rng.normal(size=(3, MOMENTS, CODE)).astype(np.float32)),)
    worst = max(
        _export(net.frame, frames, ("vectors", "patches"), out / "frame.onnx"),
        _export(net.time, codes, ("codes",), out / "time.onnx"),
    )
    card = {
        "name": "lift",
        "role": "points and silhouette of a film to the body in space and the curve of its back",
        "version": 1,
        **told,
        "settings": asdict(settings),
        **calibration(net, clips),
        "parity": worst,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "licence": "Apache-2.0",
        "sha256": {name: digest_of(out / name).sha256 for name in ("frame.onnx", "time.onnx")},
    }
    write_text(out / "card.json", json.dumps(card, indent=2) + "\n")
    return card


def _export(net: nn.Module, example: tuple[Tensor, ...], names: tuple[str, ...], path: Path) -> float:
    """One ONNX file with a free number of rows, and its largest difference from torch over its scale."""
    write_onnx(net, example, path, names, "answer")
    with torch.no_grad():
        expected = net(*example).numpy()
    given = {name: part.numpy() for name, part in zip(names, example, strict=True)}
    found = onnx_session(path).run(None, given)[0]
    return kept_if_same(path, apart(found, expected))
