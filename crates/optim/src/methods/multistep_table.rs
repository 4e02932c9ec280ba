//! Tables of linear multistep formulas, checked at compile time.

/// A linear multistep formula on the gradient flow.
///
/// ```text
/// qₙ = Σₖ points[k] qₙ₋₁₋ₖ − rate Σₖ gradients[k] Jₙ₋ₖ
/// ```
///
/// The first steps, for which there is no history, are made by the formulas of `start`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MultistepTable {
    /// Weights of the past points, the newest first.
    pub(super) points: &'static [f64],
    /// Weights of the gradients, the newest first.
    pub(super) gradients: &'static [f64],
    /// Order of consistency: the error of one step is of the order of `rate^(order + 1)`.
    pub(super) order: u32,
    /// Formulas of the first steps.
    pub(super) start: &'static [MultistepTable],
}

/// The explicit Euler method, equation (2).
pub(super) const EULER: MultistepTable = checked(MultistepTable {
    points: &[1.0],
    gradients: &[1.0],
    order: 1,
    start: &[],
});

/// Equation (13).
pub(super) const MIDPOINT: MultistepTable = checked(MultistepTable {
    points: &[0.0, 1.0],
    gradients: &[2.0],
    order: 2,
    start: &[EULER],
});

/// Equation (14), both first steps by (2).
pub(super) const THREE_STEP: MultistepTable = checked(MultistepTable {
    points: &[-1.5, 3.0, -0.5],
    gradients: &[3.0],
    order: 3,
    start: &[EULER, EULER],
});

/// Equation (14), the second step by (13).
pub(super) const THREE_STEP_AFTER_MIDPOINT: MultistepTable = checked(MultistepTable {
    start: &[EULER, MIDPOINT],
    ..THREE_STEP
});

/// Adams-Bashforth of order 2.
pub(super) const ADAMS_BASHFORTH_2: MultistepTable = checked(MultistepTable {
    points: &[1.0],
    gradients: &[3.0 / 2.0, -1.0 / 2.0],
    order: 2,
    start: &[EULER],
});

/// Adams-Bashforth of order 3.
pub(super) const ADAMS_BASHFORTH_3: MultistepTable = checked(MultistepTable {
    points: &[1.0],
    gradients: &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
    order: 3,
    start: &[EULER, ADAMS_BASHFORTH_2],
});

/// Stops the compiler if a table has not the order that it claims, or not the shape that the stepper handles.
const fn checked(table: MultistepTable) -> MultistepTable {
    assert!(satisfies_order(&table, table.order), "order conditions");
    assert!(
        !satisfies_order(&table, table.order + 1),
        "higher order than claimed"
    );
    let (points, gradients) = (table.points.len(), table.gradients.len());
    assert!(
        points == 1 || gradients == 1,
        "a history of points or of gradients"
    );
    assert!(
        points >= 1 && points <= 3 && gradients >= 1 && gradients <= 3,
        "at most three steps"
    );
    let mut steps = points;
    if gradients > steps {
        steps = gradients;
    }
    assert!(
        table.start.len() == steps - 1,
        "one starting formula for each missing step"
    );
    table
}

/// Whether the formula is exact on `1, t, …, t^order`: with `t = -1 - k` at `q_{n-1-k}`, step 1 and `q' = -J`,
/// `0^m = sum_k points[k] (-1-k)^m + m sum_k gradients[k] (-1-k)^(m-1)`.
const fn satisfies_order(table: &MultistepTable, order: u32) -> bool {
    let mut m = 0;
    while m <= order {
        let mut residual = if m == 0 { -1.0 } else { 0.0 };
        let mut k = 0;
        while k < table.points.len() {
            residual += table.points[k] * power(-1.0 - k as f64, m);
            k += 1;
        }
        k = 0;
        while k < table.gradients.len() && m > 0 {
            residual += m as f64 * table.gradients[k] * power(-1.0 - k as f64, m - 1);
            k += 1;
        }
        if residual.abs() > 1e-12 {
            return false;
        }
        m += 1;
    }
    true
}

const fn power(x: f64, m: u32) -> f64 {
    let (mut power, mut i) = (1.0, 0);
    while i < m {
        power *= x;
        i += 1;
    }
    power
}
