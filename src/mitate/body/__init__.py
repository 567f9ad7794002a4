"""Seeing a body: the pose of one person in each frame of a film."""
