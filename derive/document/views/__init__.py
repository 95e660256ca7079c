"""Other views of a derivation: in index form, in matrices, closed, as differences and as sizes."""
