//! Pictures in IDX files, and in folders.

use std::path::{Path, PathBuf};

use gradflow_data::{Channels, DataError, Dataset, Idx};
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Pictures and their labels, in two IDX files, plain or gzip. The form of MNIST.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdxFiles {
    /// The pictures, bytes.
    pub images: PathBuf,
    /// The class of each, bytes.
    pub labels: PathBuf,
    /// How many classes there are; by default, as many as occur, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// What pixels are divided by, 255 by default.
    #[serde(default = "full")]
    pub maximum: f64,
}

fn full() -> f64 {
    255.0
}

impl IdxFiles {
    /// Reads the samples.
    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<Dataset<T>, DataError> {
        let (images, labels) = (
            Idx::open(resolve(&self.images))?,
            Idx::open(resolve(&self.labels))?,
        );
        let found = labels.as_slice().iter().max();
        let found = found.map_or(1, |most| usize::from(*most) + 1);
        let classes = self.classes.unwrap_or(found);
        Ok(Dataset::from_images(
            &images,
            &labels,
            classes,
            self.maximum,
        )?)
    }
}

/// Pictures, PNG, JPEG and PGM, in one folder for each class. Reading them needs the feature `images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureFolder {
    /// The folder that holds those of the classes.
    pub folder: PathBuf,
    /// The size that all pictures are resized to, vertical and horizontal; by default, all have one size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<(usize, usize)>,
    /// Whether all become grey or coloured; by default, all are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
}

impl PictureFolder {
    /// Reads the samples.
    #[cfg(feature = "images")]
    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<Dataset<T>, Error> {
        let mut pictures = gradflow_data::Pictures::new();
        if let Some((v, h)) = self.size {
            pictures = pictures.resized(v, h);
        }
        if let Some(channels) = self.channels {
            pictures = pictures.channels(channels);
        }
        Ok(pictures.folder(resolve(&self.folder))?)
    }

    /// Says what is needed.
    #[cfg(not(feature = "images"))]
    pub(super) fn open<T: Real>(&self, _: impl Fn(&Path) -> PathBuf) -> Result<Dataset<T>, Error> {
        Err(Error::other(
            "folders of pictures are not read by this build: build it with the feature `images`",
        ))
    }
}
