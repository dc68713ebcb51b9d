"""The lock under which codecs load what they need when the first of them is made.

Sessions of several threads may make their first codecs at the same moment: without it one could meet what the other
has loaded half of, and, where no GIL stands between them, objects that the other has just replaced.
"""

from __future__ import annotations

from threading import RLock

__all__ = ["first_use"]

first_use = RLock()
