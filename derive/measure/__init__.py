"""How much room mathematics and words take, worked out from the metrics of the fonts, and where they may break."""
