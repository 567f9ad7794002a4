"""mitate: signs of health from an ordinary camera, with how sure it is.

Research use; not a medical device.
"""

__version__ = "0.1.0"
