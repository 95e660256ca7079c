"""The statement of a problem: what is given, the loss, the update rule, in symbols."""
