//! Tensors as text, laid out and elided like NumPy's.

use core::fmt::{self, Display, Formatter, LowerExp};

use crate::{Tensor, TensorView};

/// A tensor with more elements shows only the ends of its axes.
const THRESHOLD: usize = 1000;
/// So many indices at each end.
const EDGE: usize = 3;
/// Rows are broken before they are longer, closing brackets included.
const LINE: usize = 75;
/// Digits behind the point, unless the caller asks for others.
const DIGITS: usize = 8;

/// The elements in nested brackets, as NumPy prints them: with more than 1000 elements only the first and the last three along
/// each axis. Numbers have as many digits behind the point as they need, at most eight, or those of the format (`{:.2}`); beyond
/// `1e8` or below `1e-4` they are written with exponents.
///
/// ```
/// use gradflow_tensor::{Shape, Tensor};
///
/// let t = Tensor::from_fn(Shape::new([2, 3])?, |[i, j]| i as f64 - j as f64 / 4.0);
/// assert_eq!(t.to_string(), "[[ 0.00 -0.25 -0.50]\n [ 1.00  0.75  0.50]]");
/// assert_eq!(format!("{t:.1}"), "[[ 0.0 -0.2 -0.5]\n [ 1.0  0.8  0.5]]");
///
/// let long = Tensor::from_fn(Shape::new([10_000])?, |[i]| i);
/// assert_eq!(long.to_string(), "[   0    1    2 ... 9997 9998 9999]");
/// # Ok::<(), gradflow_tensor::ShapeError>(())
/// ```
impl<T: Display + LowerExp, const R: usize> Display for TensorView<'_, T, R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dims = self.shape().dims();
        let picture = Picture {
            dims: &dims,
            edge: (self.shape().len() > THRESHOLD).then_some(EDGE),
        };
        let mut shown = Vec::new();
        picture.visit(0, 0, &mut |i| shown.push(&self.as_slice()[i]));
        let texts = texts(&shown, f.precision());
        let width = texts.iter().map(String::len).max().unwrap_or(0);
        picture.write(f, 0, 1, &mut texts.iter(), width)
    }
}

/// Like a [`TensorView`].
impl<T: Display + LowerExp, const R: usize> Display for Tensor<T, R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// The text of each element, all of one notation.
fn texts<T: Display + LowerExp>(shown: &[&T], precision: Option<usize>) -> Vec<String> {
    if let Some(digits) = precision {
        return shown.iter().map(|x| format!("{x:.digits$}")).collect();
    }
    let plain: Vec<String> = shown.iter().map(|x| x.to_string()).collect();
    let whole = |text: &String| text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    // 20 digits: the longest integer of 64 bits.
    if plain.iter().all(|text| whole(text) && text.len() <= 20) {
        return plain;
    }
    let Ok(numbers) = plain
        .iter()
        .map(|text| text.parse::<f64>())
        .collect::<Result<Vec<_>, _>>()
    else {
        return plain;
    };
    let sizes = numbers
        .iter()
        .map(|x| x.abs())
        .filter(|x| *x > 0.0 && x.is_finite());
    let (low, high) = sizes.fold((1.0_f64, 1.0_f64), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    if high >= 1e8 || low < 1e-4 {
        let short = |text: &str| text.split_once('e').map_or(0, |(digits, _)| digits.len());
        let exact = shown.iter().map(|x| format!("{x:e}"));
        // The digits that are needed, and the point.
        let needed = exact
            .map(|text| short(text.trim_start_matches('-')))
            .max()
            .unwrap_or(0);
        let digits = needed.saturating_sub(2).min(DIGITS);
        return shown.iter().map(|x| format!("{x:.digits$e}")).collect();
    }
    let needed = plain
        .iter()
        .map(|text| text.split_once('.').map_or(0, |(_, digits)| digits.len()));
    let digits = needed.max().unwrap_or(0).min(DIGITS);
    shown.iter().map(|x| format!("{x:.digits$}")).collect()
}

/// Which elements are shown, and where.
struct Picture<'a> {
    dims: &'a [usize],
    /// Indices at each end of an axis, if not all are shown.
    edge: Option<usize>,
}

impl Picture<'_> {
    /// Indices shown along an axis, at its beginning and at its end.
    fn ends(&self, axis: usize) -> (usize, usize) {
        let n = self.dims[axis];
        match self.edge {
            Some(edge) if n > 2 * edge => (edge, edge),
            _ => (n, 0),
        }
    }

    /// The flat positions of the elements that are shown, in order.
    fn visit(&self, axis: usize, start: usize, position: &mut impl FnMut(usize)) {
        if axis == self.dims.len() {
            return position(start);
        }
        let part: usize = self.dims[axis + 1..].iter().product();
        let (first, last) = self.ends(axis);
        let n = self.dims[axis];
        for i in (0..first).chain(n - last..n) {
            self.visit(axis + 1, start + i * part, position);
        }
    }

    /// One bracket; `depth` brackets are open, this one included.
    fn write<'t>(
        &self,
        f: &mut Formatter<'_>,
        axis: usize,
        depth: usize,
        texts: &mut impl Iterator<Item = &'t String>,
        width: usize,
    ) -> fmt::Result {
        if axis == self.dims.len() {
            let text = texts.next().map_or("", String::as_str);
            return f.write_str(text);
        }
        f.write_str("[")?;
        let (first, last) = self.ends(axis);
        let inner = self.dims.len() - axis - 1;
        let mut column = depth;
        let line = LINE - self.dims.len().min(LINE);
        for i in 0..first + last {
            let elided = last > 0 && i == first;
            if inner > 0 {
                if i > 0 {
                    separate(f, inner, depth)?;
                }
                if elided {
                    f.write_str("...")?;
                    separate(f, inner, depth)?;
                }
                self.write(f, axis + 1, depth + 1, texts, width)?;
                continue;
            }
            if elided {
                column = space(f, column, depth, 3, line)?;
                f.write_str("...")?;
            }
            if i > 0 {
                column = space(f, column, depth, width, line)?;
            } else {
                column += width;
            }
            write!(f, "{:>width$}", texts.next().map_or("", String::as_str))?;
        }
        f.write_str("]")
    }
}

/// Ends a line between parts of rank `inner`, and blank lines between parts of higher rank; then goes under the first part.
fn separate(f: &mut Formatter<'_>, inner: usize, depth: usize) -> fmt::Result {
    for _ in 0..inner {
        f.write_str("\n")?;
    }
    write!(f, "{:depth$}", "")
}

/// A space before a text, or a new line if it would not fit; where the text ends.
fn space(
    f: &mut Formatter<'_>,
    column: usize,
    depth: usize,
    width: usize,
    line: usize,
) -> Result<usize, fmt::Error> {
    if column + 1 + width > line && column > depth {
        write!(f, "\n{:depth$}", "")?;
        return Ok(depth + width);
    }
    f.write_str(" ")?;
    Ok(column + 1 + width)
}
