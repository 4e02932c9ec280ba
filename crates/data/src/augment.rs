//! Pictures changed a little, at random.

use gradflow_real::Real;
use gradflow_tensor::Shape;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use thiserror::Error;

/// How training pictures are changed at random, so that a network learns what does not matter: Keras' preprocessing layers
/// (`RandomTranslation`, `RandomFlip`, …), torchvision's `RandomCrop(size, padding)`, `RandomAffine`, `RandomErasing`. Plain data.
///
/// Of every picture a window is drawn (crop), enlarged or reduced (zoom), turned, shifted and flipped, in one pass; then a rectangle
/// of it is cut out. What lies outside of the picture is [`fill`](Augment::fill). Shifts and flips copy pixels; the others
/// interpolate bilinearly between them. What is drawn depends on the seed and on the number of the sample alone.
///
/// ```
/// use gradflow_data::Augment;
/// use gradflow_tensor::Shape;
///
/// let change = Augment::default().shift([1, 1]).flip();
/// let (shape, x) = (Shape::new([1, 2, 2])?, [1.0, 2.0, 3.0, 4.0]);
/// let mut changed = [0.0; 4];
/// change.check(shape)?;
/// change.apply(shape, 7, &x, &mut changed);
/// let mut same = [0.0; 4];
/// change.apply(shape, 7, &x, &mut same);
/// assert_eq!(changed, same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct Augment {
    /// Pixels by which a picture is shifted at most, `[vertical, horizontal]`, in both directions.
    pub shift: [usize; 2],
    /// Whether half of the pictures are mirrored, left to right.
    pub flip: bool,
    /// Size of a window, `[vertical, horizontal]`, that is drawn from the picture and enlarged to all of it.
    pub crop: Option<[usize; 2]>,
    /// Degrees by which a picture is turned at most, in both directions.
    pub turn: f64,
    /// Pictures are enlarged by a factor of `1 + zoom` at most, or reduced by as much.
    pub zoom: f64,
    /// Size of a rectangle, `[vertical, horizontal]`, that is filled; its centre lies anywhere in the picture.
    pub cut_out: Option<[usize; 2]>,
    /// What lies outside of a picture, and in what is cut out of it.
    pub fill: f64,
}

/// Why pictures cannot be changed like this.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AugmentError {
    /// A constant out of its range.
    #[error("{field} must be {expected}, not {value}")]
    Constant {
        /// Name of the field.
        field: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        value: f64,
    },
    /// A size that does not fit into the picture.
    #[error("{field}: {} x {} in a picture of {} x {}: choose {expected}", size[0], size[1], picture[0], picture[1])]
    Size {
        /// Name of the field.
        field: &'static str,
        /// The size, `[vertical, horizontal]`.
        size: [usize; 2],
        /// Size of the picture.
        picture: [usize; 2],
        /// What would fit.
        expected: &'static str,
    },
}

impl Augment {
    /// Shifted by so many pixels at most, `[vertical, horizontal]`.
    #[must_use]
    pub fn shift(self, shift: [usize; 2]) -> Self {
        Self { shift, ..self }
    }

    /// Mirrored half of the time.
    #[must_use]
    pub fn flip(self) -> Self {
        Self { flip: true, ..self }
    }

    /// A window of this size, enlarged.
    #[must_use]
    pub fn crop(self, size: [usize; 2]) -> Self {
        let crop = Some(size);
        Self { crop, ..self }
    }

    /// Turned by so many degrees at most.
    #[must_use]
    pub fn turn(self, turn: f64) -> Self {
        Self { turn, ..self }
    }

    /// Enlarged or reduced by a factor of `1 + zoom` at most.
    #[must_use]
    pub fn zoom(self, zoom: f64) -> Self {
        Self { zoom, ..self }
    }

    /// Without a rectangle of this size.
    #[must_use]
    pub fn cut_out(self, size: [usize; 2]) -> Self {
        let cut_out = Some(size);
        Self { cut_out, ..self }
    }

    /// With this beyond the edges.
    #[must_use]
    pub fn fill(self, fill: f64) -> Self {
        Self { fill, ..self }
    }

    /// Whether the constants mean something for pictures of this shape.
    ///
    /// # Errors
    /// [`AugmentError`] with the field that does not.
    pub fn check(&self, shape: Shape<3>) -> Result<(), AugmentError> {
        let constants = [
            ("turn", "from 0 to 180 degrees", self.turn, 180.0),
            ("zoom", "from 0 to 10", self.zoom, 10.0),
        ];
        for (field, expected, value, most) in constants {
            if !(0.0..=most).contains(&value) {
                return Err(AugmentError::Constant {
                    field,
                    expected,
                    value,
                });
            }
        }
        if !self.fill.is_finite() {
            let (field, expected, value) = ("fill", "finite", self.fill);
            return Err(AugmentError::Constant {
                field,
                expected,
                value,
            });
        }
        let [_, vertical, horizontal] = shape.dims();
        let picture = [vertical, horizontal];
        let wrong = |size: [usize; 2], least: usize, beyond: usize| {
            (0..2).any(|d| size[d] < least || size[d] >= picture[d].saturating_add(beyond))
        };
        let sizes = [
            ("shift", Some(self.shift), 0, 0, "less than its size"),
            ("crop", self.crop, 1, 1, "1 to its size"),
            ("cut_out", self.cut_out, 1, 1, "1 to its size"),
        ];
        for (field, size, least, beyond, expected) in sizes {
            if let Some(size) = size.filter(|size| wrong(*size, least, beyond)) {
                return Err(AugmentError::Size {
                    field,
                    size,
                    picture,
                    expected,
                });
            }
        }
        Ok(())
    }

    /// Writes a changed picture, depth after depth; what is drawn comes from the seed alone.
    ///
    /// # Panics
    /// If one of the slices is not as long as the shape says.
    pub fn apply<T: Real>(&self, shape: Shape<3>, seed: u64, from: &[T], to: &mut [T]) {
        let [_, vertical, horizontal] = shape.dims();
        assert!(
            from.len() == shape.len() && to.len() == shape.len(),
            "pictures of {shape}"
        );
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let size = [vertical, horizontal];
        let map = self.draw(size, &mut rng);
        let fill = T::from_f64(self.fill);
        let planes = from.chunks_exact(vertical * horizontal);
        let cut = self
            .cut_out
            .map(|cut| [0, 1].map(|d| window(cut[d], size[d], &mut rng)));
        for (from, to) in planes.zip(to.chunks_exact_mut(vertical * horizontal)) {
            match map {
                Map::Whole { shift, flip } => copy(size, shift, flip, fill, from, to),
                Map::Between(map) => interpolate(size, map, fill, from, to),
            }
            if let Some([rows, columns]) = &cut {
                for row in to
                    .chunks_exact_mut(horizontal)
                    .take(rows.end)
                    .skip(rows.start)
                {
                    row[columns.clone()].fill(fill);
                }
            }
        }
    }

    /// Where each pixel of the changed picture is read.
    fn draw(&self, size: [usize; 2], rng: &mut Xoshiro256PlusPlus) -> Map {
        let shift = self.shift.map(|most| {
            let most = most as i64;
            rng.random_range(-most..=most) as isize
        });
        let flip = self.flip && rng.random::<bool>();
        if self.crop.is_none() && self.turn == 0.0 && self.zoom == 0.0 {
            return Map::Whole { shift, flip };
        }
        let crop = self.crop.unwrap_or(size);
        let corner = [0, 1].map(|d| rng.random_range(0..=size[d] - crop[d]) as f64);
        let (sin, cos) = (self.turn.to_radians() * rng.random_range(-1.0..=1.0)).sin_cos();
        let zoom = (self.zoom.ln_1p() * rng.random_range(-1.0..=1.0)).exp();
        // In units of pixels from the centre: back by the shift, mirrored, turned back, made smaller, into the window.
        let scale = [0, 1].map(|d| crop[d] as f64 / size[d] as f64 / zoom);
        let side = if flip { -1.0 } else { 1.0 };
        let linear = [
            [scale[0] * cos, scale[0] * sin * side],
            [-scale[1] * sin, scale[1] * cos * side],
        ];
        let centre = size.map(|size| (size as f64 - 1.0) / 2.0);
        let offset = [0, 1].map(|d| {
            let into = corner[d] + (crop[d] as f64 - 1.0) / 2.0;
            let back = [
                centre[0] + shift[0] as f64,
                centre[1] + side * shift[1] as f64,
            ];
            into - linear[d][0] * back[0] - linear[d][1] * back[1]
        });
        Map::Between(Affine { linear, offset })
    }
}

/// Where a pixel of the changed picture comes from.
#[derive(Clone, Copy)]
enum Map {
    /// From another pixel.
    Whole { shift: [isize; 2], flip: bool },
    /// From between pixels.
    Between(Affine),
}

/// The place `linear (row, column) + offset`.
#[derive(Clone, Copy)]
struct Affine {
    linear: [[f64; 2]; 2],
    offset: [f64; 2],
}

/// A stretch of this length around a place that is drawn from `0..size`, as far as it lies in there.
fn window(length: usize, size: usize, rng: &mut Xoshiro256PlusPlus) -> core::ops::Range<usize> {
    let start = rng.random_range(0..size) as isize - (length / 2) as isize;
    let end = (start + length as isize).clamp(0, size as isize);
    start.max(0) as usize..end as usize
}

fn copy<T: Real>(
    [vertical, horizontal]: [usize; 2],
    shift: [isize; 2],
    flip: bool,
    fill: T,
    from: &[T],
    to: &mut [T],
) {
    for (row, to) in to.chunks_exact_mut(horizontal).enumerate() {
        let source = row
            .checked_add_signed(-shift[0])
            .filter(|row| *row < vertical);
        let Some(source) = source else {
            to.fill(fill);
            continue;
        };
        let source = &from[source * horizontal..][..horizontal];
        let inside = shift[1].max(0) as usize..(horizontal as isize + shift[1].min(0)) as usize;
        let first = (-shift[1]).max(0) as usize;
        to.fill(fill);
        to[inside.clone()].copy_from_slice(&source[first..first + inside.len()]);
        if flip {
            to.reverse();
        }
    }
}

/// Bilinear, between pixels and what lies outside.
fn interpolate<T: Real>(
    [vertical, horizontal]: [usize; 2],
    Affine { linear, offset }: Affine,
    fill: T,
    from: &[T],
    to: &mut [T],
) {
    let pixel = |row: f64, column: f64| {
        let inside = row >= 0.0 && column >= 0.0;
        let inside = inside && row < vertical as f64 && column < horizontal as f64;
        match inside {
            true => from[row as usize * horizontal + column as usize],
            false => fill,
        }
    };
    for (i, to) in to.chunks_exact_mut(horizontal).enumerate() {
        for (j, to) in to.iter_mut().enumerate() {
            let at = |d: usize| linear[d][0] * i as f64 + linear[d][1] * j as f64 + offset[d];
            let (row, column) = (at(0), at(1));
            let (top, left) = (row.floor(), column.floor());
            let (down, right) = (T::from_f64(row - top), T::from_f64(column - left));
            let mix = |a: T, b: T, share: T| a + share * (b - a);
            let upper = mix(pixel(top, left), pixel(top, left + 1.0), right);
            let lower = mix(pixel(top + 1.0, left), pixel(top + 1.0, left + 1.0), right);
            *to = mix(upper, lower, down);
        }
    }
}
