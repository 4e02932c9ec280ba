//! Pictures, PNG, JPEG and PGM, and folders of them (feature `images`).

mod decode;
mod decoded;
mod error;
mod folder;
mod pgm;
mod resize;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use gradflow_real::Real;

use self::decoded::Decoded;
use self::resize::resized;
use crate::source::{Source, open};
use crate::{Channels, DataError, MemoryError};

pub use error::PictureError;

/// The most pixels of a picture, if the caller sets no other limit: 2^26, such as 8192 x 8192. A side has 65,535 at most.
pub const MAX_PIXELS: usize = 1 << 26;

/// A reader of pictures, PNG, JPEG and PGM, which are told by their first bytes: how large they become, and with which channels.
///
/// Pixels of 8 and 16 bits become numbers from 0 to 1. Transparency, colour profiles and the orientation that a camera notes down are left out; the
/// first picture of an animation is read.
///
/// ```no_run
/// use gradflow_data::{Channels, Pictures};
///
/// // pictures/cat/1.png, pictures/cat/2.jpg, …, pictures/dog/1.jpg, …
/// let data = Pictures::new().resized(32, 32).channels(Channels::Grey).folder::<f32>("pictures")?;
/// assert_eq!(data.class_names().unwrap(), ["cat", "dog"]);
/// assert_eq!(data.shape().dims(), [1, 32, 32]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    size: Option<(usize, usize)>,
    channels: Option<Channels>,
    most: usize,
}

/// A picture: its values channel by channel, each row by row, from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture<T> {
    /// Depth, vertical, horizontal.
    pub dims: [usize; 3],
    /// The values.
    pub values: Vec<T>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self::new()
    }
}

impl Pictures {
    /// Pictures as they are: all of a folder are of one size, and all grey or all coloured.
    pub fn new() -> Self {
        Self {
            size: None,
            channels: None,
            most: MAX_PIXELS,
        }
    }

    /// Pictures of another size are resized to this one, stretched where its sides have another ratio.
    ///
    /// Each new pixel is the mean of the old ones around its place with the weights of a triangle, which spans two new pixels where a picture becomes smaller
    /// and two old ones where it becomes larger: bilinear with antialiasing, as Pillow's `BILINEAR`. The rows come first, then the columns.
    #[must_use]
    pub fn resized(mut self, vertical: usize, horizontal: usize) -> Self {
        self.size = Some((vertical, horizontal));
        self
    }

    /// Pictures with other channels are converted to these.
    #[must_use]
    pub fn channels(mut self, channels: Channels) -> Self {
        self.channels = Some(channels);
        self
    }

    /// The most pixels that a picture may have, instead of [`MAX_PIXELS`]; its header says how many it has before they are read.
    #[must_use]
    pub fn limit(mut self, pixels: usize) -> Self {
        self.most = pixels;
        self
    }

    /// Reads one picture.
    ///
    /// # Errors
    /// [`DataError::Open`], or [`DataError::File`] with the path and a [`PictureError`].
    pub fn open<T: Real>(&self, path: impl AsRef<Path>) -> Result<Picture<T>, DataError> {
        open(path.as_ref(), |file: File| self.read(file))
    }

    /// Reads one picture from a stream.
    ///
    /// # Errors
    /// [`PictureError`].
    pub fn read<T: Real>(&self, reader: impl Read) -> Result<Picture<T>, PictureError> {
        self.converted(&self.decoded(reader)?)
    }

    fn decoded(&self, reader: impl Read) -> Result<Decoded, PictureError> {
        let mut source = Source::new(reader, None)?;
        let bytes = source.up_to(u64::MAX)?;
        Decoded::of(&bytes, self.most)
    }

    /// With the size and the channels that are asked for.
    fn converted<T: Real>(&self, picture: &Decoded) -> Result<Picture<T>, PictureError> {
        let (v, h) = self.size.unwrap_or(picture.size());
        let depth = self.channels.map_or(picture.depth(), Channels::depth);
        let size = v
            .checked_mul(h)
            .filter(|size| (1..=MAX_PIXELS).contains(size));
        let size = size.ok_or(PictureError::Size { v, h })?;
        let mut values = Vec::new();
        crate::memory::reserve(&mut values, depth * size)?;
        for channel in 0..depth {
            // Of grey and colour each is made of the other.
            match (picture.depth(), depth) {
                (1, _) => append(picture, (v, h), |pixel| pixel[0], &mut values)?,
                (_, 1) => append(picture, (v, h), luminance, &mut values)?,
                _ => append(picture, (v, h), |pixel| pixel[channel], &mut values)?,
            }
        }
        let dims = [depth, v, h];
        Ok(Picture { dims, values })
    }
}

/// The luminance of Rec. 601.
fn luminance(pixel: [f64; 3]) -> f64 {
    0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
}

/// Appends a channel in another size, if it is another one.
fn append<T: Real>(
    picture: &Decoded,
    size: (usize, usize),
    channel: impl Fn([f64; 3]) -> f64,
    to: &mut Vec<T>,
) -> Result<(), MemoryError> {
    if picture.size() != size {
        return resized(picture, size, channel, to);
    }
    to.extend(picture.pixels().map(|pixel| T::from_f64(channel(pixel))));
    Ok(())
}
