//! Arrays of NumPy: files of NumPy's own, files written here, and what is refused.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder, write::GzEncoder};
use gradflow_data::{Dataset, MAX_BYTES, Npy, NpyError, Npz, ReadError};
use proptest::prelude::*;
use rawzip::{CompressionMethod, ZipArchiveWriter};

const TYPES: &[u8] = include_bytes!("../golden/types.npz");
const STORED: &[u8] = include_bytes!("../golden/stored.npz");

fn npy(header: &str, elements: &[u8]) -> Vec<u8> {
    let len = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &len[..], header.as_bytes(), elements].concat()
}

fn array(kind: &str, fortran: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    npy(&header, elements)
}

fn zip(files: &[(&str, &[u8])], packed: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let method = match packed {
            true => CompressionMethod::DEFLATE,
            false => CompressionMethod::STORE,
        };
        let file = archive.new_file(name).compression_method(method);
        let (mut entry, config) = file.start().unwrap();
        if packed {
            let encoder = DeflateEncoder::new(&mut entry, Compression::fast());
            let mut writer = config.wrap(encoder);
            writer.write_all(content).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            entry.finish(descriptor).unwrap();
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            let (_, descriptor) = writer.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
    }
    archive.finish().unwrap();
    bytes
}

fn refused(file: &[u8]) -> String {
    Npy::read(file).unwrap_err().to_string()
}

/// Sample `s`, place `i` holds `8 s + i` in every type, byte order and order of dimensions that NumPy writes.
#[test]
fn every_type_and_order_of_numpy_is_read() {
    let archive = Npz::read(TYPES).unwrap();
    assert_eq!(archive.names().len(), 11 * 4);
    for name in archive.names() {
        let array = archive.array(name).unwrap();
        assert_eq!(array.dims(), [3, 2, 2, 2], "{name}");
        let odd = name.starts_with("b1");
        let expected = (0..24).map(|i| f64::from(if odd { i % 2 } else { i }));
        let expected: Vec<f64> = expected.collect();
        assert_eq!(array.numbers::<f64>(1.0).unwrap(), expected, "{name}");
        let narrow = array.numbers::<f32>(2.0).unwrap();
        let halves: Vec<f32> = expected.iter().map(|x| *x as f32 / 2.0).collect();
        assert_eq!(narrow, halves, "{name}");
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = array.numbers::<f64>(none);
            assert!(matches!(error, Err(NpyError::Maximum { .. })), "{none}");
        }
    }
}

#[test]
fn labels_are_numbers_or_texts() {
    let archive = Npz::read(STORED).unwrap();
    assert_eq!(archive.suggested(), (Some("x"), Some("y")));
    let array = |name: &str| archive.array(name).unwrap();
    let x = array("x");
    let labelled = |name: &str| Dataset::<f64>::from_labelled_arrays(&x, &array(name), None, 1.0);
    let data = labelled("y").unwrap();
    assert_eq!(data.labels(), Some([1, 0, 1].as_slice()));
    assert_eq!(data.inputs().data(), [1.5, -2.0, 0.0, 3.25, 4.0, 5.0]);
    for name in ["names", "bytes"] {
        let data = labelled(name).unwrap();
        assert_eq!(data.labels(), Some([1, 0, 1].as_slice()));
        assert_eq!(data.class_names().unwrap(), ["lily", "rose"]);
    }
    assert_eq!(labelled("big").unwrap().class_names().unwrap(), ["é", "ü"]);
    let bools = self::array("|b1", "False", "(3,)", &[0, 1, 1]);
    let bools = Npy::read(bools.as_slice()).unwrap();
    let data = Dataset::<f64>::from_labelled_arrays(&x, &bools, None, 1.0).unwrap();
    assert_eq!(data.labels(), Some([0, 1, 1].as_slice()));
    let values = Dataset::<f64>::from_arrays(&x, &array("halves"), 1.0).unwrap();
    assert_eq!(values.targets().values().unwrap().data(), [0.5, 1.0, 2.0]);
    let both = Dataset::<f32>::from_arrays(&x, &x, 2.0).unwrap();
    assert_eq!(both.targets().values().unwrap().size(), 2);
    assert_eq!(both.inputs().sample(0), Some([0.75, -1.0].as_slice()));

    let message = |name| labelled(name).unwrap_err().to_string();
    assert_eq!(
        message("halves"),
        "sample 0: the label 0.5 is not a class counted from 0; save texts where labels are names, or numbers from 0"
    );
    assert_eq!(
        message("x"),
        "labels have 1 dimension, but this array has 2: [3, 2]; save `labels.argmax(axis=1)` if they are unit vectors"
    );
    let names = array("names");
    assert_eq!(
        Dataset::<f64>::from_labelled_arrays(&names, &names, None, 1.0)
            .unwrap_err()
            .to_string(),
        "an array of texts (`<U4`) where numbers were expected: texts can be labels, but no inputs"
    );
}

#[test]
fn versions_of_the_format_are_read() {
    let numbers = |file: &[u8]| Npy::read(file).unwrap().numbers::<f64>(1.0).unwrap();
    let expected = [1.5, -2.0, 0.0, 3.25, 4.0, 5.0];
    assert_eq!(numbers(include_bytes!("../golden/x.npy")), expected);
    assert_eq!(numbers(include_bytes!("../golden/version2.npy")), expected);
    assert_eq!(numbers(include_bytes!("../golden/version3.npy")), expected);
    let mut file = include_bytes!("../golden/x.npy").to_vec();
    file[6] = 4;
    assert_eq!(
        refused(&file),
        "version 4.0 of the format: 1.0, 2.0 and 3.0 are read"
    );
}

#[test]
fn what_numpy_writes_and_is_not_read_is_told_why() {
    let archive = Npz::read(STORED).unwrap();
    let message = |name: &str| archive.array(name).unwrap_err().to_string();
    let types = "are not read, but numbers (`b1`, `i1` to `i8`, `u1` to `u8`, `f4`, `f8`) and texts of a fixed width (`U`, `S`)";
    assert_eq!(
        message("objects"),
        format!(
            "array `objects`: elements of type `|O` {types}: an array of Python objects is a pickle, which may run any program when it is read; save \
             `array.astype(float)`, or `array.astype(str)`"
        )
    );
    assert_eq!(
        message("complex"),
        format!(
            "array `complex`: elements of type `<c16` {types}: save real and imaginary parts side by side"
        )
    );
    assert_eq!(
        message("dates"),
        format!(
            "array `dates`: elements of type `<M8[D]` {types}: make dates numbers, such as days since one of them"
        )
    );
    assert_eq!(
        message("fields"),
        "array `fields`: elements with several fields are not read: save an array for each field"
    );
    assert_eq!(
        message("single"),
        "array `single`: an array has 1 to 4 dimensions here, but this one has 0: a single number"
    );
    assert_eq!(
        message("deep"),
        "array `deep`: an array has 1 to 4 dimensions here, but this one has 5, the first of them [1, 1, 1, 1]"
    );
    assert_eq!(
        message("empty"),
        "array `empty`: in the header: shape [0, 2]: dimension 0 is zero, but each is at least 1"
    );
    assert_eq!(
        message("z"),
        "no array `z`: the archive has `x`, `y`, `names`, `bytes`, `big`, `halves`, `objects`, `complex`, `dates`, `fields`, `single`, `deep`"
    );
}

#[test]
fn headers_are_read_as_python_writes_them() {
    let header = |text: &str| Npy::read(npy(text, &[7, 8]).as_slice());
    for text in [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }       \n",
        "{\"shape\":(2L,),\"descr\":\"|u1\",\"fortran_order\":True}",
        " { 'fortran_order' : False , 'shape' : ( 1 , 2 ) , 'descr' : '|u1' } ",
    ] {
        assert_eq!(
            header(text).unwrap().numbers::<f64>(1.0).unwrap(),
            [7.0, 8.0],
            "{text}"
        );
    }
    let message = |text: &str| header(text).unwrap_err().to_string();
    let all = "expected `descr`, `fortran_order` and `shape`, each once; save the array again by `numpy.save`";
    assert_eq!(
        message(""),
        "byte 10 of the header: expected a dict in braces; save the array again by `numpy.save`"
    );
    assert_eq!(message("{}"), format!("byte 12 of the header: {all}"));
    assert_eq!(
        message("{'descr': '|u1', 'descr': '|u1'}"),
        format!("byte 27 of the header: {all}")
    );
    assert_eq!(
        message("{'order': 1}"),
        format!("byte 11 of the header: {all}")
    );
    assert_eq!(
        message("{'shape': (18446744073709551616,)}"),
        "byte 21 of the header: expected a whole number that memory can have; save the array again by `numpy.save`"
    );
    assert_eq!(
        message("{'shape': (-1,)}"),
        "byte 21 of the header: expected a whole number that memory can have; save the array again by `numpy.save`"
    );
    assert_eq!(
        message("{'fortran_order': 1}"),
        "byte 28 of the header: expected `True` or `False`; save the array again by `numpy.save`"
    );
    assert_eq!(
        message("{'shape': (2,), 'descr': '|u1', 'fortran_order': True} x"),
        "byte 65 of the header: expected nothing behind the closing brace; save the array again by `numpy.save`"
    );
    assert_eq!(
        message(&" ".repeat(10_001)),
        "a header of 10001 bytes: 10000 at most are read, as NumPy does"
    );
}

#[test]
fn foreign_files_are_called_what_they_are() {
    assert_eq!(
        refused(b"PK\x03\x04"),
        "a NumPy array was expected, but this is a zip archive: unpack it and read a file of it"
    );
    assert_eq!(
        refused(b"x,y\n"),
        "not an array of NumPy, which begins with \\x93NUMPY: write it by `numpy.save`"
    );
    let archive = |file: &[u8]| Npz::read(file).unwrap_err().to_string();
    assert_eq!(
        archive(b"\x93NUMPY\x01\0"),
        "an archive of NumPy arrays was expected, but this is a NumPy array: read it by `Npy`, with the feature `npy`"
    );
    assert!(archive(b"x,y\n1,2\n").starts_with("not a whole archive of arrays (.npz): "));
}

#[test]
fn promises_allocate_nothing() {
    for shape in [
        "(18446744073709551615,)",
        "(4294967296, 4294967296, 4, 1)",
        "(268435457, 1)",
    ] {
        let error = Npy::read(array("<f8", "False", shape, &[]).as_slice()).unwrap_err();
        assert!(
            matches!(
                error,
                NpyError::Promise {
                    limit: MAX_BYTES,
                    ..
                }
            ),
            "{error}"
        );
    }
    let error = Npy::read(array("<f8", "False", "(268435456,)", &[1; 8]).as_slice()).unwrap_err();
    assert!(matches!(error, NpyError::Truncated { .. }), "{error}");
}

#[test]
fn archives_end_at_the_limit() {
    let zeros = array("|u1", "False", "(8388608,)", &vec![0; 8 << 20]);
    let file = zip(&[("x.npy", &zeros)], true);
    assert!(file.len() < 1 << 17);
    let error = Npz::read_within(file.as_slice(), 1 << 20)
        .unwrap()
        .array("x")
        .unwrap_err();
    let NpyError::InArchive { error, .. } = error else {
        panic!("{error}");
    };
    assert!(
        matches!(
            *error,
            NpyError::Promise {
                limit: 0x10_0000,
                ..
            }
        ),
        "{error}"
    );
    // A header that promises little before much.
    let zeros = array("|u1", "False", "(2,)", &vec![0; 8 << 20]);
    let file = zip(&[("x.npy", &zeros)], true);
    let error = Npz::read_within(file.as_slice(), 1 << 20)
        .unwrap()
        .array("x")
        .unwrap_err();
    assert!(
        matches!(error, NpyError::InArchive { error, .. } if matches!(*error, NpyError::Trailing { .. }))
    );
    let error = Npz::read_within(file.as_slice(), 1000).unwrap_err();
    assert!(
        matches!(error, NpyError::Read(ReadError::TooLarge { limit: 1000 })),
        "{error}"
    );
}

#[test]
fn a_flipped_bit_in_an_archive_is_found() {
    let inside = array("<f8", "False", "(4,)", &[1; 32]);
    for packed in [false, true] {
        let whole = zip(&[("x.npy", &inside), ("y.npy", &inside)], packed);
        let archive = Npz::read(whole.as_slice()).unwrap();
        assert_eq!(archive.names(), ["x", "y"]);
        let x = archive.array("x").unwrap();
        for at in 0..whole.len() * 8 {
            let mut file = whole.clone();
            file[at / 8] ^= 1 << (at % 8);
            let read = Npz::read(file.as_slice()).and_then(|archive| archive.array("x"));
            assert!(
                read.is_err() || read.is_ok_and(|read| read == x),
                "bit {at}"
            );
        }
    }
}

proptest! {
    /// Every proper beginning of a file is refused, and so is every file that goes on.
    #[test]
    fn a_file_has_one_length(n in 1..20_usize, cut: prop::sample::Index, more in 1..5_usize) {
        let file = array("<f4", "True", &format!("({n},)"), &vec![0; 4 * n]);
        let at = cut.index(file.len());
        let error = Npy::read(&file[..at]).unwrap_err();
        prop_assert!(matches!(error, NpyError::Truncated { .. } | NpyError::Magic), "{error}");
        let longer = [file.as_slice(), &vec![0; more]].concat();
        let error = Npy::read(longer.as_slice()).unwrap_err();
        prop_assert!(matches!(error, NpyError::Trailing { expected } if expected == file.len() as u64), "{error}");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&file).unwrap();
        let packed = packed.finish().unwrap();
        prop_assert_eq!(Npy::read(packed.as_slice())?, Npy::read(file.as_slice())?);
    }

    /// Any bytes are numbers, in any order of dimensions, as indexing by hand has them.
    #[test]
    fn orders_are_those_of_indices(dims in prop::collection::vec(1..4_usize, 1..5), seed: u64) {
        let len: usize = dims.iter().product();
        let bytes: Vec<u8> = (0..len).map(|i| (seed.wrapping_mul(i as u64 + 1) >> 40) as u8).collect();
        let shape = dims.iter().map(|d| format!("{d}, ")).collect::<String>();
        let file = array("|u1", "True", &format!("({shape})"), &bytes);
        let numbers: Vec<f64> = Npy::read(file.as_slice())?.numbers(1.0)?;
        for (i, number) in numbers.iter().enumerate() {
            // The index of each dimension, the last one fastest.
            let (mut rest, mut index) = (i, vec![0; dims.len()]);
            for axis in (0..dims.len()).rev() {
                (index[axis], rest) = (rest % dims[axis], rest / dims[axis]);
            }
            let place = (0..dims.len()).rev().fold(0, |place, axis| place * dims[axis] + index[axis]);
            prop_assert_eq!(*number, f64::from(bytes[place]));
        }
    }
}
