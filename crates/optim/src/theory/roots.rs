//! Roots of small polynomials.

/// Largest absolute value of the roots of `c[0] x^n + c[1] x^(n-1) + … + c[n]`, `c[0] = 1`.
///
/// All roots together, by Weierstrass' iteration; quadratic ones by their formula, which is exact at double roots too.
pub(crate) fn largest_root(c: &[f64]) -> f64 {
    match *c {
        [_, a] => a.abs(),
        [_, a, b] => largest_of_quadratic(a, b),
        _ => weierstrass(c)
            .into_iter()
            .map(Complex::abs)
            .fold(0.0, f64::max),
    }
}

/// Of `x^2 + a x + b`.
fn largest_of_quadratic(a: f64, b: f64) -> f64 {
    let discriminant = a * a - 4.0 * b;
    if discriminant < 0.0 {
        b.sqrt()
    } else {
        (a.abs() + discriminant.sqrt()) / 2.0
    }
}

#[derive(Debug, Clone, Copy)]
struct Complex(f64, f64);

impl Complex {
    fn abs(self) -> f64 {
        self.0.hypot(self.1)
    }

    fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }

    fn times(self, other: Self) -> Self {
        Self(
            self.0 * other.0 - self.1 * other.1,
            self.0 * other.1 + self.1 * other.0,
        )
    }

    fn over(self, other: Self) -> Self {
        let square = other.0 * other.0 + other.1 * other.1;
        let Self(re, im) = self.times(Self(other.0, -other.1));
        Self(re / square, im / square)
    }
}

fn weierstrass(c: &[f64]) -> Vec<Complex> {
    let n = c.len() - 1;
    // Powers of a number that is neither real nor a root of unity: never symmetric to the roots.
    let mut roots = vec![Complex(1.0, 0.0); n];
    for i in 1..n {
        roots[i] = roots[i - 1].times(Complex(0.4, 0.9));
    }
    for _ in 0..500 {
        let mut moved: f64 = 0.0;
        for i in 0..n {
            let x = roots[i];
            let value = c.iter().fold(Complex(0.0, 0.0), |sum, c| {
                let Complex(re, im) = sum.times(x);
                Complex(re + c, im)
            });
            let others = (0..n).filter(|k| *k != i);
            let product = others.fold(Complex(1.0, 0.0), |p, k| p.times(x.minus(roots[k])));
            if product.abs() == 0.0 {
                continue;
            }
            let step = value.over(product);
            roots[i] = x.minus(step);
            moved = moved.max(step.abs());
        }
        if moved < 1e-15 {
            break;
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_known_polynomials() {
        // (x - 1)(x - 2)(x + 3) = x^3 - 7 x + 6
        assert!((largest_root(&[1.0, 0.0, -7.0, 6.0]) - 3.0).abs() < 1e-13);
        // (x^2 + 4)(x - 1)
        assert!((largest_root(&[1.0, -1.0, 4.0, -4.0]) - 2.0).abs() < 1e-13);
        assert_eq!(largest_root(&[1.0, -2.0, 1.0]), 1.0);
        assert_eq!(largest_root(&[1.0, 0.0, 4.0]), 2.0);
        assert_eq!(largest_root(&[1.0, -0.5]), 0.5);
    }
}
