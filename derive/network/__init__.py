"""A problem lowered to a graph, worked round after round, and checked: the solution."""
