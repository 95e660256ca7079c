"""What the instructor wrote: the model of a problem file, its reader and its checks.

In: YAML. Out: an immutable `Problem`, or every mistake at once with line, column and what to do.
"""
