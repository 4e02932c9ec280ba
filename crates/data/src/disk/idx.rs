//! Pictures in IDX files that stay there.

use std::path::Path;

use gradflow_real::Real;

use super::element::Element;
use super::rows::{Bytes, Rows};
use super::store::Store;
use super::{DiskDataset, DiskError};
use crate::idx::{UNSIGNED_BYTE, first, image_shape};
use crate::pixels::Pixels;
use crate::raw_table::How;
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
            move |error: IdxError| DiskError::header(&path, error.to_string())
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
            inputs: pixels,
            targets: Some(answers),
            how: How::default(),
        };
        let pixels = Pixels::new(maximum).map_err(of(images))?;
        let schema = Schema::raw_classes(shape.len(), 1);
        Self::new(store, Some(pixels), shape, schema)?.with_classes(classes)
    }
}

/// The rows of a file, and all its dimensions.
fn open(path: &Path) -> Result<(Rows, Vec<usize>), DiskError> {
    let bytes = Bytes::open(path)?;
    let of = |error: IdxError| DiskError::header(path, error.to_string());
    let mut magic = [0; 4];
    let short = |expected, found| of(IdxError::Truncated { expected, found });
    if bytes.len < 4 {
        return Err(short(4, bytes.len));
    }
    bytes.read(0, &mut magic)?;
    let [a, b, code, rank] = magic;
    match (a, b, code, rank) {
        (0, 0, UNSIGNED_BYTE, 1..) => {}
        (0, 0, UNSIGNED_BYTE, 0) => return Err(of(IdxError::NoDimensions)),
        (0, 0, code, _) => return Err(of(IdxError::ElementType { code })),
        _ => return Err(of(IdxError::Magic { found: [a, b] })),
    }
    let mut dims = vec![0; 4 * usize::from(rank)];
    let offset = 4 + dims.len() as u64;
    if bytes.len < offset {
        return Err(short(offset, bytes.len));
    }
    bytes.read(4, &mut dims)?;
    let (dims, _) = dims.as_chunks();
    let dims: Vec<usize> = dims
        .iter()
        .map(|d| u32::from_be_bytes(*d) as usize)
        .collect();
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
