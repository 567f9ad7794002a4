"""A face recognition network as a chain of convolutions of which the later ones learn again, quickly.

`OnnxModule` runs any graph node by node. Here the chain convolution, normalisation, PReLU is folded into one
convolution with a bias and a slope, runs channels last and, where asked for, in bfloat16: a core trains about
seven times as many faces a second. With few pictures normalisation must not learn from them anyway.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from mitate.errors import InputError
from mitate.files import write_bytes
from mitate.learn.export import apart, kept_if_same
from mitate.learn.face_chain import ROWS, chain_of, two_branches
from mitate.weights import onnx_session
from mitate.weights.graph import part_of

__all__ = ["ROWS", "FaceBody", "images_of", "rows_of", "save_network"]

_BLOCK = 32


class FaceBody(nn.Module):
    """The convolutions of a network such as SFace, up to the normalised map before its dense layer.

    Args:
        network: an ONNX file: numbers taken off and multiplied, then blocks of convolution, normalisation and
            PReLU, then a normalisation, a flattening, and whatever makes the embedding.
        first: the first convolution, counted from 0, that learns; earlier ones stay as they are.

    Raises:
        InputError: the file is another kind of network, or has no such convolution.
    """

    def __init__(self, network: Path, first: int = 0) -> None:
        super().__init__()
        self.network, self.first = network, first
        self.chain = chain_of(network)
        blocks = self.chain.blocks
        if not 0 <= first < len(blocks):
            raise InputError(f"the network has convolutions 0 to {len(blocks) - 1}, and no {first}")
        self.weights = nn.ParameterList([_weight(b.weight, i >= first) for i, b in enumerate(blocks)])
        self.biases = nn.ParameterList([_weight(b.bias, i >= first) for i, b in enumerate(blocks)])
        self.slopes = nn.ParameterList([_weight(b.slope.reshape(1, -1, 1, 1), False) for b in blocks])
        gain, offset = (_weight(one.reshape(1, -1, 1, 1), False) for one in self.chain.last)
        self.gain, self.offset = gain, offset

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, h, w) maps of images (N, 3, S, S) in 0..255."""
        with torch.no_grad():
            x = (images - self.chain.minus) * self.chain.times
            for place in range(self.first):
                x = self._block(x, place)
        for place in range(self.first, len(self.weights)):
            x = self._block(x, place)
        return x.to(self.gain.dtype) * self.gain + self.offset

    def _block(self, x: Tensor, place: int) -> Tensor:
        block = self.chain.blocks[place]
        x = F.conv2d(x, self.weights[place], self.biases[place], block.stride, block.padding, 1, block.groups)
        slope = self.slopes[place].to(x.dtype)
        # PReLU in two terms: its own backward pass takes as long as all convolutions together.
        return torch.addcmul(x * slope, x.relu(), 1 - slope)


def images_of(crops: NDArray[Any]) -> Tensor:
    """(n, 3, S, S) float32, channels last, of crops (n, S, S, 3)."""
    planes = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2)
    return planes.float().contiguous(memory_format=torch.channels_last)


def rows_of(body: FaceBody, crops: NDArray[np.uint8], *, low_precision: bool = True) -> NDArray[np.float32]:
    """(n, d) flattened maps of crops (n, S, S, 3).

    Args:
        low_precision: bfloat16, four times as fast where the processor has it.
    """
    parts = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=low_precision):
        for start in range(0, len(crops), _BLOCK):
            parts.append(body(images_of(crops[start : start + _BLOCK])).flatten(1).numpy())
    return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def save_network(body: FaceBody, path: Path, *, scale: float, size: int) -> float:
    """Write the network that looks at a face twice: as it was published, and as it has learned.

    What does not learn is shared. The tensor `ROWS` holds the frozen map and, times `scale`, the learned one;
    the output is the embedding that the published dense layer makes of the learned map.

    Args:
        body: trained.
        path: the file, written whole or not at all.
        scale: of the learned map beside the frozen one.
        size: side of the crop.

    Returns:
        The largest difference from torch in `ROWS`, over its standard deviation.

    Raises:
        MitateError: that is more than `PARITY`.
    """
    learned = [
        (np.ascontiguousarray(weight.detach().numpy()), bias.detach().numpy())
        for weight, bias in list(zip(body.weights, body.biases, strict=True))[body.first :]
    ]
    write_bytes(path, two_branches(body.chain, body.first, learned, scale))
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (4, size // 8, size // 8, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    expected = scale * rows_of(body, crops, low_precision=False)
    session = onnx_session(part_of(path, (ROWS,)))
    planes = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), np.float32)
    found = session.run(None, {session.get_inputs()[0].name: planes})[0][:, expected.shape[1] :]
    return kept_if_same(path, apart(found, expected))


def _weight(values: NDArray[np.float32], learns: bool) -> nn.Parameter:
    tensor = torch.from_numpy(values.copy())
    if tensor.dim() == 4:
        tensor = tensor.contiguous(memory_format=torch.channels_last)
    return nn.Parameter(tensor, requires_grad=learns)
