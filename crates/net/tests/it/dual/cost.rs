//! Costs by their formulas.

use super::network::Oracle;
use super::number::{Number, logistic, softplus, sum};
use gradflow::{Cost, Loss, Output};

impl<D: Number> Oracle<D> {
    /// (19), `sum_s w_s l(zeta(p_s), y_s) / sum_s w_s`, with `w_s = 1` where there are no weights.
    pub(crate) fn cost(
        &mut self,
        cost: &Cost,
        p: &[Vec<D>],
        y: &[f64],
        weights: Option<&[f64]>,
    ) -> D {
        let ones = vec![1.0; p.len()];
        let weights = weights.unwrap_or(&ones);
        let targets = y.chunks(y.len() / p.len());
        let losses: Vec<D> = p
            .iter()
            .zip(targets)
            .map(|(p, y)| self.loss(cost, p, y))
            .collect();
        let weighted = losses.iter().zip(weights).map(|(l, w)| *l * D::from(*w));
        sum(weighted) / D::from(weights.iter().sum())
    }

    /// (22), or the loss on the whole output.
    fn loss(&mut self, cost: &Cost, p: &[D], y: &[f64]) -> D {
        let n = p.len() as f64;
        // Label smoothing, of n classes or of two.
        let classes = if cost.output() == Output::Softmax {
            n
        } else {
            2.0
        };
        let s = cost.label_smoothing();
        let y: Vec<f64> = y.iter().map(|y| (1.0 - s) * y + s / classes).collect();
        if let Loss::Criterion(own) = cost.loss() {
            assert_eq!(own.name(), "length");
            let squares = p.iter().zip(&y).map(|(p, y)| (*p - D::from(*y)).square());
            return (D::from(1.0) + sum(squares)).sqrt();
        }
        let components = (0..p.len()).map(|a| {
            let weight = cost.weights().map_or(1.0, |weights| weights[a]);
            D::from(weight) * self.component(cost, p, a, y[a])
        });
        let total = sum(components.collect::<Vec<_>>());
        match cost.loss() {
            Loss::CategoricalCrossEntropy => total,
            _ => total / D::from(n),
        }
    }

    /// `l~(zeta_a, y_a)`
    fn component(&mut self, cost: &Cost, p: &[D], a: usize, y: f64) -> D {
        let constant = D::from;
        // `zeta = 1/(1 + e^-d)`: of the logistic output d is the logit, of the soft-max its distance from the others.
        let d = match cost.output() {
            Output::Softmax => p[a] - log_sum_of_others(p, a),
            _ => p[a],
        };
        match (cost.loss(), cost.output()) {
            (Loss::CategoricalCrossEntropy, _) => return constant(y) * softplus(-d),
            (Loss::CrossEntropy, Output::Identity) => {
                let ([no, yes], v) = ([1.0 - y, y].map(constant), p[a]);
                return -(yes * v.ln() + no * (constant(1.0) - v).ln());
            }
            (Loss::CrossEntropy, _) => {
                return constant(y) * softplus(-d) + constant(1.0 - y) * softplus(d);
            }
            _ => {}
        }
        let v = match cost.output() {
            Output::Identity => p[a],
            _ => logistic(d),
        };
        let e = constant(y) - v;
        match cost.loss() {
            Loss::SquaredError => constant(0.5) * e.square(),
            Loss::Huber { delta } if e.value().abs() <= *delta => constant(0.5) * e.square(),
            Loss::Huber { delta } => constant(*delta) * (e.abs() - constant(delta / 2.0)),
            Loss::AbsoluteError => {
                self.kink(e);
                e.abs()
            }
            Loss::Quantile { tau } => {
                self.kink(e);
                let tau = if e.value() >= 0.0 { *tau } else { tau - 1.0 };
                constant(tau) * e
            }
            Loss::Hinge => {
                let room = constant(1.0) - constant(2.0 * y - 1.0) * v;
                self.kink(room);
                if room.value() > 0.0 {
                    room
                } else {
                    constant(0.0)
                }
            }
            Loss::Custom(own) => {
                assert_eq!(own.name(), "log-cosh");
                e.ln_cosh()
            }
            other => unreachable!("{other} is generated nowhere"),
        }
    }
}

/// `log sum_{b != a} e^p_b`
fn log_sum_of_others<D: Number>(p: &[D], a: usize) -> D {
    let others: Vec<D> = (0..p.len()).filter(|b| *b != a).map(|b| p[b]).collect();
    let largest = others.iter().map(|p| p.value()).fold(f64::MIN, f64::max);
    let terms = others.iter().map(|p| (*p - D::from(largest)).exp());
    sum(terms).ln() + D::from(largest)
}
