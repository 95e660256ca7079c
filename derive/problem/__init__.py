"""What the instructor wrote: the model of a problem file, its reader and its checks."""
