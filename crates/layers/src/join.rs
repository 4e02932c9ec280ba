//! How branches come together.

/// How the outputs of branches become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Join {
    /// Added up; all have one shape.
    Sum,
    /// One after another along the depth; all have the same vertical and horizontal size.
    Concat,
}
