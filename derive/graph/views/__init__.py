"""Views: a layer's equations stated in index form and as matrices, expanded to formulas over quantities."""
