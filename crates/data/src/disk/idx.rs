//! Pictures in IDX files that stay there.

use std::path::Path;

use gradflow_real::Real;

use super::rows::{Bytes, Rows};
use super::store::Store;
use super::{DiskDataset, DiskError};
use crate::element::Element;
use crate::idx::{LONGEST, first, header, image_shape};
use crate::raw_table::How;
use crate::source::Source;
use crate::{IdxError, Schema};

impl<T: Real> DiskDataset<T> {
    /// Pictures of an IDX file and their labels of another one, pixels divided by `maximum`: 255 takes full bytes to `[0, 1]`. Without a number of
    /// classes there are as many as occur, counted from 0, for which all labels are read once.
    ///
    /// # Errors
    /// [`DiskError`] says which file is wrong, and why.
    pub fn open_idx(
        images: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        classes: Option<usize>,
        maximum: f64,
    ) -> Result<Self, DiskError> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        let of = |path: &Path| {
            let path = path.to_owned();
            move |error: IdxError| DiskError::header(&path, error)
        };
        let (pixels, dims) = open(images)?;
        let (answers, label_dims) = open(labels)?;
        if label_dims.len() != 1 {
            return Err(of(labels)(IdxError::LabelRank {
                found: label_dims.len(),
                dims: first(&label_dims),
            }));
        }
        let shape = image_shape(&dims).map_err(of(images))?;
        let store = Store {
            columns: shape.len(),
            maximum,
            inputs: pixels,
            targets: Some(answers),
            how: How::default(),
        };
        let schema = Schema::raw_classes(shape.len(), 1);
        Self::new(store, shape, schema)?.with_classes(classes)
    }
}

/// The rows of a file, and all its dimensions.
fn open(path: &Path) -> Result<(Rows, Vec<usize>), DiskError> {
    let bytes = Bytes::open(path)?;
    let of = |error: IdxError| DiskError::header(path, error);
    let head = bytes.head(LONGEST)?;
    let mut source = Source::new(head.as_slice(), None).map_err(|error| of(error.into()))?;
    let dims = header(&mut source).map_err(of)?;
    let offset = source.offset();
    let size = dims[1..].iter().try_fold(1_usize, |n, d| n.checked_mul(*d));
    let found = bytes.len;
    let size = size
        .filter(|size| *size > 0)
        .ok_or_else(|| DiskError::Length {
            path: path.into(),
            expected: None,
            found,
        })?;
    Ok((bytes.rows(offset, dims[0], size, Element::BYTE, 0)?, dims))
}
