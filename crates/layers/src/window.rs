//! Windows that slide over a picture: what convolution and pooling have in common.

use core::fmt;

/// A window that slides over a picture; all sizes are `[vertical, horizontal]`. A plain `[vertical, horizontal]` stands for a window of
/// that size and nothing else chosen.
///
/// With a size `f`, stride `s`, dilation `r` and an input `i`, in each direction:
///
/// | padding, remainder | zeros in front and behind | outputs |
/// |---|---|---|
/// | [`Padding::Both`], [`Padding::Sides`] | as given | `o = (i + front + behind - (f - 1) r - 1)/s + 1`; what the division leaves over is for [`Remainder`] |
/// | [`Padding::Same`] | `max((o - 1) s + (f - 1) r + 1 - i, 0)` together, the odd one behind | `o = ceil(i/s)` |
/// | [`Padding::Causal`] | `(f - 1) r` in front | `o = ceil(i/s)` |
///
/// ```
/// use gradflow_layers::{Activation, Conv, Describe, Padding, Window};
/// use gradflow_tensor::Shape;
///
/// let input = Shape::new([1, 28, 28])?;
/// let window = Window::from([4, 4]).stride([2, 2]).padding([1, 1]);
/// let layer = Conv::new(input, 8, window, Activation::Relu)?;
/// assert_eq!(layer.spec().output.dims(), [8, 14, 14]); // (28 + 2 * 1 - 4) / 2 + 1
///
/// let same = Window::from([3, 3]).padding(Padding::Same);
/// let layer = Conv::new(input, 8, same, Activation::Relu)?;
/// assert_eq!(layer.spec().output.dims(), [8, 28, 28]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Window {
    /// Its size; of a convolution, that of a filter.
    pub size: [usize; 2],
    /// How far it moves each time; by default, 1 for a convolution and its size for pooling.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub stride: Option<[usize; 2]>,
    /// From one of its elements to the next: 1, unless there are gaps between them.
    #[cfg_attr(
        feature = "serde",
        serde(default = "ones", skip_serializing_if = "is_ones")
    )]
    pub dilation: [usize; 2],
    /// What surrounds the picture; by default, nothing.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_usual"))]
    pub padding: Padding,
    /// What becomes of rows and columns that the stride leaves over; by default, they are an error.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_usual"))]
    pub remainder: Remainder,
}

/// Rows and columns around a picture: zeros for a convolution, `-inf` for max-pooling, and for average pooling elements that do not
/// count, unless that is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Padding {
    /// So many on each side, `[vertical, horizontal]`.
    Both([usize; 2]),
    /// So many in front (above, left) and behind (below, right), each `[vertical, horizontal]`.
    Sides {
        /// Rows above and columns on the left.
        front: [usize; 2],
        /// Rows below and columns on the right.
        behind: [usize; 2],
    },
    /// As many as give `ceil(input / stride)` outputs; an odd one stands behind. With stride 1, outputs are as many as
    /// inputs.
    Same,
    /// As many in front that no output reads an input behind its place, and none behind.
    Causal,
}

/// What becomes of rows and columns that the stride leaves over. [`Padding::Same`] and [`Padding::Causal`] leave none: there are
/// `ceil(input / stride)` outputs whatever is chosen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Remainder {
    /// They are an error.
    #[default]
    Refuse,
    /// They are not read: `o` is rounded down.
    Floor,
    /// One more window reads them: `o` is rounded up, unless that window would start behind the input. What it reads beyond the padding
    /// is 0 for a convolution and does not count in pooling.
    Ceil,
}

impl From<[usize; 2]> for Window {
    fn from(size: [usize; 2]) -> Self {
        Self {
            size,
            stride: None,
            dilation: [1, 1],
            padding: Padding::default(),
            remainder: Remainder::Refuse,
        }
    }
}

impl Window {
    /// Chooses the stride.
    #[must_use]
    pub fn stride(mut self, stride: [usize; 2]) -> Self {
        self.stride = Some(stride);
        self
    }

    /// Chooses the dilation.
    #[must_use]
    pub fn dilation(mut self, dilation: [usize; 2]) -> Self {
        self.dilation = dilation;
        self
    }

    /// Chooses the padding; a plain `[vertical, horizontal]` stands for [`Padding::Both`].
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.padding = padding.into();
        self
    }

    /// Chooses what becomes of a remainder.
    #[must_use]
    pub fn remainder(mut self, remainder: Remainder) -> Self {
        self.remainder = remainder;
        self
    }

    /// Rows (`axis` 0) or columns (1) from the first to the last that the window reads, `(f - 1) r + 1`; `None` if that is no number.
    pub fn reach(&self, axis: usize) -> Option<usize> {
        let gaps = self.size[axis].checked_sub(1)?;
        gaps.checked_mul(self.dilation[axis])?.checked_add(1)
    }

    /// Rows (`axis` 0) or columns (1) of padding in front of and behind so many of an input, for a layer whose stride is `usual` if none
    /// was chosen; `None` if a size is 0 or none that fits into a number.
    ///
    /// ```
    /// use gradflow_layers::{Padding, Window};
    ///
    /// let window = Window::from([4, 4]).padding(Padding::Same);
    /// assert_eq!(window.pads(0, 1, 28), Some([1, 2])); // the odd one behind
    /// ```
    pub fn pads(&self, axis: usize, usual: usize, input: usize) -> Option<[usize; 2]> {
        let reach = self.reach(axis)?;
        let stride = self.stride.map_or(usual, |stride| stride[axis]);
        Some(match self.padding {
            Padding::Both(both) => [both[axis]; 2],
            Padding::Sides { front, behind } => [front[axis], behind[axis]],
            Padding::Same => {
                let last = input.checked_sub(1)?.checked_div(stride)? * stride;
                let both = last.checked_add(reach)?.saturating_sub(input);
                [both / 2, both - both / 2]
            }
            Padding::Causal => [reach - 1, 0],
        })
    }

    /// ` stride 2x2 padding same`: what is not usual, for a layer with this usual stride.
    pub(crate) fn options(&self, usual: [usize; 2]) -> String {
        let by = |[v, h]: [usize; 2]| format!("{v}x{h}");
        let stride = self.stride.filter(|stride| *stride != usual).map(by);
        let dilation = Some(self.dilation).filter(|r| *r != [1, 1]).map(by);
        let padding = (!self.padding.is_none()).then(|| self.padding.to_string());
        let rounding = match self.remainder {
            Remainder::Refuse => None,
            Remainder::Floor => Some("floor".into()),
            Remainder::Ceil => Some("ceil".into()),
        };
        [
            ("stride ", stride),
            ("dilation ", dilation),
            ("padding ", padding),
            ("", rounding),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(format!(" {name}{}", value?)))
        .collect()
    }
}

impl Default for Padding {
    fn default() -> Self {
        Self::Both([0, 0])
    }
}

impl From<[usize; 2]> for Padding {
    fn from(both: [usize; 2]) -> Self {
        Self::Both(both)
    }
}

impl Padding {
    /// Whether there is none.
    pub(crate) fn is_none(&self) -> bool {
        let none = [0, 0];
        match *self {
            Self::Both(both) => both == none,
            Self::Sides { front, behind } => [front, behind] == [none; 2],
            Self::Same | Self::Causal => false,
        }
    }
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Both([v, h]) => write!(f, "{v}x{h}"),
            Self::Sides {
                front: [top, left],
                behind: [below, right],
            } => write!(f, "{top}x{left} in front and {below}x{right} behind"),
            Self::Same => f.write_str("same"),
            Self::Causal => f.write_str("causal"),
        }
    }
}

#[cfg(feature = "serde")]
fn ones() -> [usize; 2] {
    [1, 1]
}

#[cfg(feature = "serde")]
fn is_ones(sizes: &[usize; 2]) -> bool {
    *sizes == ones()
}

#[cfg(feature = "serde")]
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
