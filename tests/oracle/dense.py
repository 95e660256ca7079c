"""Dense networks trained from a problem file's plain tree: outputs, losses, gradients and new parameters by round."""

from __future__ import annotations

import itertools

from oracle.functions import LOSSES, activation, softmax
from oracle.optimizers import Optimizer, rate
from oracle.tape import Number, context, exact, slopes, total


class Layer:
    """A dense layer: its parameters by name, and how they make its pre-activations."""

    def __init__(self, stated, inputs, mark, rows, at_zero):
        self.units, self.inputs = int(stated["units"]), inputs
        self.frozen = stated.get("frozen") == "true"
        chosen = stated.get("activation", "identity")
        self.activation, alpha = (chosen["name"], chosen.get("alpha")) if isinstance(chosen, dict) else (chosen, None)
        self.alpha = exact(alpha or {"leaky relu": "0.01"}.get(self.activation, "1"))
        self.at_zero = at_zero
        self.sign = -1 if stated.get("bias_form") == "threshold" else 1
        self.names = [[f"w{mark}{i}{j}" for j in range(1, self.units + 1)] for i in range(1, inputs + 1)]
        matrix = stated["weights"]
        matrix = [list(column) for column in zip(*matrix, strict=True)] if rows == "units" else matrix
        self.weights = {
            name: exact(value)
            for names, values in zip(self.names, matrix, strict=True)
            for name, value in zip(names, values, strict=True)
        }
        self.biases, self.bias_names = {}, [None] * self.units
        letter = "theta" if self.sign < 0 else "b"
        if stated["biases"] != "none" and stated.get("bias") == "shared":
            shared = f"{letter}{mark.rstrip('_')}"
            self.bias_names, self.biases = [shared] * self.units, {shared: exact(stated["biases"])}
        elif stated["biases"] != "none":
            self.bias_names = [f"{letter}{mark}{j}" for j in range(1, self.units + 1)]
            self.biases = dict(zip(self.bias_names, map(exact, stated["biases"]), strict=True))

    @property
    def parameters(self):
        return {**self.weights, **self.biases}

    def pre_activations(self, inputs):
        """s_j = sum_i w_ij x_i + b_j, or minus a threshold."""
        sums = []
        for j, bias in enumerate(self.bias_names):
            products = [self.weights[names[j]] * x for names, x in zip(self.names, inputs, strict=True)]
            sums.append(sum(products) + (self.sign * self.biases[bias] if bias else 0))
        return sums

    def outputs(self, sums):
        """The activation of numbers of the tape."""
        if self.activation == "softmax":
            return softmax(sums)
        return [activation(self.activation, self.alpha, self.at_zero)(s) for s in sums]

    def deltas(self, sums, adjoints):
        """The adjoints of the pre-activations from those of the outputs."""
        leaves = [Number(s) for s in sums]
        return slopes(total(o * a for o, a in zip(self.outputs(leaves), adjoints, strict=True)), leaves)

    def gradients(self, inputs, deltas):
        """What one sample adds to the gradient of every parameter."""
        found = dict.fromkeys(self.parameters, context.mpf(0))
        for names, x in zip(self.names, inputs, strict=True):
            for name, delta in zip(names, deltas, strict=True):
                found[name] += x * delta
        for bias, delta in zip(self.bias_names, deltas, strict=True):
            if bias:
                found[bias] += self.sign * delta
        return found

    def back(self, deltas):
        """The adjoints of the inputs, with the weights as they are now."""
        return [sum(self.weights[n] * d for n, d in zip(names, deltas, strict=True)) for names in self.names]

    def update(self, new):
        self.weights = {name: new[name] for name in self.weights}
        self.biases = {name: new[name] for name in self.biases}


class Network:
    """A problem of dense layers on its way from round to round."""

    def __init__(self, tree):
        self.tree = tree
        network = tree["network"]
        stated = network["layers"]
        widths = [int(network["inputs"]), *(int(one["units"]) for one in stated)]
        marks = [""] if len(stated) == 1 else [f"{number}_" for number in range(1, len(stated) + 1)]
        at_zero = int(tree.get("relu_at_zero", 0))
        rows = network.get("rows", "inputs")
        self.layers = [
            Layer(one, before, mark, one.get("rows", rows), at_zero)
            for one, (before, _), mark in zip(stated, itertools.pairwise(widths), marks, strict=True)
        ]
        self.marks = marks
        self.size = int(tree.get("batch", {}).get("size", 1))
        self.averaged = tree.get("batch", {}).get("gradients", "averaged") == "averaged"
        self.optimizer = Optimizer(tree.get("optimizer", "sgd"))

    def rounds(self, count):
        return [self.round(number) for number in range(1, count + 1)]

    def round(self, number):
        """The numbers of one round by name; the parameters are then those of the next."""
        data = self.tree["data"]
        batch = [data[((number - 1) * self.size + k) % len(data)] for k in range(self.size)]
        found, traces = {}, []
        for place, sample in enumerate(batch, 1):
            at = f"@n{place}" if self.size > 1 else ""
            traces.append(self.forward(sample, found, at))
        losses = [loss for _, loss, _ in traces]
        joined = sum(losses) / (len(losses) if self.averaged else 1)
        total_loss = joined + self.penalty()
        if self.size > 1 or self.tree.get("penalty"):
            found["J"] = total_loss
        found.update(self.backward(traces, number))
        return found

    def forward(self, sample, found, at):
        """The inputs and sums of every layer, the loss, and its adjoints by the outputs."""
        values = [exact(x) for x in sample["x"]]
        steps = []
        for mark, layer in zip(self.marks, self.layers, strict=True):
            sums = layer.pre_activations(values)
            steps.append((values, sums))
            values = [output.value for output in layer.outputs([Number(s) for s in sums])]
            found.update({f"s{mark}{j}{at}": s for j, s in enumerate(sums, 1)})
            found.update({f"f{mark}{j}{at}": f for j, f in enumerate(values, 1)})
        outputs = [Number(value) for value in values]
        loss = LOSSES[self.tree.get("loss", "half squared error")]([exact(y) for y in sample["y"]], outputs)
        found[f"L{at}"] = loss.value
        return steps, loss.value, slopes(loss, outputs)

    def penalty(self):
        stated = self.tree.get("penalty", {})
        half = context.mpf(1) if stated.get("half") == "false" else context.mpf("0.5")
        entries = list(self.penalized().values())
        squares = exact(stated.get("l2", 0)) * half * sum(w * w for w in entries)
        return squares + exact(stated.get("l1", 0)) * sum(map(abs, entries))

    def penalized(self):
        biases = self.tree.get("penalty", {}).get("biases") == "true"
        chosen = [layer.parameters if biases else layer.weights for layer in self.layers if not layer.frozen]
        return {name: value for group in chosen for name, value in group.items()}

    def penalty_slope(self, name, value):
        stated = self.tree.get("penalty", {})
        if name not in self.penalized():
            return 0
        whole = 2 if stated.get("half") == "false" else 1
        return exact(stated.get("l2", 0)) * whole * value + exact(stated.get("l1", 0)) * context.sign(value)

    def backward(self, traces, number):
        """Every gradient and new parameter; layers are updated at once, or in place from the output back."""
        found, gradients = {}, {}
        in_place = self.tree.get("updates") == "in place"
        adjoints = [adjoint for *_, adjoint in traces]
        for index in reversed(range(len(self.layers))):
            layer, own = self.layers[index], {}
            deltas = []
            for (steps, _, _), adjoint in zip(traces, adjoints, strict=True):
                inputs, sums = steps[index]
                deltas.append(layer.deltas(sums, adjoint))
                for name, part in layer.gradients(inputs, deltas[-1]).items():
                    own[name] = own.get(name, 0) + part / (self.size if self.averaged else 1)
            own = {name: g + self.penalty_slope(name, layer.parameters[name]) for name, g in own.items()}
            if not layer.frozen:
                gradients.update(own)
            if in_place and not layer.frozen:
                found.update(self.updated([layer], own, number))
            adjoints = [layer.back(delta) for delta in deltas]
        if not in_place:
            found.update(self.updated([one for one in self.layers if not one.frozen], gradients, number))
        return {**{f"d/d{name}": g for name, g in gradients.items()}, **found}

    def updated(self, layers, gradients, number):
        """The new parameters of layers, which they have from then on."""
        old = {name: value for layer in layers for name, value in layer.parameters.items()}
        eta = rate(self.tree["learning_rate"], number)
        ready = self.optimizer.ready(gradients, old)
        new = {name: self.optimizer.step(name, p, ready[name], eta, number) for name, p in old.items()}
        for layer in layers:
            layer.update(new)
        return {f"{name}_new": value for name, value in new.items()}
