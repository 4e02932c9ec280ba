//! Kernels whose vector lanes are channels: any stride, any length of a row.
//!
//! A block of `width` channels is one vector; the other operand is a number, repeated in every lane. No lane is lost
//! at the end of a row, and numbers may be read from anywhere, so strides cost nothing. The price is one transposition
//! of the output (forward, input gradient) or of `delta` (filter gradient), and idle lanes where channels do not fill
//! the vectors.
//!
//! All three passes are lists of one [`tile`]: `R` by `N` sums, each over the same terms, of a vector times a number, or
//! of the vectors of two blocks side by side, so that a repeated number serves twice.
//!
//! | pass | sums | terms | vector | number |
//! |---|---|---|---|---|
//! | (38) forward | positions of the output | `a, b, c` | filter, lanes over output channels | `x` |
//! | (47) filter gradient | `R` rows of `N` places of the filter; with two blocks `R` places | positions of the output | `delta`, lanes over output channels | `x` |
//! | (45) input gradient | positions of the input that agree modulo the stride | `b', i, c'` | filter, lanes over input channels | `delta` |

pub(super) mod backward_filter;
pub(super) mod backward_input;
pub(super) mod forward;
pub(super) mod tile;
