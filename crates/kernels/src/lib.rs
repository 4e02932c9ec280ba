#![doc = include_str!("../README.md")]

mod aligned;
mod both;
mod bytes;
mod clock;
mod conv;
pub mod cpu;
mod dispatch;
mod dropout;
mod elementwise;
mod gated;
mod gather;
mod math;
pub mod norm;
mod number;
mod peak;
mod pool;
mod product;
mod scratch;
mod simd;
mod sizes;
pub mod slices;
mod stack;
mod sums;
mod unary;
pub mod update;
mod upsample;
mod workers;

pub use aligned::Aligned;
pub use bytes::bytes_mut;
pub use clock::Clock;
pub use conv::{ConvPlan, ConvShape, conv_backward_filter, conv_backward_input, conv_forward};
pub use dropout::{dropout, dropout_number};
pub use gated::Gated;
pub use gather::gather_rows;
pub use gradflow_real::Real;
pub use peak::multiply_adds;
pub use pool::{
    Over, PoolShape, avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward,
};
pub use product::{Finish, Operand, product};
pub use stack::{DenseLayer, DenseStack};
pub use unary::Unary;
pub use upsample::{upsample_backward, upsample_forward};
pub use workers::Workers;
