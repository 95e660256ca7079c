"""The functions that a formula may call: the whole list, with how many arguments each takes.

`gate(s, c)` is 1 where s > 0, 0 where s < 0 and the convention c where s = 0. It selects; it is never
differentiated.
"""

from __future__ import annotations

from types import MappingProxyType

ARITY = MappingProxyType({"exp": 1, "tanh": 1, "max": 2, "gate": 2})
