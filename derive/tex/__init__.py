"""TeX: finding an engine, running it safely, saying what it said."""
