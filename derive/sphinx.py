"""The extension for Sphinx under its short name: `extensions = ["derive.sphinx"]`."""

from derive.ecosystems.sphinx import setup

__all__ = ["setup"]
