"""A solution as a document: sections, tables, matrices and figures, without any layout."""
