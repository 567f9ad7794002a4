"""Who is it: SFace embeddings, so that the clip of another person is refused.

SFace: Zhong et al., "SFace: Sigmoid-constrained hypersphere loss for robust face recognition", IEEE
Transactions on Image Processing 30, 2021. The file is OpenCV's, 0.994 on LFW.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.weights import onnx_session, path_of

__all__ = ["DIMENSIONS", "SAME_PERSON_COSINE", "FaceEmbedder", "identity_of", "same_person", "similarity_of"]

DIMENSIONS = 128
SAME_PERSON_COSINE = 0.363
"""Cosine at or above which two faces are taken for one person.

OpenCV's published threshold for this network (OpenCV Zoo, models/face_recognition_sface/sface.py, and the
tutorial "DNN-based face detection and recognition"). On the portraits of the test data, pairs of one person
years apart begin at 0.60 and other people end at 0.25.
"""


class FaceEmbedder:
    """SFace through onnxruntime.

    Raises:
        WeightsError: the weights are not installed.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._session = onnx_session(path_of("sface"), threads=threads)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings of aligned faces.

        Args:
            crops: (n, 112, 112, 3) uint8 RGB on the five-point ArcFace template.

        Returns:
            (n, 128) float32, rows of length 1.

        Raises:
            InputError: the crops have another shape or type.
        """
        if crops.ndim != 4 or crops.shape[1:] != (112, 112, 3) or crops.dtype != np.uint8:
            raise InputError(f"crops must be uint8 (n, 112, 112, 3), not {crops.dtype} {crops.shape}")
        if len(crops) == 0:
            return np.zeros((0, DIMENSIONS), np.float32)
        planes = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), dtype=np.float32)
        rows = np.asarray(self._session.run(None, {self._input: planes})[0], np.float32)
        return _unit(rows)


def identity_of(embeddings: NDArray[np.floating]) -> NDArray[np.float32]:
    """One embedding for several frames of one person: the mean of the unit rows (n, 128), made unit again.

    Raises:
        InputError: there are no rows.
    """
    if len(embeddings) == 0:
        raise InputError("no embeddings to take an identity from")
    return np.asarray(_unit(np.asarray(embeddings, np.float32).mean(axis=0, keepdims=True))[0], np.float32)


def similarity_of(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Cosine between two embeddings (128,), -1 to 1.

    Raises:
        InputError: they are not two vectors of one length.
    """
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(f"two embeddings of one length are needed, not {a.shape} and {b.shape}")
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.dot(a, b)) / norms if norms > 0 else 0.0


def same_person(
    a: NDArray[np.floating], b: NDArray[np.floating], *, threshold: float = SAME_PERSON_COSINE
) -> bool:
    """Whether two embeddings (128,) are of one person."""
    return similarity_of(a, b) >= threshold


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
