"""A pass written out in matrices, layer by layer."""
