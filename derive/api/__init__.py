"""The public face: solutions, formulas, tables and pictures that show themselves and write themselves out."""
