"""Writes golden.rs: values and gradients of costs at large logits, computed with 1000 digits.

python3 golden.py > golden.rs    (needs mpmath; then rustfmt)
"""

from mpmath import exp, log, mp, mpf, nstr

mp.dps = 1000

HUBER = "Huber { delta: 0.125 }"
DIFFERENCES = ["SquaredError", HUBER, "AbsoluteError", "Quantile { tau: 0.25 }"]
ONE = [[1000], [-1000], [40.5], [-36.75], [700], [3]]
THREE = [[1000, 0, -1000], [-1000, 1000, 999], [1000, 998.5, 0.25], [700, -45.5, 0], [40, 0, -3], [88, -20, 5], [0.5, -0.25, 2]]
TARGETS = {"Logistic": [[1], [0], [0.25]], "Softmax": [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.25, 0.5, 0.25]]}


def zeta_and_complement(output, z):
    if output == "Logistic":
        return [1 / (1 + exp(-x)) for x in z], [1 / (1 + exp(x)) for x in z]
    e = [exp(x) for x in z]
    return [x / sum(e) for x in e], [sum(e[:i] + e[i + 1:]) / sum(e) for i in range(len(z))]


def term(y, x):
    return -y * log(x) if y else mpf(0)


def difference(loss, d):
    """Value and slope of a loss of d = v - y; the constants are exact in binary."""
    sign = 1 if d > 0 else -1
    if loss == "SquaredError":
        return d ** 2 / 2, d
    if loss == "AbsoluteError":
        return abs(d), sign
    if loss == HUBER:
        return (d ** 2 / 2, d) if abs(d) <= mpf(0.125) else ((abs(d) - mpf(0.0625)) / 8, mpf(sign) / 8)
    factor = mpf(0.75) if d > 0 else mpf(0.25)
    return factor * abs(d), factor * sign


def cost(output, loss, z, y):
    n = len(z)
    v, c = zeta_and_complement(output, z)
    if loss in DIFFERENCES:
        entries = [difference(loss, a - b) for a, b in zip(v, y)]
        value = sum(l for l, _ in entries) / n
        slope = [s / n for _, s in entries]
    elif loss == "CrossEntropy":
        value = sum(term(b, a) + term(1 - b, x) for a, x, b in zip(v, c, y)) / n
        slope = [(-b / a + (1 - b) / x) / n for a, x, b in zip(v, c, y)]
    else:
        value = sum(term(b, a) for a, b in zip(v, y))
        slope = [-b / a for a, b in zip(v, y)]
    if output == "Logistic":
        return value, [s * a * x for s, a, x in zip(slope, v, c)]
    jacobian = lambda a, b: v[a] * (c[a] if a == b else -v[b])
    return value, [sum(slope[a] * jacobian(a, b) for a in range(n)) for b in range(n)]


def digits(x):
    return repr(float(nstr(x, 25)))


print("&[")
for output, points in ("Logistic", ONE), ("Softmax", THREE):
    for loss in DIFFERENCES + ["CrossEntropy"] + ["CategoricalCrossEntropy"] * (output == "Softmax"):
        for z in points:
            for y in TARGETS[output]:
                value, g = cost(output, loss, [mpf(x) for x in z], [mpf(x) for x in y])
                g = ", ".join(digits(x) for x in g)
                lists = ", ".join(f"&{[float(x) for x in l]}" for l in (z, y))
                print(f"    ({output}, {loss}, {lists}, {digits(value)}, &[{g}]),")
print("]")
