//! The usual constants: those of `new`, and those of a file that says nothing.

pub(super) const fn beta1() -> f64 {
    0.9
}

pub(super) const fn beta2() -> f64 {
    0.999
}

pub(super) const fn epsilon() -> f64 {
    1e-8
}

/// Of the parameters, in AdamW.
#[cfg(feature = "serde")]
pub(super) const fn weight_decay() -> f64 {
    0.01
}

/// Of a velocity.
#[cfg(feature = "serde")]
pub(super) const fn beta() -> f64 {
    0.9
}

/// Of a running mean of squares.
#[cfg(feature = "serde")]
pub(super) const fn decay() -> f64 {
    0.99
}
