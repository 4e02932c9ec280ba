//! The tests of shapes, tensors and batches, as one program: it is linked once.

mod display;
mod matrix;
mod shape;
mod tensor;
