"""What course material takes in: a solution as macros, Markdown, notebooks, scripts and spreadsheets."""
