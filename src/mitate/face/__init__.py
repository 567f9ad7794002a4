"""Seeing a face: detection, landmarks, head pose, alignment, quality, choice of frames, identity."""
