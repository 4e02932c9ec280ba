//! The tests of data sets and readers, as one program: it is linked once.

mod augment;
mod columns;
mod csv;
mod dataset;
mod directories;
mod disk;
mod embedded;
mod features;
mod files;
mod guess;
mod hostile;
mod idx;
mod npy;
mod parquet;
mod pictures;
mod raw_rows;
mod scaling;
mod split;
mod tabular;
