"""Computation graphs and networks to draw."""

from itertools import pairwise

from derive.document.pictures.block_figures import Block
from derive.document.pictures.graph_drawing import GraphEdge
from derive.document.pictures.graph_nodes import GraphNode


def graph(nodes, edges):
    """Nodes `id: symbol; operation; value; gradient` and edges `source target label`, one a line."""
    made = []
    for line in nodes.strip().splitlines():
        name, rest = line.split(":", 1)
        made.append(GraphNode(name.strip(), *(part.strip() for part in rest.split(";"))))
    links = [GraphEdge(*line.split(maxsplit=2)) for line in edges.strip().splitlines()]
    return made, links


CHAIN = graph(
    """
x: x; ; 3; -0.0241
a: a; \\times w; 1.5; -0.0482
s: s; \\sigma; 0.8176; -0.3233
e: e; y - s; 0.1824; 0.3648
L: L; e^2; 0.0333; 1
""",
    """
x a \\frac{\\partial a}{\\partial x} = 0.5
a s \\frac{\\partial s}{\\partial a} = 0.1491
s e -1
e L 2e = 0.3648
""",
)

DIAMOND = graph(
    """
x: x; ; 2; 11
a: a; 3x; 6; 1
b: b; x^2; 4; 2
c: c; +; 10; 1
""",
    "x a 3\nx b 2x = 4\na c 1\nb c 1",
)

CS231N = graph(
    """
x: x; ; -2; -4
y: y; ; 5; -4
z: z; ; -4; 3
q: q; +; 3; -4
f: f; \\times; -12; 1
""",
    """
x q 1
y q 1
q f z = -4
z f q = 3
""",
)

NEURON_NODES = """
w0: w_0; ; 2.00; -0.20
x0: x_0; ; -1.00; 0.39
w1: w_1; ; -3.00; -0.39
x1: x_1; ; -2.00; -0.59
w2: w_2; ; -3.00; 0.20
p0: %s; \\times; -2.00; 0.20
p1: %s; \\times; 6.00; 0.20
s: %s; +; 4.00; 0.20
t: %s; +; 1.00; 0.20
n: %s; \\times(-1); -1.00; -0.20
e: %s; \\exp; 0.37; -0.53
d: %s; +1; 1.37; -0.53
f: %s; 1/x; 0.73; 1.00
"""
NEURON_EDGES = "w0 p0\nx0 p0\nw1 p1\nx1 p1\np0 s\np1 s\ns t\nw2 t\nt n\nn e\ne d\nd f"

NEURON = graph(NEURON_NODES % (("",) * 8), NEURON_EDGES)
NAMED_NEURON = graph(NEURON_NODES % ("p_0", "p_1", "s", "t", "n", "e", "d", "f"), NEURON_EDGES)
LABELLED_NEURON = graph(
    NEURON_NODES % ("p_0", "p_1", "s", "t", "n", "e", "d", "f"),
    """
w0 p0 x_0 = -1
x0 p0 w_0 = 2
w1 p1 x_1 = -2
x1 p1 w_1 = -3
p0 s 1
p1 s 1
s t 1
w2 t 1
t n -1
n e e = 0.37
e d 1
d f -f^2 = -0.53
""",
)
FRACTIONS = graph(
    """
x: x; ; \\frac{1}{2}; -\\frac{3}{4}
y: y; ; \\frac{2}{3}; \\frac{5}{6}
q: q; \\frac{x}{y}; \\frac{3}{4}; \\frac{1}{9}
r: r; x^2 + y; \\frac{11}{12}; 1
f: f; q r; \\frac{11}{16}; 1
""",
    "x q \\frac{1}{y}\ny q -\\frac{x}{y^2}\nx r 2x\ny r 1\nq f r\nr f q",
)

SKIP = graph(
    """
x: x; ; 0.5; 1.36
w: w; ; 2; 0.17
v: v; ; -1; 0.66
a: a; \\times; 1; 0.34
h: h; \\tanh; 0.7616; 0.81
b: b; \\times; -0.7616; -0.81
y: y; +; -0.2616; -0.81
t: y^*; ; 0.15; 0.81
L: L; (y - y^*)^2; 0.1694; 1
""",
    """
x a w = 2
w a x = 0.5
a h 1-h^2
h b v = -1
v b h = 0.7616
b y 1
x y 1
y L 2(y-y^*)
t L -2(y-y^*)
""",
)

THREE_TIMES = graph(
    """
x: x; ; 2; 19
a: a; x^2; 4; 5
b: b; \\times; 8; 1
c: c; x + 3; 5; 4
d: d; \\times; 20; 1
L: L; +; 28; 1
""",
    "x a 2x = 4\nx b a = 4\nx c 1\na b x = 2\na d c = 5\nc d a = 4\nb L 1\nd L 1",
)

SQUARE = graph("x: x; ; 3; 6\nq: q; \\times; 9; 1", "x q x = 3\nx q x = 3")

SYMBOLS = graph("x: x\ny: y\nq: q; x + y\nz: z\nf: f; qz", "x q\ny q\nq f\nz f")

NETWORK = graph(
    "\n".join(
        f"{name}: {symbol}; ; {value}; {gradient}"
        for name, symbol, value, gradient in (
            ("x1", "x_1", "0.4", "0.0031"),
            ("x2", "x_2", "0.8", "-0.0102"),
            ("w11", "w_{11}", "0.2", "-0.0092"),
            ("w21", "w_{21}", "0.1", "-0.0183"),
            ("b1", "b_1", "0.3", "-0.0229"),
            ("w12", "w_{12}", "0.3", "0.0041"),
            ("w22", "w_{22}", "0.5", "0.0082"),
            ("b2", "b_2", "0.4", "0.0103"),
            ("v1", "v_1", "0.6", "-0.0337"),
            ("v2", "v_2", "-0.5", "-0.0393"),
            ("c", "c", "0.1", "-0.0549"),
            ("y", "y", "1", "0.2752"),
        )
    )
    + """
a1: a_1; \\Sigma; 0.46; -0.0229
a2: a_2; \\Sigma; 0.92; 0.0103
h1: h_1; \\sigma; 0.6130; -0.0966
h2: h_2; \\sigma; 0.7150; 0.0505
s: s; \\Sigma; 0.1103; -0.0549
f: f; \\sigma; 0.5275; -0.2752
L: L; \\frac{1}{2}(y-f)^2; 0.1116; 1
""",
    "x1 a1\nx2 a1\nw11 a1\nw21 a1\nb1 a1\nx1 a2\nx2 a2\nw12 a2\nw22 a2\nb2 a2\na1 h1\na2 h2\nh1 s\nh2 s\nv1 s\nv2 s\nc s\ns f\nf L\ny L",
)

GRAPHS = {
    "chain": CHAIN,
    "diamond": DIAMOND,
    "cs231n": CS231N,
    "neuron": NEURON,
    "named-neuron": NAMED_NEURON,
    "labelled-neuron": LABELLED_NEURON,
    "fractions": FRACTIONS,
    "skip": SKIP,
    "three-times": THREE_TIMES,
    "square": SQUARE,
    "symbols": SYMBOLS,
    "network": NETWORK,
}


def network(lines, others=""):
    """Blocks `id: name; shape; symbol` with arrows from each to the next, and other arrows; `!` keeps one out of line."""
    blocks, line = [], []
    for text in lines.strip().splitlines():
        name, rest = text.split(":", 1)
        blocks.append(Block(name.strip(" !"), *(part.strip() for part in rest.split(";"))))
        if not name.strip().startswith("!"):
            line.append(blocks[-1].id)
    return blocks, [*pairwise(line), *(tuple(arrow.split()) for arrow in others.splitlines())]


MLP = network(
    "x: input; 2\nd: dense; 3\nr: ReLU; 3\no: dense; 2\ns: softmax; 2\n!t: target; 2\nl: cross-entropy; 1", "t l"
)
CNN = network(
    """
x: input; 4 \\times 4 \\times 1
c: convolution 3 × 3; 4 \\times 4 \\times 2
r: ReLU; 4 \\times 4 \\times 2
p: max pooling 2 × 2; 2 \\times 2 \\times 2
f: flatten; 8
d: dense; 3
s: softmax; 3
!t: target; 3
l: cross-entropy; 1
""",
    "t l",
)
RESIDUAL = network(
    """
x: input; 8
c1: dense; 8
r1: ReLU; 8
c2: dense; 8
a: ; ; +
r2: ReLU; 8
d2: dense; 8
r3: ReLU; 8
d3: dense; 8
b: ; ; +
n: layer normalisation; 8
d: dense; 3
s: softmax; 3
!t: target; 3
l: cross-entropy; 1
""",
    "r1 a\nr2 b\nc1 a\nt l",
)
FAR = network(
    "\n".join(f"b{index}: layer {index}; 16 \\times 16" for index in range(20)), "b1 b15\nb2 b4\nb4 b6\nb9 b17\nb18 b16"
)
SINGLE = network("x: input; 3\nl: loss")

NETWORKS = {"mlp": MLP, "cnn": CNN, "residual": RESIDUAL, "far": FAR, "single": SINGLE}
