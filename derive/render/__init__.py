"""Documents put into templates: LaTeX, the trace as JSON, a table for the terminal."""
