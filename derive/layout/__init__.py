"""Where the parts of a section stand on a page: rows and columns, from measured widths, before TeX runs."""
