//! Dimensions of samples.

/// Depth, vertical, horizontal of a sample of an array `[n, size]`, `[n, vertical, horizontal]` or `[n, depth, vertical, horizontal]`.
pub(crate) fn sample_dims(dims: &[usize]) -> Option<[usize; 3]> {
    match *dims {
        [_, n] => Some([n, 1, 1]),
        [_, v, h] => Some([1, v, h]),
        [_, d, v, h] => Some([d, v, h]),
        _ => None,
    }
}
