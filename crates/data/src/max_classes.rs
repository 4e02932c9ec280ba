//! A limit.

/// The most classes that a data set may have: 1,048,576.
///
/// Whatever is kept for each class (a count, a name, an output of a network) would otherwise take any amount of memory
/// from a single stray label.
pub const MAX_CLASSES: usize = 1 << 20;
