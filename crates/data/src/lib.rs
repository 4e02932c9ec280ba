#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod any_dataset;
mod augment;
mod channels;
mod cifar10;
mod compatible;
mod csv;
mod dataset;
mod dataset_error;
mod dims;
mod disk;
mod element;
mod error;
mod excerpt;
mod features;
mod field;
mod folds;
mod format;
#[cfg(feature = "gzip")]
mod gzip;
mod idx;
mod max_classes;
mod memory;
mod mismatch;
mod missing;
mod mnist;
#[cfg(feature = "npy")]
mod npy;
mod numpy;
mod one_hot;
mod opened;
mod part;
mod permutation;
#[cfg(feature = "images")]
mod pictures;
mod pixels;
mod prepare;
mod raw_table;
mod read_error;
mod scaling;
mod schema;
mod shared_error;
mod source;
mod split;
#[cfg(feature = "strategies")]
pub mod strategies;
mod targets;
mod texts;

pub use any_dataset::AnyDataset;
pub use augment::{Augment, AugmentError};
pub use channels::Channels;
pub use cifar10::{CIFAR10_CLASSES, CifarError, cifar10, read_cifar10, read_cifar10_within};
pub use csv::{
    Column, Columns, Csv, CsvError, Delimiter, Dialect, Place, RowAt, RowReader, Sniffed,
    SniffedColumn, SniffedKind, Spot, Task, sniff, sniff_dialect, sniff_stream,
};
pub use dataset::Dataset;
pub use dataset_error::DatasetError;
pub use disk::{DiskDataset, DiskError, DiskReader, Fetched};
pub use error::{DataError, DirectoryError};
pub use features::{Encoding, FeatureError, FeatureMap, OwnFeatures};
pub use format::Format;
pub use idx::{Idx, IdxError};
pub use max_classes::MAX_CLASSES;
pub use memory::MemoryError;
pub use mismatch::MismatchError;
pub use missing::Missing;
pub use mnist::mnist;
#[cfg(feature = "npy")]
pub use npy::{Npy, Npz};
pub use numpy::NpyError;
pub use one_hot::one_hot;
pub use opened::{open_file, open_stream, read_file};
pub use part::Part;
pub use permutation::Permutation;
#[cfg(feature = "images")]
pub use pictures::{MAX_PIXELS, Picture, PictureError, Pictures};
pub use raw_table::RawTable;
pub use read_error::ReadError;
pub use scaling::{Scaling, ScalingError};
pub use schema::{ColumnAt, Layout, Outputs, Schema};
pub use shared_error::SharedError;
pub use source::{MAX_BYTES, MAX_UNPACKED};
pub use split::SplitError;
pub use targets::{Target, Targets};
