//! What can be wrong with a description of a descent, or with a state from outside.

use gradflow_kernels::Real;

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
    /// A rule has no proximal step for L1.
    #[error(
        "L1 needs a rule with one gradient a step and without squares: gradient descent, momentum with friction, Nesterov or \
         Adams-Bashforth"
    )]
    NoDisplacement,
    /// There is nothing to minimise over.
    #[error("there is nothing to change: 0 parameters")]
    NoParameters,
    /// Two things that belong to the same parameters differ in length.
    #[error("{of} has {found} element{}, but there {} parameter{}", if *found == 1 { "" } else { "s" }, if *expected == 1 { "is 1".into() } else { format!("are {expected}") }, if *expected == 1 { "" } else { "s" })]
    Length {
        /// What differs.
        of: &'static str,
        /// Number of parameters.
        expected: usize,
        /// Its number of elements.
        found: usize,
    },
    /// A mask binds ranges that are empty, out of order, overlapping or beyond the parameters.
    #[error(
        "mask: the range {start}..{end} must not be empty, must begin at {after} or later and end at {len} at the latest"
    )]
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
    #[error("parameter {index} is {value} at the start: parameters must be finite")]
    Start {
        /// Index of the first parameter that is not finite.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A learning rate is beyond what the numbers hold.
    #[error("a rate of {rate:e} is too large for {numbers}, which takes at most {largest:.3e}")]
    Rate {
        /// The rate.
        rate: f64,
        /// Name of the numbers' type.
        numbers: &'static str,
        /// The largest rate that they hold with room for a method's own factors.
        largest: f64,
    },
    /// There is not so much memory.
    #[error("there is no memory for {bytes} bytes more")]
    Memory {
        /// Bytes wanted.
        bytes: usize,
    },
    /// A saved state belongs to another rule.
    #[error(
        "the state was saved by {found}, but the rule is {expected}: go on with the rule that saved it, or begin anew"
    )]
    State {
        /// Name of the rule.
        expected: &'static str,
        /// Name of the rule that the state belongs to.
        found: &'static str,
    },
    /// A saved state belongs to another number of parameters.
    #[error("the state of {rule} was saved for another number of parameters than {len}")]
    StateLength {
        /// Name of the rule.
        rule: &'static str,
        /// Number of parameters.
        len: usize,
    },
    /// A saved state holds a number that no run leaves there.
    #[error("the state of {rule}: {array}[{index}] must be {expected}, not {value}")]
    StateValue {
        /// Name of the rule.
        rule: &'static str,
        /// The array that holds it.
        array: &'static str,
        /// Its index.
        index: usize,
        /// The values that it may have.
        expected: &'static str,
        /// The value that it has.
        value: f64,
    },
    /// A saved state has made more steps than can be counted on.
    #[error("the state has made {steps} steps; at most 2^53 can be")]
    Steps {
        /// The steps.
        steps: usize,
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

/// Two things that belong to the same parameters.
pub(crate) fn check_length(
    of: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), OptimError> {
    if expected == found {
        Ok(())
    } else {
        Err(OptimError::Length {
            of,
            expected,
            found,
        })
    }
}

/// An array of a saved state: one finite number for each parameter.
pub(crate) fn check_array<T: Real>(
    rule: &'static str,
    array: &'static str,
    x: &[T],
    len: usize,
) -> Result<(), OptimError> {
    check_each(rule, array, x, len, "finite", |x| x.is_finite())
}

/// The same of squares.
pub(crate) fn check_squares<T: Real>(
    rule: &'static str,
    array: &'static str,
    x: &[T],
    len: usize,
) -> Result<(), OptimError> {
    let holds = |x: T| x.is_finite() && x >= T::ZERO;
    check_each(rule, array, x, len, "finite and not negative", holds)
}

fn check_each<T: Real>(
    rule: &'static str,
    array: &'static str,
    x: &[T],
    len: usize,
    expected: &'static str,
    holds: impl Fn(T) -> bool,
) -> Result<(), OptimError> {
    if x.len() != len {
        return Err(OptimError::StateLength { rule, len });
    }
    match x.iter().position(|x| !holds(*x)) {
        None => Ok(()),
        Some(index) => Err(OptimError::StateValue {
            rule,
            array,
            index,
            expected,
            value: x[index].to_f64(),
        }),
    }
}
