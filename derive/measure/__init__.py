"""How much room mathematics and words take by the metrics of the fonts, where they may break, what stands where."""
