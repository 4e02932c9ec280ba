//! Causes from outside.

use core::fmt;
use core::ops::Deref;
use std::error::Error;
use std::sync::Arc;

/// An error of the system or of another library, kept as the cause of one of this library's. Clones share it, and two are equal if
/// they say the same.
///
/// It is no error itself but stands for the one within: [`source`](Error::source) of an error that holds it is that one, which can
/// be downcast. As a text it is one line of a bounded length.
///
/// ```
/// use std::error::Error;
/// use std::io;
///
/// use gradflow_data::DiskDataset;
///
/// let error = DiskDataset::<f32>::open_npy_labels("no.npy", "no.npy", None, 1.0).unwrap_err();
/// let cause = error.source().unwrap().downcast_ref::<io::Error>();
/// assert_eq!(cause.unwrap().kind(), io::ErrorKind::NotFound);
/// ```
#[derive(Debug, Clone)]
pub struct SharedError(Arc<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for SharedError {
    fn from(error: E) -> Self {
        let error: Box<dyn Error + Send + Sync> = error.into();
        Self(error.into())
    }
}

impl Deref for SharedError {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for SharedError {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most letters.
        const MOST: usize = 300;
        let text = self.0.to_string();
        for c in text.chars().take(MOST) {
            let shown = if c.is_control() { ' ' } else { c };
            fmt::Write::write_char(f, shown)?;
        }
        match text.chars().nth(MOST) {
            Some(_) => f.write_str("…"),
            None => Ok(()),
        }
    }
}
