//! Vectors whose size a file or a caller chooses: reserved with an error instead of an abort.

use core::fmt;

use thiserror::Error;

/// Memory for so many bytes could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "{} could not be allocated: check the sizes and the number of classes that were asked for; if they are right, use fewer samples",
    Amount(*bytes)
)]
pub struct MemoryError {
    /// The bytes asked for; the largest number, if they cannot even be counted.
    pub bytes: usize,
}

/// Bytes, in the unit that a reader would choose.
pub(crate) struct Amount(pub(crate) usize);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        let power = bytes.checked_ilog2().unwrap_or(0) / 10;
        match ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].get(power.wrapping_sub(1) as usize) {
            _ if bytes == usize::MAX => f.write_str("more memory than can be counted"),
            Some(unit) => write!(
                f,
                "{:.1} {unit} of memory",
                bytes as f64 / 1024_f64.powi(power as i32)
            ),
            None => write!(f, "{bytes} bytes of memory"),
        }
    }
}

/// Room for exactly so many elements more.
pub(crate) fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), MemoryError> {
    vec.try_reserve_exact(more).map_err(|_| wanted(vec, more))
}

/// Appends one element; room grows by doubling.
pub(crate) fn push<T>(vec: &mut Vec<T>, element: T) -> Result<(), MemoryError> {
    if vec.len() == vec.capacity() {
        vec.try_reserve(1).map_err(|_| wanted(vec, 1))?;
    }
    vec.push(element);
    Ok(())
}

/// Appends elements; room grows by doubling.
pub(crate) fn extend<T: Copy>(vec: &mut Vec<T>, elements: &[T]) -> Result<(), MemoryError> {
    let more = elements.len();
    vec.try_reserve(more).map_err(|_| wanted(vec, more))?;
    vec.extend_from_slice(elements);
    Ok(())
}

/// So many elements that the iterator yields.
pub(crate) fn collect<T>(
    elements: impl ExactSizeIterator<Item = T>,
) -> Result<Vec<T>, MemoryError> {
    let mut vec = Vec::new();
    reserve(&mut vec, elements.len())?;
    vec.extend(elements);
    Ok(vec)
}

/// So many copies of one element.
pub(crate) fn filled<T: Clone>(len: usize, element: T) -> Result<Vec<T>, MemoryError> {
    let mut vec = Vec::new();
    reserve(&mut vec, len)?;
    vec.resize(len, element);
    Ok(vec)
}

fn wanted<T>(vec: &[T], more: usize) -> MemoryError {
    let elements = vec.len().saturating_add(more);
    MemoryError {
        bytes: elements.saturating_mul(size_of::<T>()),
    }
}
