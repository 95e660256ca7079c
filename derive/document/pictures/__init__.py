"""Pictures as geometry: networks, unrolled networks, block diagrams, computation graphs, plots."""
