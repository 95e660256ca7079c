"""The command line: reading arguments, writing files, talking on standard error.

In: the words after `python -m derive`. Out: files, and messages that say what to do; all else is done by the rooms
below.
"""
