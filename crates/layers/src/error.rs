//! What can be wrong with a layer.

use gradflow_tensor::ShapeError;
use thiserror::Error;

/// Why a layer cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LayerError {
    /// A dimension is zero or the number of elements overflows.
    #[error("{layer}: {source}")]
    Shape {
        /// What was to be made.
        layer: &'static str,
        /// What is wrong.
        source: ShapeError,
    },
    /// A sample or a filter array so large that the kernels do not take it.
    #[error("{layer}: input {}x{}x{}: more than about a billion elements in a padded sample or in the filters", input[0], input[1], input[2])]
    TooManyElements {
        /// `conv`.
        layer: &'static str,
        /// Input `[depth, vertical, horizontal]`.
        input: [usize; 3],
    },
    /// A stride of zero.
    #[error("{layer} {}x{}, stride {}x{}: a stride is at least 1", window[0], window[1], stride[0], stride[1])]
    ZeroStride {
        /// `conv`, `max-pool` or `avg-pool`.
        layer: &'static str,
        /// Filter or window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Stride `[vertical, horizontal]`.
        stride: [usize; 2],
    },
    /// A filter or window larger than the input.
    #[error("{layer} {}x{}: larger than the input {}x{}{}", window[0], window[1], input[1], input[2], padded(padding))]
    TooLarge {
        /// `conv`, `max-pool` or `avg-pool`.
        layer: &'static str,
        /// Filter or window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Input `[depth, vertical, horizontal]`.
        input: [usize; 3],
        /// Padding `[vertical, horizontal]`.
        padding: [usize; 2],
    },
    /// A stride that does not fit in one or both directions (38).
    #[error(
        "{layer} {}x{}, stride {}x{}: input {}x{}x{}{} leaves a remainder of {} vertically and {} horizontally",
        window[0], window[1], stride[0], stride[1], input[0], input[1], input[2], padded(padding), remainder[0], remainder[1]
    )]
    Remainder {
        /// `conv`, `max-pool` or `avg-pool`.
        layer: &'static str,
        /// Filter or window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Stride `[vertical, horizontal]`.
        stride: [usize; 2],
        /// Input `[depth, vertical, horizontal]`.
        input: [usize; 3],
        /// Padding `[vertical, horizontal]`.
        padding: [usize; 2],
        /// What the stride leaves over `[vertical, horizontal]`; one of them is not 0.
        remainder: [usize; 2],
    },
    /// The slope of a leaky ReLU is not in (0, 1).
    #[error("leaky relu: slope {slope} does not lie in (0, 1)")]
    LeakySlope {
        /// The slope given.
        slope: f64,
    },
    /// The range stated for a user's activation is empty or not a number.
    #[error("activation {activation:?}: there is nothing between {low} and {high}")]
    Range {
        /// The activation's name.
        activation: String,
        /// The lower bound given.
        low: f64,
        /// The upper bound given.
        high: f64,
    },
    /// What a layer of a user's refuses, in its own words.
    #[error("{layer}: {reason}")]
    Refused {
        /// What was to be made.
        layer: String,
        /// Why it cannot be.
        reason: String,
    },
    /// An initial value or scale that is not finite, or a negative scale.
    #[error("initial values: {value} is not finite, or a negative scale")]
    Init {
        /// The value given.
        value: f64,
    },
}

fn padded(padding: &[usize; 2]) -> String {
    if *padding == [0, 0] {
        String::new()
    } else {
        format!(" padded by {}x{}", padding[0], padding[1])
    }
}
