"""Seven small exercises that the poser's tests move: lying, on all fours, standing, sitting, at a wall."""

from __future__ import annotations

from mitate.back.exercise import CoachPlan, Dose, Exercise, Film, Instead, Lines, Pose, Words

_SOLES = {"left_foot": "floor", "right_foot": "floor"}
_KNEES = dict.fromkeys(("left_knee", "right_knee", "left_toes", "right_toes"), "floor")
_PALMS = {"left_hand": "floor", "right_hand": "floor"}
_FOURS = {
    "pelvis_tilt": 90.0,
    "hip_flexion": 90.0,
    "knee_flexion": 90.0,
    "ankle_flexion": -50.0,
    "shoulder_flexion": 90.0,
    "wrist_extension": 80.0,
    "neck_flexion": -10.0,
}


def case(name: str, *poses: Pose) -> Exercise:
    """An exercise of which only the poses matter."""
    words, lines = Words(en="a", ja="a"), Lines(en=("a", "b"), ja=("a", "b"))
    return Exercise(
        title=words,
        region="low_back",
        kind="control",
        start="standing",
        level=1,
        minutes=1.0,
        parts=("glutes",),
        steps=lines,
        description=words,
        serves=(),
        dose=Dose(sets=1, repetitions=1, days_a_week=3),
        harder=(),
        easier=(),
        elder=Instead(text=words),
        chair=Instead(text=words),
        not_when=(),
        film=Film(views=("side", "front"), repetitions=1, captions=lines),
        poses=poses,
        coach=CoachPlan(signal="", view="side", faults=()),
        name=name,
    )


BRIDGE = case(
    "bridge",
    Pose(
        name="lying",
        seconds=2.0,
        hold_s=0.6,
        angles={"pelvis_tilt": -90, "hip_flexion": 50, "knee_flexion": 100, "shoulder_abduction": 15},
        contact={**_SOLES, "pelvis_back": "floor", "upper_back": "floor", "head_back": "floor"},
    ),
    Pose(
        name="lifted",
        seconds=2.0,
        hold_s=1.0,
        angles={"pelvis_tilt": -118, "hip_flexion": 5, "knee_flexion": 90},
        contact={**_SOLES, "upper_back": "floor", "head_back": "floor"},
    ),
)
CAT_COW = case(
    "cat_cow",
    Pose(name="level", seconds=2.0, angles=_FOURS, contact={**_KNEES, **_PALMS}),
    Pose(
        name="cat",
        seconds=2.0,
        hold_s=0.5,
        angles={
            "pelvis_tilt": 70,
            "hip_flexion": 65,
            "lumbar_flexion": 35,
            "thoracic_flexion": 30,
            "neck_flexion": 35,
        },
        contact={**_KNEES, **_PALMS},
    ),
    Pose(
        name="cow",
        seconds=2.0,
        hold_s=0.5,
        angles={
            "pelvis_tilt": 105,
            "hip_flexion": 108,
            "lumbar_flexion": -30,
            "thoracic_flexion": -15,
            "neck_flexion": -30,
        },
        contact={**_KNEES, **_PALMS},
    ),
)
HINGE = case(
    "hinge",
    Pose(name="up", seconds=2.0, contact=_SOLES),
    Pose(
        name="bent",
        seconds=2.0,
        hold_s=0.5,
        angles={"pelvis_tilt": 60, "hip_flexion": 70, "knee_flexion": 20, "shoulder_flexion": 55},
        contact=_SOLES,
    ),
)
SIT_TO_STAND = case(
    "sit_to_stand",
    Pose(
        name="sitting",
        seconds=1.5,
        hold_s=0.5,
        angles={"hip_flexion": 90, "knee_flexion": 95, "shoulder_flexion": 60, "elbow_flexion": 20},
        contact={**_SOLES, "seat": "seat_of_chair"},
    ),
    Pose(
        name="leaning",
        seconds=1.0,
        angles={"pelvis_tilt": 40, "hip_flexion": 120, "knee_flexion": 100},
        contact={**_SOLES, "seat": "seat_of_chair"},
    ),
    Pose(
        name="standing",
        seconds=1.5,
        hold_s=0.5,
        angles={"hip_flexion": 0, "knee_flexion": 0, "shoulder_flexion": 0, "elbow_flexion": 0},
        contact=_SOLES,
    ),
    Pose(
        name="going down",
        seconds=1.2,
        angles={"pelvis_tilt": 40, "hip_flexion": 105, "knee_flexion": 90},
        contact=_SOLES,
    ),
)
BIRD_DOG = case(
    "bird_dog",
    Pose(name="level", seconds=2.0, hold_s=0.4, angles=_FOURS, contact={**_KNEES, **_PALMS}),
    Pose(
        name="long",
        seconds=2.0,
        hold_s=1.0,
        angles={
            "hip_flexion_right": 0,
            "knee_flexion_right": 5,
            "shoulder_flexion_left": 175,
            "wrist_extension_left": 0,
        },
        contact={"left_knee": "floor", "left_toes": "floor", "right_hand": "floor"},
    ),
)
SIDE_LYING = case(
    "side_lying",
    Pose(
        name="lying",
        seconds=2.0,
        angles={
            "pelvis_list": 90,
            "hip_flexion_right": 45,
            "knee_flexion_right": 80,
            "shoulder_flexion_right": 150,
            "neck_bending": 10,
            "shoulder_flexion_left": 30,
            "elbow_flexion_left": 40,
        },
        contact={
            "right_hip_side": "floor",
            "right_shoulder_side": "floor",
            "right_knee": "floor",
            "head_side": "cushion",
        },
    ),
    Pose(
        name="raised",
        seconds=2.0,
        hold_s=1.0,
        angles={"hip_abduction_left": 35},
        contact={
            "right_hip_side": "floor",
            "right_shoulder_side": "floor",
            "right_knee": "floor",
            "head_side": "cushion",
        },
    ),
)
WALL_SLIDE = case(
    "wall_slide",
    Pose(
        name="tall",
        seconds=2.0,
        angles={"hip_flexion": 30, "knee_flexion": 25, "hip_abduction": 3},
        contact={**_SOLES, "pelvis_back": "wall", "upper_back": "wall"},
    ),
    Pose(
        name="low",
        seconds=2.0,
        hold_s=1.0,
        angles={"hip_flexion": 70, "knee_flexion": 75},
        contact={**_SOLES, "pelvis_back": "wall", "upper_back": "wall"},
    ),
)
CASES = {one.name: one for one in (BRIDGE, CAT_COW, HINGE, SIT_TO_STAND, BIRD_DOG, SIDE_LYING, WALL_SLIDE)}
