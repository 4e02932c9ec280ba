//! Constants that may be left out.

pub(super) fn usual_momentum() -> f64 {
    0.1
}

pub(super) fn usual_epsilon() -> f64 {
    1e-5
}

#[cfg(feature = "serde")]
pub(super) fn is_usual_momentum(momentum: &f64) -> bool {
    *momentum == usual_momentum()
}

#[cfg(feature = "serde")]
pub(super) fn is_usual_epsilon(epsilon: &f64) -> bool {
    *epsilon == usual_epsilon()
}
