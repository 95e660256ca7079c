"""For every key of the problem file values to try, and the problems to try them in."""

from __future__ import annotations

NET = """
title: A network
network:
  inputs: 2
  layers:
    - {units: 2, activation: sigmoid, weights: [[0.1, 0.2], [0.3, 0.4]], biases: [0.1, 0.2]}
    - {units: 1, activation: identity, weights: [0.5, 0.6], biases: 0.1}
learning_rate: 0.5
data: [{x: [1, 2], y: 1}, {x: [2, 1], y: 0.25}]
questions: [{title: A, asks: [functions, rounds], points: 10}, {title: B, asks: [losses], points: 2}]
"""
RELU = NET.replace("activation: sigmoid", "activation: relu").replace("0.3, 0.4", "-0.3, -0.1")
SOFTMAX = (
    NET.replace("units: 1, activation: identity, weights: [0.5, 0.6], biases", "units: 2, activation: softmax, weights: [[0.5, 0.6], [0.1, 0.2]], biases")
    .replace("y: 1", "class: 1")
    .replace("y: 0.25", "class: 2")
)  # fmt: skip
PROBLEMS = {
    "network": NET,
    "batch": f"{NET}batch: {{size: 2}}\n",
    "adam": f"{RELU}optimizer: adam\nfinal_forward_pass: true\n",
    "softmax": f"{SOFTMAX}loss: cross-entropy\n",
    "recurrent": """
network:
  inputs: [2, 1]
  layers:
    - {layer: rnn, units: 1, weights: 0.5, recurrent: 0.2, biases: 0.1, returns: last}
    - {units: 1, weights: 1, biases: 0}
learning_rate: 0.1
data: [{x: [[1], [2]], y: 1}]
""",
    "convolution": """
network:
  inputs: [3, 3]
  layers:
    - {layer: conv2d, kernels: [[1, -1], [0.5, 2]], biases: -1, activation: relu}
    - {layer: max_pool2d, size: 2, stride: 1}
    - {layer: flatten}
    - {units: 1, weights: 0.1, biases: 0}
learning_rate: 0.1
data: [{x: [[1, 0, 2], [0.5, 1, 0], [3, 0, 1]], y: 1}]
questions: [{title: A, asks: [rounds, matrix form, {text: and}, losses], points: 6}]
""",
    "graph": "equations: {q: x + y, f: q*z}\nvalues: {x: -2, y: 5, z: -4}\n",
    "descent": """
equations: {s: w*x + b, L: (s - t)^2}
values: {w: 0.5, b: 0.1, x: 2, t: 1}
parameters: [w, b]
learning_rate: 0.1
rounds: 2
""",
    "fitted": """
equations: {s: w*x + b, f: tanh(s)}
values: {w: 0.5, b: 0.1, x: 2}
targets: 0.5
parameters: [w, b]
learning_rate: 0.1
""",
}

VALUES = {
    "title": ["Other"],
    "author": ["Ann"],
    "course": ["C"],
    "due": ["May"],
    "date": ["1 May"],
    "header": ["H"],
    "worth": ["5 %"],
    "instructions": ["Do it."],
    "paper": ["letter"],
    "worksheet.blank": ["deltas", {"share": "0.5", "seed": "7"}],
    "worksheet.blank.lines": ["backward pass"],
    "worksheet.blank.names": [["L"], ["f"]],
    "worksheet.blank.share": ["0.5"],
    "worksheet.blank.seed": ["7"],
    "worksheet.fields": [["name"]],
    "worksheet.form": ["B"],
    "worksheet.check_values": [["L"], ["f"]],
    "worksheet.working_space": ["20"],
    "worksheet.pages": ["matched"],
    "derive": ["2"],
    "exercise.title": ["E"],
    "exercise.text": ["A text."],
    "exercise.points": ["5", "-5"],
    "exercise.worth": ["3 %"],
    "exercise.conditions": [["one"]],
    "exercise.number": ["7"],
    "network.inputs": ["3"],
    "network.layers": [[{"units": "1", "weights": "0.5", "biases": "none"}]],
    "equations": [{"q": "a*2"}],
    "equations.*": ["7"],
    "values": [{"a": "1"}],
    "outputs": ["q", "s"],
    "targets": ["3", "0.5"],
    "parameters": [["x"]],
    "loss": ["squared error", "cross-entropy"],
    "loss.name": ["squared error", "kl divergence"],
    "loss.log": ["2"],
    "loss.constants": [{"delta": "0.5"}],
    "loss.constants.*": ["0.5"],
    "loss.smoothing": ["0.1"],
    "error": ["output minus target"],
    "penalty.l1": ["0.1"],
    "penalty.l2": ["0.1"],
    "penalty.half": ["false"],
    "penalty.biases": ["true"],
    "optimizer": ["momentum", {"name": "momentum", "constants": {"mu": "0.5"}}],
    "optimizer.name": ["momentum"],
    "optimizer.constants": [{"beta1": "0.5"}, {"mu": "0.5"}],
    "optimizer.constants.*": ["0.5"],
    "optimizer.states": [{"v": "0.5"}],
    "optimizer.states.*": ["0.5"],
    "optimizer.clip_value": ["0.01"],
    "optimizer.clip_norm": ["0.01"],
    "optimizer.weight_decay": ["0.1"],
    "optimizer.weight_decay_order": ["before clipping"],
    "learning_rate": ["0.25", ["0.5", "0.25"], ["0.1", "0.2", "0.3"], {"start": "0.5", "constants": {"T": "1"}}],
    "learning_rate.start": ["0.25", "0", "-1"],
    "learning_rate.rounds": [["0.5", "0.25"]],
    "learning_rate.schedule": ["inverse square root"],
    "learning_rate.constants": [{"T": "1"}],
    "learning_rate.constants.*": ["1"],
    "data": [[{"x": ["1", "2"], "y": "3"}]],
    "data.0.x": [["3", "3"]],
    "data.0.y": ["3"],
    "data.0.class": ["1"],
    "data.0.upstream": ["1"],
    "batch.size": ["2"],
    "batch.gradients": ["summed"],
    "batch.per_sample_gradients": ["true"],
    "epochs": ["2"],
    "rounds": ["3"],
    "final_forward_pass": ["true"],
    "relu_at_zero": ["1"],
    "inline": [["error"], ["squared error"], ["adjoint"]],
    "update_form": ["ascent"],
    "updates": ["in place"],
    "rounding.places": ["3"],
    "rounding.significant": ["3"],
    "rounding.mode": ["half-even", "cut"],
    "rounding.carry": ["rounded"],
    "rounding.zeros": ["drop"],
    "rounding.small": ["scientific"],
    "rounding.exceptions": [
        [{"kind": "loss", "places": "6"}],
        [{"kind": "bias", "places": "6"}],
        [{"kind": "input", "places": "6"}],
    ],
    "rounding.exceptions.kind": [[{"kind": "output", "places": "6"}]],
    "rounding.exceptions.quantity": [[{"quantity": "L", "places": "6"}], [{"quantity": "x", "places": "6"}]],
    "rounding.exceptions.round": [[{"round": "1", "places": "6"}]],
    "rounding.exceptions.places": [[{"round": "1", "places": "7"}]],
    "rounding.exceptions.significant": [[{"round": "1", "significant": "2"}]],
    "style": ["worked"],
    "figure.edges": ["numbers", "none"],
    "figure.units": ["whole"],
    "notation": ["delta"],
    "notation.base": ["delta"],
    "notation.letters": [{"weight": "v"}, {"bias": "theta"}, {"node": "u"}],
    "notation.letters.*": ["theta"],
    "notation.index_order": ["to-from"],
    "notation.numbering": ["through"],
    "notation.first_index": ["0"],
    "notation.layers": ["brackets"],
    "notation.time": ["angles", "brackets"],
    "notation.samples": ["angles", "above"],
    "notation.derivative": ["partial"],
    "notation.delta": ["delta"],
    "notation.products": ["dot", "plain"],
    "notation.update": ["equals"],
    "notation.bias": ["augmented"],
    "notation.product": ["W x"],
    "notation.layout": ["denominator"],
    "notation.function": ["g"],
    "language": ["de"],
    "detail.show": ["formula", "numbers"],
    "detail.chain_rule": ["true"],
    "detail.lines": ["arrays", "scalars"],
    "equation_numbers": ["all"],
    "questions": [[{"title": "Q", "asks": ["rounds"]}]],
    "questions.0.title": ["Q"],
    "questions.0.asks": [["results"]],
    "questions.0.asks.text": [[{"text": "so"}, "rounds"]],
    "questions.0.points": ["7", "-7"],
    "questions.0.note": ["A note."],
    "questions.0.text": ["A text."],
    "questions.0.working": ["true"],
    "questions.0.marks": [{"forward pass": "5", "backward pass": "3", "updated parameters": "2"}],
    "questions.0.marks.*": ["9"],
    "questions.0.step": ["0.5"],
    "questions.1.working": ["true"],
    "questions.1.marks": [{"backward pass": "2"}],
    "extra": [{"from_question": "2", "text": "More."}],
    "extra.from_question": ["1"],
    "extra.text": ["More."],
    "extra.worth": ["5"],
}
"""By path: a number is an entry of a list; where a path names part of a list, the value is the list."""

DEPENDS_ON_NUMBERS = frozenset({"rounding.mode", "rounding.small", "rounding.zeros"})
"""Keys that show where numbers are small, end in zeros, or lie on a tie: enough if some problem shows them."""
