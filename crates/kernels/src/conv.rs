//! Strided cross-correlation (38) and its two gradients (45), (47).
//!
//! There are two families of kernels, and each pass takes the one that is cheaper for its shape. With [`channels`] in
//! the lanes of vectors, any stride is as good as 1; with [`positions`] in the lanes, few channels are as good as
//! many, as long as rows are long and the stride is 1. Either can use vectors of half the width, where those leave
//! fewer lanes idle: AVX-512 and AVX2 do as many operations per second on many machines.
//!
//! Groups of channels are convolutions of their own; where each has one input channel, the kernels of [`depthwise`] do all
//! channels at once.
//!
//! Forward and input gradient go sample by sample. The filter gradient is a sum over samples: samples are divided
//! into shards, by their number alone, and the sums of the shards are added in order, so that its bits do not depend
//! on the number of threads either.

mod backward_filter;
mod backward_input;
mod channels;
mod choice;
#[cfg(test)]
mod definition;
mod depthwise;
mod forward;
mod layout;
mod partial;
mod phases;
mod plan;
mod positions;
mod shape;
#[cfg(test)]
mod tests;
mod widths;

pub use backward_filter::conv_backward_filter;
pub use backward_input::conv_backward_input;
pub use forward::conv_forward;
pub use plan::ConvPlan;
pub use shape::ConvShape;
