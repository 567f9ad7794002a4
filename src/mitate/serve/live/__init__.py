"""Pictures from a running camera: framing help and the live coach, in a process of their own."""
