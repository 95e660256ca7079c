"""Networks of other libraries turned into problems.

In: a module of another library, which is not imported before it is asked for. Out: the same network as a problem, or
a sentence that says what has no counterpart.
"""
