"""What exists in the field, one entry one value: activations, losses, optimizers, layers."""
