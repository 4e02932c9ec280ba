//! Products of sizes that a caller chose.
//!
//! A product that wraps would let a short slice pass for a long one, and the kernels would then leave it. So every length
//! that memory safety or a result rests on is multiplied here.

/// The product of `sizes`, which `what` has.
///
/// # Panics
/// If no slice can be so long.
#[inline]
pub(crate) fn count<const N: usize>(what: &str, sizes: [usize; N]) -> usize {
    checked(sizes).unwrap_or_else(|| too_large(what, &sizes))
}

/// The product of `sizes`, if a slice can be so long.
#[inline]
pub(crate) fn checked<const N: usize>(sizes: [usize; N]) -> Option<usize> {
    let product = sizes
        .iter()
        .try_fold(1, |n: usize, size| n.checked_mul(*size))?;
    (product <= isize::MAX as usize).then_some(product)
}

#[cold]
#[inline(never)]
fn too_large(what: &str, sizes: &[usize]) -> ! {
    panic!("{what} is too large for any memory: a product of {sizes:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_that_wrap_are_none() {
        assert_eq!(checked([3, 5, 7]), Some(105));
        assert_eq!(checked([usize::MAX, 0]), Some(0));
        assert_eq!(checked([usize::MAX / 2 + 2, 2]), None);
        assert_eq!(checked([usize::MAX, 1]), None);
        assert_eq!(checked::<0>([]), Some(1));
    }
}
