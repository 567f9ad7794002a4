"""What a camera sees of a simulated patient: what lasts a session, and what changes from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.fluid import Visit
from mitate.simulate.head import SKIN
from mitate.simulate.makeup import Makeup, made_up, sample_makeup
from mitate.simulate.person import Person
from mitate.simulate.render import Camera, Light, Look, Surface, cast, eye_directions, lit
from mitate.simulate.rooms import WindowRooms, sample_light, sample_wall
from mitate.simulate.sensor import Sensor, SensorProfile
from mitate.simulate.skin import lab_to_linear

__all__ = ["CaptureProfile", "Conditions", "FrameState", "Sitter", "sample_conditions", "sample_frames"]

FloatArray = NDArray[np.float32]

# Anny's facial actions that a person filmed at rest shows a little of, with the sd of their coefficient.
_EXPRESSIONS = {
    "browInnerUp": 0.1,
    "browDown": 0.08,
    "cheekSquint": 0.05,
    "eyeSquint": 0.1,
    "eyeWide": 0.06,
    "jawOpen": 0.03,
    "mouthSmile": 0.08,
    "mouthFrown": 0.06,
    "mouthPress": 0.08,
    "mouthPucker": 0.04,
    "mouthShrugLower": 0.05,
    "mouthStretch": 0.05,
}


@dataclass(frozen=True, slots=True)
class CaptureProfile:
    """How much captures differ. Doubling a number makes the camera's world harder.

    Attributes:
        light: 0 (one fixed room) to 1 (nominal) and above.
        pose_deg: sd of the head's yaw and pitch around the camera, frame to frame; roll is half of it.
        expression: multiplies the facial actions.
        distance_m: range of camera distances.
        noise: sensor noise at mid grey, share of full scale.
        jpeg: range of compression qualities.
        blur_px: largest motion or focus blur, as a share of the inter-ocular distance.
        lab_drift: sd of the skin's own colour from day to day, CIE L*a*b* units.
        rooms: another kind of rooms, drawn by a generator of its own; the usual ones if None.
        sensor: another make of camera, likewise.
        makeup: share of sessions in which the face is made up, likewise.
    """

    light: float = 1.0
    pose_deg: float = 4.0
    expression: float = 1.0
    distance_m: tuple[float, float] = (0.4, 0.7)
    noise: float = 0.012
    jpeg: tuple[int, int] = (55, 95)
    blur_px: float = 0.02
    lab_drift: float = 0.8
    rooms: WindowRooms | None = None
    sensor: SensorProfile | None = None
    makeup: float = 0.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What lasts a session: room, camera, cloth, resting mood."""

    light: Light
    distance_m: float
    camera_height_m: float
    white_balance: FloatArray
    exposure: float
    gamma: float
    cloth: FloatArray
    background: tuple[FloatArray, FloatArray]
    mood: dict[str, float]
    aim_deg: tuple[float, float]
    skin_gain: FloatArray
    noise: float
    jpeg: int
    sensor: Sensor | None = None
    makeup: Makeup | None = None


@dataclass(frozen=True, slots=True)
class FrameState:
    """What changes from frame to frame. Angles in degrees; `shift` in inter-ocular distances."""

    yaw: float
    pitch: float
    roll: float
    actions: dict[str, float]
    gaze_deg: tuple[float, float]
    shift: tuple[float, float]
    blur: float
    seed: int


def _spread(rng: np.random.Generator, amount: float) -> dict[str, float]:
    """Random facial actions, left and right nearly alike."""
    actions: dict[str, float] = {}
    for stem, sd in _EXPRESSIONS.items():
        value = amount * float(rng.normal(0, sd))
        if stem in ("browInnerUp", "jawOpen", "mouthPucker", "mouthShrugLower"):
            actions[stem] = value
        else:
            uneven = amount * float(rng.normal(0, 0.2 * sd))
            actions[f"{stem}Left"], actions[f"{stem}Right"] = value + uneven, value - uneven
    return actions


def sample_conditions(rng: np.random.Generator, profile: CaptureProfile | None = None) -> Conditions:
    """Draw the room and camera of one session."""
    profile = profile or CaptureProfile()
    a = profile.light
    usual = Conditions(
        light=sample_light(rng, a),
        distance_m=float(rng.uniform(*profile.distance_m)),
        camera_height_m=float(rng.normal(-0.02, 0.03)),
        white_balance=np.exp(a * rng.normal(0, 0.05, 3)).astype(np.float32),
        exposure=float(np.exp(0.2 + a * rng.normal(0.0, 0.12))),
        gamma=float(np.clip(2.2 + a * rng.normal(0, 0.1), 1.8, 2.6)),
        cloth=sample_wall(rng),
        background=(sample_wall(rng), sample_wall(rng)),
        mood=_spread(rng, 0.6 * profile.expression),
        aim_deg=(float(rng.normal(0, profile.pose_deg / 2)), float(rng.normal(0, profile.pose_deg / 2))),
        skin_gain=np.exp(profile.lab_drift * rng.normal(0, 0.012, 3)).astype(np.float32),
        noise=float(profile.noise * rng.uniform(0.3, 1.6)),
        jpeg=int(rng.integers(profile.jpeg[0], profile.jpeg[1] + 1)),
    )
    if profile.rooms is None and profile.sensor is None and not profile.makeup:
        return usual
    return _shifted(rng, usual, profile)


def _shifted(rng: np.random.Generator, usual: Conditions, profile: CaptureProfile) -> Conditions:
    """What a profile adds to the usual conditions; generators of its own leave all that is usual as it is."""
    rooms, camera, making_up = rng.spawn(3)
    changed = usual
    if profile.rooms is not None:
        changed = replace(changed, light=profile.rooms.sample(rooms, profile.light))
    if profile.sensor is not None:
        sensor = profile.sensor.sample(camera, profile.light)
        aim = (usual.aim_deg[0], usual.aim_deg[1] + sensor.tilt_deg)
        changed = replace(changed, sensor=sensor, aim_deg=aim)
    if making_up.random() < profile.makeup:
        changed = replace(changed, makeup=sample_makeup(making_up))
    return changed


def sample_frames(
    rng: np.random.Generator,
    conditions: Conditions,
    count: int,
    profile: CaptureProfile | None = None,
    *,
    blink_share: float = 0.0,
) -> list[FrameState]:
    """Draw single frames of a session, as frame selection would have left them.

    Args:
        rng: of the session.
        conditions: of the session.
        count: number of frames.
        profile: how much frames differ.
        blink_share: share of frames with closed eyes; selection discards such frames, so the default is none.
    """
    profile = profile or CaptureProfile()
    frames = []
    for _ in range(count):
        actions = {k: v + conditions.mood.get(k, 0.0) for k, v in _spread(rng, profile.expression).items()}
        lids = float(rng.uniform(0.6, 1.0)) if rng.random() < blink_share else abs(float(rng.normal(0, 0.08)))
        actions |= {"eyeBlinkLeft": lids, "eyeBlinkRight": lids}
        frames.append(
            FrameState(
                yaw=conditions.aim_deg[0] + float(rng.normal(0, profile.pose_deg)),
                pitch=conditions.aim_deg[1] + float(rng.normal(0, profile.pose_deg)),
                roll=float(rng.normal(0, profile.pose_deg / 2)),
                actions=actions,
                gaze_deg=(float(rng.normal(0, 6)), float(rng.normal(0, 4))),
                shift=(float(rng.normal(0, 0.06)), float(rng.normal(0, 0.06))),
                blur=abs(float(rng.normal(0, profile.blur_px / 2))),
                seed=int(rng.integers(2**31)),
            )
        )
    return frames


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float32]:
    """Head rotation, (3, 3); degrees: yaw to the person's left, pitch up, roll to their right shoulder."""
    y, p, r = np.deg2rad([yaw, -pitch, roll])
    turn = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(tilt @ turn @ nod, dtype=np.float32)


class Sitter:
    """A person in one session before the camera; draws any of its frames.

    Args:
        person: the patient.
        visit: the day and its fluid.
        conditions: room and camera.
    """

    _PIVOT = np.array([0.0, -0.09, -0.09], dtype=np.float32)  # where the skull turns on the neck

    def __init__(self, person: Person, visit: Visit, conditions: Conditions) -> None:
        self.person, self.conditions = person, conditions
        self._resting = person.face_at(visit)
        eyes = [self._resting[eye].mean(axis=0) for eye in person.head.eyes]
        self.interocular_m = float(np.linalg.norm(eyes[1] - eyes[0]))
        self._look = Look(
            texture=made_up(person, conditions.makeup) * conditions.skin_gain,
            eye_directions=eye_directions(person.head, person.neutral),
            iris=lab_to_linear(np.asarray(person.skin.iris_lab)),
            cloth=conditions.cloth,
        )

    def vertices(self, state: FrameState) -> FloatArray:
        """(V, 3) metres: expression, then the turn of the head; the shoulders stay."""
        vertices = self._resting.copy()
        for name, amount in state.actions.items():
            if abs(amount) > 1e-3:
                vertices += np.float32(amount) * self.person.head.actions[name]
        turned = (vertices - self._PIVOT) @ rotation(state.yaw, state.pitch, state.roll).T + self._PIVOT
        head = self.person.head
        collar = np.unique(head.faces[head.material == 3])
        turned[collar] = vertices[collar]
        return turned.astype(np.float32, copy=False)

    def camera(self, state: FrameState, width: int, height: int, interocular_px: float) -> Camera:
        """Where the camera of this session stands for a frame; arguments as `picture`."""
        target = (
            state.shift[0] * self.interocular_m,
            self.conditions.camera_height_m * 0.3
            - 0.48 * self.interocular_m
            + state.shift[1] * self.interocular_m,
        )
        scale = interocular_px / self.interocular_m
        return Camera(width, height, scale, self.conditions.distance_m, target)

    def picture(
        self, state: FrameState, width: int, height: int, interocular_px: float, *, compress: bool = True
    ) -> NDArray[np.uint8]:
        """One frame as the camera would store it.

        Args:
            state: of the frame.
            width, height: pixels.
            interocular_px: size of the face.
            compress: JPEG artefacts; off where a video codec follows.

        Returns:
            (height, width, 3) uint8 RGB. The same arguments give the same pixels.
        """
        surface = self._surface(state, width, height, interocular_px)
        return self._picture(surface, state, self.conditions, interocular_px, compress)

    def pictures(
        self, state: FrameState, rooms: Sequence[Conditions], width: int, height: int, interocular_px: float
    ) -> list[NDArray[np.uint8]]:
        """The same instant as other rooms' light and other cameras would have shown it.

        Distance, clothes and mood are those of the sitter's own conditions; light, colour of the skin, wall
        and what the camera makes of it are each room's. The costly part, what every pixel sees, is done once.

        Args:
            state: of the frame.
            rooms: conditions to take it in.
            width, height: pixels.
            interocular_px: size of the face.

        Returns:
            A (height, width, 3) uint8 RGB picture of each room.
        """
        surface = self._surface(state, width, height, interocular_px)
        own = self.conditions.skin_gain
        pictures = []
        for number, room in enumerate(rooms):
            tint = np.where((surface.material == SKIN)[:, None], room.skin_gain / own, np.float32(1))
            tinted = replace(surface, albedo=surface.albedo * tint)
            other = replace(state, seed=state.seed + number)
            pictures.append(self._picture(tinted, other, room, interocular_px, True))
        return pictures

    def _surface(self, state: FrameState, width: int, height: int, interocular_px: float) -> Surface:
        yaw, pitch = np.deg2rad(state.gaze_deg)
        # The eyes look at the camera: they turn back what the head turned away, most of it.
        back = rotation(-0.8 * state.yaw, -0.8 * state.pitch, 0.0)
        gaze = back @ np.array([np.sin(yaw), np.sin(pitch), np.cos(yaw)], dtype=np.float32)
        return cast(
            self.person.head,
            self.vertices(state),
            self._look,
            self.camera(state, width, height, interocular_px),
            gaze=gaze.astype(np.float32),
        )

    def _picture(
        self, surface: Surface, state: FrameState, room: Conditions, interocular_px: float, compress: bool
    ) -> NDArray[np.uint8]:
        top, bottom = room.background
        shape = (surface.height, surface.width, 3)
        ramp = np.linspace(0, 1, surface.height, dtype=np.float32)[:, None, None]
        linear = lit(surface, room.light, np.broadcast_to(top * (1 - ramp) + bottom * ramp, shape))
        rng = np.random.default_rng(state.seed)
        return _develop(linear, room, rng, state.blur * interocular_px, compress)


def _develop(
    linear: FloatArray, conditions: Conditions, rng: np.random.Generator, blur_px: float, compress: bool
) -> NDArray[np.uint8]:
    """From light to a stored picture: blur, exposure, white balance, noise, tone curve, compression."""
    height, width = linear.shape[:2]
    sensor = conditions.sensor
    if blur_px > 0.25:
        linear = np.asarray(cv2.GaussianBlur(linear, (0, 0), blur_px), np.float32)
    if sensor is not None:
        linear = sensor.seen(linear)
    exposed = linear * conditions.white_balance * np.float32(conditions.exposure)
    shot = rng.standard_normal(exposed.shape, dtype=np.float32)
    exposed = exposed + conditions.noise * np.sqrt(exposed.clip(0.01, 1)) * shot
    # A soft shoulder keeps highlights from clipping hard, as phone cameras do.
    exposed = np.where(exposed > 0.8, 0.8 + 0.2 * np.tanh((exposed - 0.8) / 0.2), exposed)
    stored = np.asarray(255 * exposed.clip(0, 1) ** (1 / conditions.gamma) + 0.5).astype(np.uint8)
    if sensor is not None:
        stored = sensor.finished(stored, rng, width, height, compress=compress)
    if not compress:
        return stored
    quality = [int(cv2.IMWRITE_JPEG_QUALITY), conditions.jpeg]
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(stored[..., ::-1]), quality)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def without_light(conditions: Conditions, share: float) -> Conditions:
    """The same session in a darker room, for trying refusals; `share` of the light is left."""
    return replace(conditions, exposure=conditions.exposure * share)
