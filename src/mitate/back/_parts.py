"""Which part of the body each graded measure is of, and what it is, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping

from mitate.abduce.language import Label

__all__ = ["MEASURES", "PARTS", "PART_OF"]

PARTS: Mapping[str, Label] = {
    "low_back": Label("low back", "腰"),
    "pelvis": Label("pelvis", "骨盤"),
    "trunk": Label("trunk", "体幹"),
    "hips": Label("hips", "股関節"),
    "legs": Label("legs", "脚"),
    "arms": Label("arms", "腕"),
    "whole_body": Label("whole body", "全身"),
    "neck": Label("neck", "首"),
}

_MEASURES: Mapping[str, tuple[str, str, str]] = {
    "peak_trunk_flexion_deg": ("trunk", "forward bend of the trunk", "体幹の前傾"),
    "peak_lumbar_flexion_deg": ("low_back", "forward bend of the low back", "腰の曲がり"),
    "peak_pelvic_flexion_deg": ("pelvis", "forward tip of the pelvis", "骨盤の前傾"),
    "lumbar_contribution_percent": ("low_back", "low back's share of the bend", "前屈に占める腰の割合"),
    "fingertips_to_floor_cm": ("whole_body", "fingertips to the floor", "指先から床までの距離"),
    "early_coupling_angle_deg": ("pelvis", "lead of the pelvis on the way down", "前屈での骨盤の先行"),
    "judder_phase_minima": ("trunk", "judder on the way up (stops of speed)", "戻りの震え（速さの谷）"),
    "judder_coupling_extrema": (
        "trunk",
        "judder on the way up (changes of share)",
        "戻りの震え（割合の変化）",
    ),
    "peak_lumbar_extension_deg": ("low_back", "backward bend of the low back", "腰の反り"),
    "arm_elevation_deg": ("arms", "lift of the arms", "腕の挙上"),
    "shoulder_rotation_deg": ("trunk", "turn of the shoulders", "肩の回旋"),
    "pelvic_rotation_deg": ("pelvis", "turn of the pelvis", "骨盤の回旋"),
    "spine_pelvis_rotation_ratio": (
        "trunk",
        "turn of the spine beside that of the pelvis",
        "骨盤に対する背骨の回旋",
    ),
    "lumbar_rotation_deg": ("low_back", "turn of the low back", "腰の回旋"),
    "lumbar_side_bend_deg": ("low_back", "side bend of the low back", "腰の側屈"),
    "bow_hip_flexion_deg": ("hips", "bend of the hips", "股関節の曲がり"),
    "navel_shift_cm": ("trunk", "sideways shift of the navel", "おへその横移動"),
    "navel_shift_difference_cm": ("trunk", "left-right difference of the shift", "おへその横移動の左右差"),
    "knee_bend_on_return_deg": ("legs", "bend of the knees on the way up", "戻りでの膝の曲がり"),
    "shoulder_rotation_asymmetry_deg": (
        "trunk",
        "left-right difference of the turn",
        "体幹の回旋の左右差",
    ),
    "trunk_side_bend_asymmetry_deg": ("trunk", "left-right difference of the side bend", "側屈の左右差"),
    "failed_control_tests": ("whole_body", "failed tests of movement control", "できなかった運動制御テスト"),
    "passive_hip_extension_deg": ("hips", "straightening of the hips", "股関節の伸展"),
    "straight_leg_raise_deg": ("legs", "straight leg raise", "下肢伸展挙上"),
    "knee_extension_deficit_deg": ("legs", "what a knee lacks to be straight", "膝の伸展不足"),
    "neck_flexion_deg": ("neck", "forward bend of the head", "首の前屈"),
    "neck_extension_deg": ("neck", "backward bend of the head", "首の伸展"),
    "neck_rotation_left_deg": ("neck", "turn of the head to the left", "首の左回旋"),
    "neck_rotation_right_deg": ("neck", "turn of the head to the right", "首の右回旋"),
    "neck_side_bend_left_deg": ("neck", "tilt of the head to the left", "首の左側屈"),
    "neck_side_bend_right_deg": ("neck", "tilt of the head to the right", "首の右側屈"),
    "craniovertebral_deg": ("neck", "line from neck to ear (craniovertebral angle)", "頭蓋脊椎角"),
    "arm_raise_left_deg": ("arms", "lift of the left arm", "左腕の挙上"),
    "arm_raise_right_deg": ("arms", "lift of the right arm", "右腕の挙上"),
}

PART_OF: Mapping[str, str] = {name: part for name, (part, _, _) in _MEASURES.items()}
MEASURES: Mapping[str, Label] = {name: Label(en, ja) for name, (_, en, ja) in _MEASURES.items()}
