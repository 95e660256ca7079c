"""What exists in the field: activations, losses, optimizers, schedules and layers, one entry one value.

In: a name and options from a problem file. Out: rules with their textbook derivatives and references; layers as
equations in index form.
"""
