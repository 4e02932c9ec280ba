//! IDX files: what is written is read back, and what is damaged is refused.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use gradflow_data::{Dataset, Idx, IdxError, MAX_BYTES, ReadError};
use proptest::prelude::*;

fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dims.len() as u8];
    file.extend(dims.iter().flat_map(|d| d.to_be_bytes()));
    file.extend(data);
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn refused(file: &[u8]) -> IdxError {
    Idx::read(file).unwrap_err()
}

/// Dimensions and as many bytes.
fn arrays() -> impl Strategy<Value = (Vec<u32>, Vec<u8>)> {
    prop::collection::vec(1..6_u32, 1..5).prop_flat_map(|dims| {
        let len = dims.iter().product::<u32>() as usize;
        (Just(dims), prop::collection::vec(any::<u8>(), len))
    })
}

proptest! {
    #[test]
    fn plain_and_gzip_round_trip((dims, data) in arrays()) {
        let file = idx(&dims, &data);
        for file in [file.clone(), gzip(&file)] {
            let read = Idx::read(file.as_slice())?;
            prop_assert_eq!(read.dims(), dims.iter().map(|d| *d as usize).collect::<Vec<_>>());
            prop_assert_eq!(read.as_slice(), data.as_slice());
        }
    }

    /// Every proper beginning of a file is refused, and so is every file that goes on.
    #[test]
    fn a_file_has_one_length((dims, data) in arrays(), cut: prop::sample::Index, more in 1..5_usize) {
        let file = idx(&dims, &data);
        let n = cut.index(file.len());
        let error = refused(&file[..n]);
        prop_assert!(matches!(error, IdxError::Truncated { found, expected }
            if found == n as u64 && expected > found && expected <= file.len() as u64), "{error}");

        let packed = gzip(&file);
        let n = cut.index(packed.len());
        let error = refused(&packed[..n]);
        prop_assert!(matches!(error, IdxError::Read(ReadError::Gzip { .. }) | IdxError::Truncated { .. }), "{error}");

        let longer = [file.as_slice(), &vec![0; more]].concat();
        for longer in [gzip(&longer), longer] {
            let error = refused(&longer);
            prop_assert!(matches!(error, IdxError::Trailing { expected } if expected == file.len() as u64), "{error}");
        }
        let garbage = [gzip(&file), vec![7; more]].concat();
        let error = refused(&garbage);
        prop_assert!(matches!(error, IdxError::Read(ReadError::Gzip { .. })), "{error}");
    }

    /// A flipped bit is found by the checksum of gzip, or changes nothing (a padding bit): never other data.
    #[test]
    fn damaged_gzip_is_refused((dims, data) in arrays(), at: prop::sample::Index, bit in 0..8_u32) {
        let file = idx(&dims, &data);
        let mut packed = gzip(&file);
        let i = 2 + at.index(packed.len() - 2);
        packed[i] ^= 1 << bit;
        if let Ok(read) = Idx::read(packed.as_slice()) {
            prop_assert_eq!(read, Idx::read(file.as_slice())?);
        }
    }

    #[test]
    fn a_wrong_checksum_is_refused((dims, data) in arrays(), at in 1..9_usize, bit in 0..8_u32) {
        let mut packed = gzip(&idx(&dims, &data));
        let i = packed.len() - at;
        packed[i] ^= 1 << bit;
        let error = refused(&packed);
        prop_assert!(matches!(error, IdxError::Read(ReadError::Gzip { .. })), "{error}");
    }

    #[test]
    fn pixels_are_divided_by_the_maximum(pixels in prop::collection::vec(any::<u8>(), 1..40), maximum in 1e-3..1e3) {
        let n = pixels.len() as u32;
        let images = Idx::read(idx(&[n, 1, 1], &pixels).as_slice())?;
        let labels = Idx::read(idx(&[n], &vec![0; pixels.len()]).as_slice())?;
        let data = Dataset::<f64>::from_images(&images, &labels, 1, maximum)?;
        for (x, pixel) in data.inputs().data().iter().zip(&pixels) {
            prop_assert_eq!(*x, f64::from(*pixel) / maximum);
        }
    }
}

#[test]
fn the_header_is_checked() {
    let message = |file: &[u8]| refused(file).to_string();
    assert_eq!(message(&[]), "the file is empty");
    assert_eq!(
        message(b"PK\x03\x04"),
        "an IDX file was expected, but this is a zip archive: unpack it and read a file of it"
    );
    assert_eq!(
        message(&[0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
        "byte 2 of the IDX header, the element type, is 0x0d; only unsigned bytes (0x08) are read: convert the numbers, or save them for `Npy`"
    );
    assert_eq!(
        message(&idx(&[3, 0], &[])),
        "IDX header: shape [3, 0]: dimension 1 is zero, but each is at least 1: fetch the file again, it seems to be damaged"
    );
    assert_eq!(
        message(&[0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        "the file is packed by gzip, but damaged or cut off after 0 unpacked bytes (invalid gzip header): fetch it again, or pack it again"
    );
}

/// A header that promises more than the file holds is refused by what the file holds; one that promises more than
/// anybody has, by the promise.
#[test]
fn promises_allocate_nothing() {
    let file = idx(&[60_000, 28, 28], &[1, 2, 3]);
    let error = refused(&file);
    assert!(
        matches!(
            error,
            IdxError::Truncated {
                expected: 47_040_016,
                found: 19
            }
        ),
        "{error}"
    );

    for dims in [
        vec![u32::MAX; 2],
        vec![u32::MAX; 3],
        vec![u32::MAX; 255],
        vec![1 << 31, 2],
    ] {
        let error = refused(&idx(&dims, &[]));
        assert!(
            matches!(
                error,
                IdxError::Promise {
                    limit: MAX_BYTES,
                    ..
                }
            ),
            "{error}"
        );
    }
    // A product that wraps to 1.
    let error = refused(&idx(&[1 << 31, 1 << 31, 4, 1], &[0]));
    assert!(matches!(error, IdxError::Promise { .. }), "{error}");
}

#[test]
fn images_and_labels_belong_together() {
    let read = |dims: &[u32]| {
        let len = dims.iter().product::<u32>() as usize;
        Idx::read(idx(dims, &vec![2; len]).as_slice()).unwrap()
    };
    let data = |images: &[u32], labels: &[u32], classes, maximum| {
        Dataset::<f32>::from_images(&read(images), &read(labels), classes, maximum)
    };
    let shape = |images: &[u32]| data(images, &[2], 3, 1.0).unwrap().shape().dims();
    assert_eq!(shape(&[2, 5]), [5, 1, 1]);
    assert_eq!(shape(&[2, 4, 5]), [1, 4, 5]);
    assert_eq!(shape(&[2, 3, 4, 5]), [3, 4, 5]);

    let message = |result: Result<Dataset<f32>, IdxError>| result.unwrap_err().to_string();
    assert_eq!(
        message(data(&[2, 4, 5], &[3], 3, 1.0)),
        "2 images, but 3 labels: are the files of one data set?"
    );
    assert_eq!(
        message(data(&[2, 4, 5], &[2, 4, 5], 3, 1.0)),
        "labels in an IDX file have 1 dimension, but this file has 3, [2, 4, 5]: are images and labels exchanged?"
    );
    assert_eq!(
        message(data(&[2], &[2], 3, 1.0)),
        "images in an IDX file have 2 to 4 dimensions, but this file has 1, [2]: are images and labels exchanged?"
    );
    assert_eq!(
        message(data(&[2, 4, 5], &[2], 2, 1.0)),
        "sample 0: label 2 is not one of the 2 classes, counted from 0: if labels count from 1, subtract 1"
    );
    for maximum in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-40, 1e60] {
        assert!(matches!(
            data(&[2, 4, 5], &[2], 3, maximum),
            Err(IdxError::Maximum { .. })
        ));
    }
}
