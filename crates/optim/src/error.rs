//! What can be wrong with a description of a descent.

/// Why a rule, a trap, a clip, a schedule, a stopping rule or a saved state cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OptimError {
    /// A constant lies outside its range.
    #[error("{of}: {field} must be {expected}, not {value}")]
    Constant {
        /// The type that holds the constant.
        of: &'static str,
        /// Its field.
        field: &'static str,
        /// The values that it may have.
        expected: &'static str,
        /// The value that it has.
        value: f64,
    },
    /// There is nothing to minimise over.
    #[error("no parameters: the dimension is 0")]
    NoParameters,
    /// Two things that belong to the same parameters differ in length.
    #[error("{of} has {found} elements, the parameters have {expected}")]
    Length {
        /// What differs.
        of: &'static str,
        /// Number of parameters.
        expected: usize,
        /// Its number of elements.
        found: usize,
    },
    /// A mask binds ranges that are empty, out of order, overlapping or beyond the parameters.
    #[error("mask: range {start}..{end} must be non-empty, follow {after} and end by {len}")]
    Mask {
        /// Start of the offending range.
        start: usize,
        /// Its end.
        end: usize,
        /// End of the range before it.
        after: usize,
        /// Number of parameters, or the largest number when it is not known yet.
        len: usize,
    },
    /// The first parameters are not finite.
    #[error("parameter {index} is {value} at the start; it must be finite")]
    Start {
        /// Index of the first parameter that is not finite.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A saved state belongs to another rule.
    #[error("the state was saved by {found}, the rule is {expected}")]
    State {
        /// Name of the rule.
        expected: &'static str,
        /// Name of the rule that the state belongs to.
        found: &'static str,
    },
    /// A saved state belongs to another number of parameters.
    #[error("the state of {rule} does not belong to {len} parameters")]
    StateLength {
        /// Name of the rule.
        rule: &'static str,
        /// Number of parameters.
        len: usize,
    },
}

/// Refuses a constant for which `holds` is false.
pub(crate) fn check(
    holds: bool,
    of: &'static str,
    field: &'static str,
    expected: &'static str,
    value: f64,
) -> Result<(), OptimError> {
    if holds {
        Ok(())
    } else {
        Err(OptimError::Constant {
            of,
            field,
            expected,
            value,
        })
    }
}

/// A rate: finite and positive.
pub(crate) fn check_rate(of: &'static str, field: &'static str, x: f64) -> Result<(), OptimError> {
    check(
        x.is_finite() && x > 0.0,
        of,
        field,
        "finite and positive",
        x,
    )
}

/// A decay: in `[0, 1)`.
pub(crate) fn check_beta(of: &'static str, field: &'static str, x: f64) -> Result<(), OptimError> {
    check((0.0..1.0).contains(&x), of, field, "in [0, 1)", x)
}

/// A weight or an epsilon: finite and not negative.
pub(crate) fn check_weight(
    of: &'static str,
    field: &'static str,
    x: f64,
) -> Result<(), OptimError> {
    check(
        x.is_finite() && x >= 0.0,
        of,
        field,
        "finite and not negative",
        x,
    )
}
