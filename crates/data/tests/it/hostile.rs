//! Random bytes, and damaged files: a data set or an error, never a panic.

use std::io::{self, Read, Write};

use flate2::{Compression, write::GzEncoder};
use gradflow_data::{Csv, Dataset, Idx, IdxError, ReadError, read_cifar10};
use gradflow_testing::config;
use proptest::prelude::*;

/// Every reader reads it; what comes out, if anything, is a data set that holds together.
fn read_all(bytes: &[u8], delimiter: u8) {
    if let Ok(idx) = Idx::read(bytes) {
        assert_eq!(idx.dims().iter().product::<usize>(), idx.as_slice().len());
        let _ = Dataset::<f32>::from_images(&idx, &idx, 10, 255.0).map(check);
    }
    let _ = read_cifar10::<f32>(bytes).map(check);
    for csv in [
        Csv::classification(0),
        Csv::regression([1, 0]),
        Csv::classification("a").classes(["1"]),
    ] {
        let csv = csv.delimiter(delimiter);
        let _ = csv.read::<f32>(bytes).map(check);
        let _ = csv.without_header().read::<f64>(bytes).map(check);
    }
}

fn check<T: gradflow_real::Real>(data: Dataset<T>) {
    assert!(data.len() > 0);
    assert_eq!(data.inputs().samples(), data.len());
    assert_eq!(data.targets().samples(), data.len());
    assert!(data.inputs().data().iter().all(|x| x.is_finite()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), delimiter: u8) {
        read_all(&bytes, delimiter);
        read_all(&gzip(&bytes), delimiter);
    }

    #[test]
    fn random_bytes_behind_a_good_beginning(
        head in prop::sample::select(vec![vec![0, 0, 8, 1, 0, 0, 0], vec![0, 0, 8, 3], vec![0, 0, 8, 255], vec![0x1f, 0x8b, 8, 0], vec![0x1f, 0x8b]]),
        bytes in prop::collection::vec(prop_oneof![Just(0), Just(1), Just(255), any::<u8>()], 0..100),
    ) {
        read_all(&[head, bytes].concat(), b',');
    }

    #[test]
    fn random_tables(text in "[a0-9.,\"\r\n eE+-]{0,80}") {
        read_all(text.as_bytes(), b',');
    }

    #[test]
    fn a_good_file_with_flipped_bytes(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let csv = b"a,b,c\n1,2,3\n4.5,-1e3,0\n".to_vec();
        let idx = [[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3].as_slice(), &[1; 6]].concat();
        for file in [gzip(&csv), gzip(&idx), csv, idx] {
            let mut file = file;
            for (at, byte) in &flips {
                let i = at.index(file.len());
                file[i] = *byte;
            }
            read_all(&file, b',');
        }
    }
}

/// A stream that fails in the middle.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the cable was pulled")),
            n => Ok(n),
        }
    }
}

/// A stream that is interrupted before every read, as by a signal.
struct Interrupted<'a>(&'a [u8], bool);

impl Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        match self.1 {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => self.0.read(buffer),
        }
    }
}

#[test]
fn an_interrupted_stream_is_read_on() {
    let idx = [0, 0, 8, 1, 0, 0, 0, 2, 1, 2];
    let read = |bytes| Idx::read(Interrupted(bytes, false));
    assert_eq!(read(&idx).unwrap().as_slice(), [1, 2]);
    assert_eq!(read(&gzip(&idx)).unwrap().as_slice(), [1, 2]);
}

#[test]
fn a_broken_stream_says_where_it_broke() {
    let idx = [0, 0, 8, 1, 0, 0, 0, 9, 1, 2];
    let expected = "reading failed after 10 bytes: the cable was pulled";
    assert_eq!(Idx::read(Broken(&idx)).unwrap_err().to_string(), expected);
    let cifar = read_cifar10::<f32>(Broken(&idx)).unwrap_err();
    assert_eq!(cifar.to_string(), expected);
    let csv = Csv::classification(0)
        .read::<f32>(Broken(b"x,kind\n1,2"))
        .unwrap_err();
    assert_eq!(csv.to_string(), expected);
    assert!(matches!(
        Idx::read(Broken(&[])),
        Err(IdxError::Read(ReadError::Io { offset: 0, .. }))
    ));
}
