//! Butcher tables of explicit Runge-Kutta methods.

/// Most stages of a table.
pub(super) const MAX_STAGES: usize = 12;

/// An explicit Butcher table whose order conditions have been checked.
///
/// ```text
/// k_i = J(q − rate Σ_{l<i} a_il k_l) ;  q ← q − rate Σ_i b_i k_i
/// ```
///
/// Orders 1 to 4 are checked in [`Butcher::new`], a constant function: a wrong table does not compile.
///
/// ```
/// use gradflow_optim::{Butcher, RungeKutta, Tableau};
///
/// /// Ralston's third-order method.
/// static RALSTON_3: Butcher = match Butcher::new(
///     3,
///     &[&[], &[1.0 / 2.0], &[0.0, 3.0 / 4.0]],
///     &[2.0 / 9.0, 1.0 / 3.0, 4.0 / 9.0],
/// ) {
///     Ok(table) => table,
///     Err(_) => panic!("not a table of order 3"),
/// };
/// let rule = RungeKutta { rate: 0.1, table: Tableau::Custom(&RALSTON_3) };
/// # let _ = rule;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Butcher {
    order: u32,
    a: &'static [&'static [f64]],
    b: &'static [f64],
}

/// Why a Butcher table is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ButcherError {
    /// No stages, or more than 12.
    #[error("a table has 1 to 12 stages, not {0}")]
    Stages(usize),
    /// Row `i` of `a` has not `i` entries: the method would not be explicit.
    #[error("row {0} of an explicit table has as many entries as rows before it")]
    Row(usize),
    /// The order is not one of 1 to 4, which is what can be checked.
    #[error("orders 1 to 4 can be checked, not {0}")]
    Order(u32),
    /// The weights do not have the order.
    #[error("the table does not satisfy the conditions of order {0}")]
    Conditions(u32),
}

impl Butcher {
    /// The table with rows `a` (row `i` has `i` entries) and weights `b`, of the given order.
    ///
    /// # Errors
    /// [`ButcherError`] if the rows are not those of an explicit method or the conditions of the order do not hold.
    pub const fn new(
        order: u32,
        a: &'static [&'static [f64]],
        b: &'static [f64],
    ) -> Result<Self, ButcherError> {
        let stages = b.len();
        if stages == 0 || stages > MAX_STAGES || a.len() != stages {
            return Err(ButcherError::Stages(stages));
        }
        let mut i = 0;
        while i < stages {
            if a[i].len() != i {
                return Err(ButcherError::Row(i));
            }
            i += 1;
        }
        if order == 0 || order > 4 {
            return Err(ButcherError::Order(order));
        }
        let table = Self { order, a, b };
        if table.has_order(order) {
            Ok(table)
        } else {
            Err(ButcherError::Conditions(order))
        }
    }

    /// Order of accuracy on the gradient flow.
    pub const fn order(&self) -> u32 {
        self.order
    }

    /// Number of stages: gradients a step.
    pub const fn stages(&self) -> usize {
        self.b.len()
    }

    /// Coefficients of stage `i`.
    pub(super) const fn row(&self, i: usize) -> &'static [f64] {
        self.a[i]
    }

    /// Weights of the stages.
    pub(super) const fn weights(&self) -> &'static [f64] {
        self.b
    }

    /// The eight conditions of Butcher's trees with up to four nodes. `c_i = sum_l a_il`.
    const fn has_order(&self, order: u32) -> bool {
        let one = [1.0; MAX_STAGES];
        let c = self.apply(&one);
        let (c2, ac) = (times(&c, &c), self.apply(&c));
        let conditions = [
            (1, one, 1.0),
            (2, c, 1.0 / 2.0),
            (3, c2, 1.0 / 3.0),
            (3, ac, 1.0 / 6.0),
            (4, times(&c2, &c), 1.0 / 4.0),
            (4, times(&c, &ac), 1.0 / 8.0),
            (4, self.apply(&c2), 1.0 / 12.0),
            (4, self.apply(&ac), 1.0 / 24.0),
        ];
        let mut i = 0;
        while i < conditions.len() {
            let (of, tree, expected) = conditions[i];
            if of <= order && (self.weigh(&tree) - expected).abs() > 1e-12 {
                return false;
            }
            i += 1;
        }
        true
    }

    /// `sum_i b_i x_i`
    const fn weigh(&self, x: &[f64; MAX_STAGES]) -> f64 {
        let (mut sum, mut i) = (0.0, 0);
        while i < self.b.len() {
            sum += self.b[i] * x[i];
            i += 1;
        }
        sum
    }

    /// `sum_l a_il x_l`, for each `i`.
    const fn apply(&self, x: &[f64; MAX_STAGES]) -> [f64; MAX_STAGES] {
        let mut ax = [0.0; MAX_STAGES];
        let mut i = 0;
        while i < self.b.len() {
            let mut l = 0;
            while l < i {
                ax[i] += self.a[i][l] * x[l];
                l += 1;
            }
            i += 1;
        }
        ax
    }
}

const fn times(x: &[f64; MAX_STAGES], y: &[f64; MAX_STAGES]) -> [f64; MAX_STAGES] {
    let mut product = [0.0; MAX_STAGES];
    let mut i = 0;
    while i < MAX_STAGES {
        product[i] = x[i] * y[i];
        i += 1;
    }
    product
}

/// A table that is known to be right, or the compiler stops.
const fn checked(order: u32, a: &'static [&'static [f64]], b: &'static [f64]) -> Butcher {
    match Butcher::new(order, a, b) {
        Ok(table) => table,
        Err(_) => panic!("a Butcher table is wrong"),
    }
}

pub(super) static MIDPOINT: Butcher = checked(2, &[&[], &[0.5]], &[0.0, 1.0]);
pub(super) static HEUN: Butcher = checked(2, &[&[], &[1.0]], &[0.5, 0.5]);
pub(super) static RALSTON: Butcher = checked(2, &[&[], &[2.0 / 3.0]], &[0.25, 0.75]);
pub(super) static KUTTA_3: Butcher = checked(
    3,
    &[&[], &[0.5], &[-1.0, 2.0]],
    &[1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0],
);
pub(super) static RK4: Butcher = checked(
    4,
    &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
    &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
);
pub(super) static THREE_EIGHTHS: Butcher = checked(
    4,
    &[&[], &[1.0 / 3.0], &[-1.0 / 3.0, 1.0], &[1.0, -1.0, 1.0]],
    &[1.0 / 8.0, 3.0 / 8.0, 3.0 / 8.0, 1.0 / 8.0],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tables_are_refused() {
        assert_eq!(Butcher::new(1, &[], &[]), Err(ButcherError::Stages(0)));
        assert_eq!(
            Butcher::new(1, &[&[1.0]], &[1.0]),
            Err(ButcherError::Row(0))
        );
        assert_eq!(Butcher::new(5, &[&[]], &[1.0]), Err(ButcherError::Order(5)));
        assert_eq!(
            Butcher::new(2, &[&[]], &[1.0]),
            Err(ButcherError::Conditions(2))
        );
        assert!(Butcher::new(1, &[&[]], &[1.0]).is_ok());
    }

    #[test]
    fn no_table_has_a_higher_order_than_it_says() {
        for table in [MIDPOINT, HEUN, RALSTON, KUTTA_3] {
            assert!(!table.has_order(table.order + 1));
        }
    }
}
