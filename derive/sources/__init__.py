"""Reading what people wrote: YAML with line numbers, models checked against it, and where the templates are."""
