//! A folder of pictures for each class.

use std::path::Path;

use anyhow::Result;
use gradflow::data::{Channels, DataError, PictureError, Pictures};
use gradflow::{DataFile, Dataset, PictureFolder};

use super::seen::Look;

/// Pictures with more pixels, or of several sizes, are resized to so many, vertical and horizontal.
const SIZE: usize = 32;
const LARGEST: usize = 64 * 64;

/// Looks at all pictures: what they become is what they are, if they are alike and not large.
pub(super) fn look(path: &Path) -> Result<Look> {
    let (mut size, mut channels) = (None, None);
    let data: Dataset<f32> = loop {
        let mut pictures = match size {
            None => Pictures::new().limit(LARGEST),
            Some((v, h)) => Pictures::new().resized(v, h),
        };
        if let Some(channels) = channels {
            pictures = pictures.channels(channels);
        }
        let refused = match pictures.folder(path) {
            Ok(data) => break data,
            Err(refused) => refused,
        };
        match why(&refused) {
            Some(PictureError::TooLarge { .. } | PictureError::Sizes { .. }) if size.is_none() => {
                size = Some((SIZE, SIZE));
            }
            Some(PictureError::Mixture { .. }) if channels.is_none() => {
                channels = Some(Channels::Colour);
            }
            _ => return Err(refused.into()),
        }
    };
    let folder = PictureFolder {
        folder: path.to_owned(),
        size,
        channels,
    };
    Ok(Look::of(&data, DataFile::Pictures(folder)))
}

fn why(error: &DataError) -> Option<&PictureError> {
    match error {
        DataError::File { error, .. } => why(error),
        DataError::Picture(error) => Some(error),
        _ => None,
    }
}
