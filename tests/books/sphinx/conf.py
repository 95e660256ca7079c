project = "Backpropagation by hand"
extensions = ["myst_parser", "derive.sphinx"]
myst_enable_extensions = ["dollarmath"]
numfig = True
exclude_patterns = ["_build"]
latex_documents = [("index", "book.tex", project, "", "manual")]
