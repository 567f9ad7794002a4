"""The rooms that simulated patients are filmed in: what lights them, and what is behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.simulate.render import Lamp, Light

__all__ = ["WindowRooms", "illumination", "light_band", "sample_light", "sample_wall"]

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WindowRooms:
    """Rooms of another kind: a window low at one side, and warm lamps in the ceiling.

    Each attribute is the mean and the sd over sessions. `CaptureProfile.light` multiplies every sd; at 0 all
    sessions are in the same room.

    Attributes:
        azimuth_deg: of the window from straight ahead; which side is drawn.
        height_deg: of the window above the face.
        window: strength.
        softness: of the window, as `Light.wrap`.
        coolness: of the window: blue over red.
        lamps: strength of those in the ceiling.
        warmth: of the lamps: red over blue.
        ambient: light from everywhere.
    """

    azimuth_deg: tuple[float, float] = (48.0, 18.0)
    height_deg: tuple[float, float] = (8.0, 9.0)
    window: tuple[float, float] = (0.42, 0.15)
    softness: tuple[float, float] = (0.55, 0.12)
    coolness: tuple[float, float] = (0.10, 0.06)
    lamps: tuple[float, float] = (0.38, 0.1)
    warmth: tuple[float, float] = (0.16, 0.06)
    ambient: tuple[float, float] = (0.28, 0.08)

    def sample(self, rng: np.random.Generator, amount: float) -> Light:
        """Draw one room.

        Args:
            rng: of its own.
            amount: multiplies every spread.
        """

        def draw(of: tuple[float, float], low: float, high: float) -> float:
            return float(np.clip(of[0] + amount * rng.normal(0.0, of[1]), low, high))

        side = -1.0 if amount > 0 and rng.random() < 0.5 else 1.0
        azimuth = np.deg2rad(side * draw(self.azimuth_deg, -20, 85))
        height = np.deg2rad(draw(self.height_deg, -10, 45))
        cool, warm = draw(self.coolness, 0, 0.4), draw(self.warmth, 0, 0.5)
        level = draw(self.ambient, 0.08, 0.5)
        over = np.deg2rad(draw((62.0, 8.0), 40, 80))
        across = draw((0.0, 0.35), -1, 1)
        lamps = Lamp(
            direction=_unit(across * np.cos(over), np.sin(over), np.cos(over)),
            strength=draw(self.lamps, 0.05, 0.8),
            colour=np.array([1 + warm, 1.0, 1 - 1.2 * warm]),
            wrap=0.4,
        )
        return Light(
            direction=_unit(
                np.sin(azimuth) * np.cos(height), np.sin(height), np.cos(azimuth) * np.cos(height)
            ),
            key=draw(self.window, 0.15, 1.1),
            fill=0.0,
            fill_direction=_unit(-side, 0.1, 0.6),
            above=level * np.array([1 + 0.5 * warm, 1.0, 1 - 0.6 * warm]),
            below=level * draw((0.55, 0.12), 0.2, 0.9) * np.array([1.04, 1.0, 0.95]),
            key_colour=np.array([1 - 0.6 * cool, 1.0, 1 + cool]),
            wrap=draw(self.softness, 0.1, 0.9),
            shine=draw((0.16, 0.05), 0.02, 0.4),
            lamps=(lamps,),
        )


def _unit(x: float, y: float, z: float) -> NDArray[np.float64]:
    vector = np.array([x, y, z])
    return np.asarray(vector / np.linalg.norm(vector))


def sample_light(rng: np.random.Generator, amount: float) -> Light:
    """A clinic or a home: ceiling lights, a window to one side, warm or cold.

    Args:
        rng: of the session.
        amount: 0 (one fixed room) to 1 (nominal) and above.
    """
    azimuth = np.deg2rad(amount * rng.normal(0, 45))
    height = np.deg2rad(float(np.clip(40 + amount * rng.normal(0, 18), -5, 80)))
    warm = amount * rng.normal(0, 0.08)
    level = float(np.clip(0.30 + amount * rng.normal(0, 0.09), 0.1, 0.6))
    return Light(
        direction=_unit(np.sin(azimuth) * np.cos(height), np.sin(height), np.cos(azimuth) * np.cos(height)),
        key=float(np.clip(0.65 + amount * rng.normal(0, 0.2), 0.15, 1.2)),
        fill=float(np.clip(0.18 + amount * rng.normal(0, 0.08), 0, 0.5)),
        fill_direction=_unit(-np.sign(azimuth) * 0.8 + amount * rng.normal(0, 0.3), 0.1, 0.6),
        above=level * np.array([1 + warm, 1.0, 1 - warm]),
        below=level * float(rng.uniform(0.3, 0.7)) * np.array([1 + 0.03, 1.0, 0.97]),
        key_colour=np.array([1 + warm, 1.0, 1 - 1.3 * warm]),
        wrap=float(np.clip(0.35 + amount * rng.normal(0, 0.15), 0.05, 0.8)),
        shine=float(np.clip(0.12 + amount * rng.normal(0, 0.05), 0.02, 0.35)),
    )


def sample_wall(rng: np.random.Generator) -> FloatArray:
    """(3,) linear RGB of a wall or a curtain: some grey with a tint."""
    colour = rng.uniform(0.08, 0.8) + rng.normal(0, 0.07, 3)
    return np.asarray(colour.clip(0.03, 0.95), dtype=np.float32)


def illumination(light: Light, normal: NDArray[np.floating]) -> float:
    """Light that a white surface facing `normal` (3,) gets, mean of the colours; no shadow is cast."""

    def wrapped(direction: NDArray[np.floating], wrap: float) -> float:
        return float(max(0.0, (float(normal @ direction) + wrap) / (1 + wrap)) ** (1 + wrap))

    up = 0.5 + 0.5 * float(normal[1])
    total = up * np.mean(light.above) + (1 - up) * np.mean(light.below)
    total += light.key * np.mean(light.key_colour) * wrapped(light.direction, light.wrap)
    total += light.fill * wrapped(light.fill_direction, light.wrap)
    for lamp in light.lamps:
        total += lamp.strength * np.mean(lamp.colour) * wrapped(lamp.direction, lamp.wrap)
    return float(total)


def light_band(light: Light, exposure: float) -> str:
    """``from the side``, ``dim`` or ``even``, to look at captures by.

    From the side: one cheek gets more than 1.8 times the light of the other. Dim: the front of the face is
    exposed to less than 0.75; the nominal rooms' median is 0.9.
    """
    left, right = (illumination(light, _unit(side, 0.0, 0.75)) for side in (0.66, -0.66))
    if max(left, right) > 1.8 * min(left, right):
        return "from the side"
    return "dim" if exposure * illumination(light, _unit(0, 0, 1)) < 0.75 else "even"
