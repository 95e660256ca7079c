"""The command line: reading arguments, writing files, talking on standard error."""
