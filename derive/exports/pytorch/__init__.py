"""A solution as a PyTorch script that works the same numbers and checks them.

In: a solution and its array statements. Out: the text of one Python file.
"""

from derive.exports.pytorch.script import to_pytorch

__all__ = ["to_pytorch"]
