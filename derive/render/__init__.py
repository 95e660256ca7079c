"""Documents put into templates: LaTeX, HTML, the trace as JSON, text for the terminal.

In: a laid out document and the files under `templates/`. Out: text, escaped by type.
"""
