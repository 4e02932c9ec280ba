//! The tests of costs, as one program: it is linked once.

mod extreme;
mod gradients;
mod losses;
mod refusals;
