"""A solution as a PyTorch script."""

from derive.exports.pytorch.script import to_pytorch

__all__ = ["to_pytorch"]
