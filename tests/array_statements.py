"""What must hold of statements of arrays: each entry is the worked number, and every equation is stated once."""

from decimal import Decimal

from derive.arithmetic.decimals import DecimalArithmetic
from derive.arithmetic.evaluate import compile_formula
from derive.graph.equations import Equation
from derive.graph.quantity import Kind, Role
from derive.graph.views import index_form, matrix_form
from derive.network.array_statements import array_statements, update_statements
from derive.network.loss_gradient import loss_gradient_statements
from derive.network.views import layer_views
from derive.network.work import exact_plan, work

ARITHMETIC = DecimalArithmetic(50)
TINY = Decimal("1e-24")


def loss_statements(graph):
    """The loss with the steps of its working, sums over steps and samples and penalties, a row a sample."""
    return array_statements(graph, loss_equations(graph))


def loss_equations(graph):
    """The equations of a loss as they are worked: its steps, itself, and what it is summed to."""
    steps = {equation.output for equation in graph.working}
    return tuple(
        equation
        for equation in graph.worked_forward
        if equation.output in graph.roots
        or equation.output in steps
        or graph.blocks.of(equation.output).kind is Kind.TARGET
    )


def exact_values(solution, graph=None):
    """Every quantity of the second round where there is one, nothing rounded; of `graph` as it is worked, if given."""
    graph = graph or solution.lowered.graph
    numbers = solution.values[min(1, len(solution.values) - 1)]
    given = {q: v.carried for q, v in numbers.items() if graph.blocks.of(q).role is Role.GIVEN}
    return {q: v.unrounded for q, v in work(exact_plan(solution.plan, graph, given))[0].items()}


def is_close(first, second):
    """Whether two numbers are one, but for the last of 50 digits."""
    return abs(first - second) <= TINY * max(1, abs(first), abs(second))


def entries(stated, values):
    """The quantity and the number of each entry that a statement, or a line of a single number, gives."""
    if isinstance(stated, Equation):
        return [(stated.output, compile_formula(stated.rule.formula, ARITHMETIC)([values[q] for q in stated.operands]))]
    found = {}
    for equation, application in stated.contributions:
        for quantity, formula in matrix_form.expand(equation, application):
            found.setdefault(quantity, []).append(compile_formula(formula, ARITHMETIC)(values))
    divisor = Decimal(stated.divisor)
    return [(quantity, ARITHMETIC.divide(ARITHMETIC.add(numbers), divisor)) for quantity, numbers in found.items()]


def require_stated(statements, equations, values):
    """Each equation is stated once, after what it is worked from, and its entry is the worked number."""
    order = []
    for stated in statements:
        for quantity, number in entries(stated, values):
            assert is_close(number, values[quantity]), (stated, quantity)
            order.append(quantity)
    assert sorted(order) == sorted(equation.output for equation in equations)
    place = {quantity: number for number, quantity in enumerate(order)}
    for equation in equations:
        assert all(place[q] < place[equation.output] for q in equation.operands if q in place)


def require_gradients(solution, values):
    """What the losses and the layers add to each adjoint that a loss reaches is all of it."""
    graph, found = solution.lowered.graph, {}
    for stated in loss_gradient_statements(graph):
        for adjoint, number in entries(stated, values):
            found.setdefault(adjoint, []).append(number)
    reached = set(found)
    views = layer_views(solution.lowered, int(solution.problem.relu_at_zero))
    shared = {graph.adjoint_of[q] for b in solution.lowered.parameters for q in b.ids}
    divisor = Decimal(graph.roots.gradient_divisor)
    for one in views:
        for application in one.applications:
            for equation in one.backward(application):
                for adjoint, formula in index_form.expand(equation, application):
                    number = compile_formula(formula, ARITHMETIC)(values)
                    found.setdefault(adjoint, []).append(number / divisor if adjoint in shared else number)
    by_loss = {q for e in graph.forward if e.output in graph.roots for q in e.operands}
    assert reached == {graph.adjoint_of[q] for q in by_loss if q in graph.adjoint_of}
    for adjoint in reached:
        assert is_close(ARITHMETIC.add(found[adjoint]), values[adjoint]), graph.blocks.names[adjoint]


def require_statements(solution):
    """The loss, what it adds to adjoints, and the updates are stated rightly; how many lines are of no array."""
    values, graph = exact_values(solution), solution.graph
    loss, update = loss_statements(graph), update_statements(graph)
    if solution.lowered.placed:
        of_no_layer = tuple(e for e in graph.worked_forward if not graph.blocks.of(e.output).layer)
        assert loss_equations(graph) == of_no_layer
    require_stated(loss, loss_equations(graph), values)
    require_stated(update, graph.update, values)
    require_stated(array_statements(graph, graph.backward), graph.backward, values)
    if solution.lowered.placed:
        require_gradients(solution, values)
    return sum(isinstance(stated, Equation) for stated in (*loss, *update))
