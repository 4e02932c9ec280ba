//! MNIST and CIFAR-10 from their directories.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use gradflow_data::{CifarError, DataError, DirectoryError, cifar10, mnist, read_cifar10};
use gradflow_testing::Folder;
use proptest::prelude::*;

/// A directory of its own for each test, with files in it.
struct Directory(Folder);

impl Directory {
    fn new(test: &str) -> Self {
        Self(Folder::new(&format!("data-{test}")))
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    fn pack(&self, name: &str, bytes: &[u8]) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        self.write(name, &encoder.finish().unwrap());
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).unwrap();
    }
}

fn images(n: u8, side: u8) -> Vec<u8> {
    let pixels = (0..n).flat_map(|i| vec![i; usize::from(side).pow(2)]);
    [0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, side, 0, 0, 0, side]
        .into_iter()
        .chain(pixels)
        .collect()
}

fn labels(n: u8) -> Vec<u8> {
    [0, 0, 8, 1, 0, 0, 0, n]
        .into_iter()
        .chain((0..n).map(|i| i % 10))
        .collect()
}

/// Says which file is wrong.
fn in_file(error: &DataError, path: &Path) -> bool {
    matches!(error, DataError::File { path: named, .. } if named == path)
}

#[test]
fn mnist_in_any_packing() {
    let directory = Directory::new("mnist");
    let path: &Path = &directory.0;
    let missing = |name: &str| {
        let error = mnist::<f32>(path).unwrap_err();
        let dots = name.replace("-idx", ".idx");
        let expected = format!(
            "the directory `{}` has no file `{name}` or `{dots}`, plain or with `.gz` behind it",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
    };
    missing("train-images-idx3-ubyte");
    directory.write("train-images-idx3-ubyte", &images(30, 4));
    missing("train-labels-idx1-ubyte");
    directory.pack("train-labels-idx1-ubyte.gz", &labels(30));
    missing("t10k-images-idx3-ubyte");
    // Packed, whatever its name says.
    directory.pack("t10k-images-idx3-ubyte", &images(12, 4));
    missing("t10k-labels-idx1-ubyte");
    // Plain, whatever its name says.
    directory.write("t10k-labels-idx1-ubyte.gz", &labels(12));

    let (train, test) = mnist::<f64>(path).unwrap();
    assert_eq!((train.len(), test.len()), (30, 12));
    assert_eq!(train.shape().dims(), [1, 4, 4]);
    assert_eq!(train.classes(), Some(10));
    assert_eq!(train.labels().unwrap()[29], 9);
    assert_eq!(train.sample(29).unwrap().0, [29.0 / 255.0; 16]);

    directory.write("t10k-labels-idx1-ubyte.gz", &labels(13));
    let error = mnist::<f32>(path).unwrap_err();
    assert!(
        in_file(&error, &path.join("t10k-labels-idx1-ubyte.gz")),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .ends_with("12 images, but 13 labels: are the files of one data set?"),
        "{error}"
    );

    directory.write("t10k-labels-idx1-ubyte.gz", &labels(12));
    directory.write("t10k-images-idx3-ubyte", &images(12, 5));
    let error = mnist::<f32>(path).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the training images are 1x4x4, but the test images are 1x5x5: are the files of one data set?"
    );

    directory.write("t10k-images-idx3-ubyte", &labels(12));
    let error = mnist::<f32>(path).unwrap_err();
    assert!(
        in_file(&error, &path.join("t10k-images-idx3-ubyte")),
        "{error}"
    );

    assert!(matches!(
        mnist::<f32>(path.join("nowhere")),
        Err(DataError::Directory(DirectoryError::NoDirectory { .. }))
    ));
}

fn records(labels: &[u8]) -> Vec<u8> {
    labels
        .iter()
        .flat_map(|label| {
            let pixels = (0..3072).map(|i| ((i + usize::from(*label)) % 256) as u8);
            std::iter::once(*label).chain(pixels).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn cifar10_in_any_packing() {
    let directory = Directory::new("cifar10");
    let path: &Path = &directory.0;
    for i in 1..=5_u8 {
        let name = format!("data_batch_{i}.bin");
        assert!(
            cifar10::<f32>(path)
                .unwrap_err()
                .to_string()
                .contains(&name)
        );
        if i % 2 == 0 {
            directory.pack(&format!("{name}.gz"), &records(&[i, i + 1]));
        } else {
            directory.write(&name, &records(&[i, i + 1]));
        }
    }
    assert!(
        cifar10::<f32>(path)
            .unwrap_err()
            .to_string()
            .contains("test_batch.bin")
    );
    directory.write("test_batch.bin", &records(&[9]));

    let (train, test) = cifar10::<f64>(path).unwrap();
    assert_eq!(train.labels().unwrap(), [1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
    assert_eq!(test.labels().unwrap(), [9]);
    assert_eq!(test.class_names().unwrap()[9], "truck");
    assert_eq!(train.shape().dims(), [3, 32, 32]);
    for (label, x) in train.labels().unwrap().iter().zip(train.inputs()) {
        for (i, x) in x.iter().enumerate() {
            assert_eq!(*x, ((i + *label) % 256) as f64 / 255.0);
        }
    }

    directory.write("data_batch_3.bin", &records(&[0, 10]));
    let error = cifar10::<f32>(path).unwrap_err();
    assert!(in_file(&error, &path.join("data_batch_3.bin")), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("record 1 (byte 3073): label 10 is not one of the 10 classes"),
        "{error}"
    );

    directory.remove("data_batch_3.bin");
    directory.write("data_batch_3.bin", &[]);
    assert!(
        cifar10::<f32>(path)
            .unwrap_err()
            .to_string()
            .ends_with("no samples: the file is empty")
    );
}

proptest! {
    #[test]
    fn cifar10_records_are_whole_and_labels_classes(labels in prop::collection::vec(0..13_u8, 0..5), cut in 0..3073_usize) {
        let mut file = records(&labels);
        file.truncate(file.len().saturating_sub(cut));
        let whole = file.len() / 3073;
        match read_cifar10::<f32>(file.as_slice()) {
            Ok(data) => prop_assert_eq!(data.labels().unwrap(), labels[..whole].iter().map(|l| usize::from(*l)).collect::<Vec<_>>()),
            Err(CifarError::Empty) => prop_assert!(file.is_empty()),
            Err(CifarError::Records { len, record: 3073 }) => {
                prop_assert_eq!(len, file.len());
                prop_assert!(len % 3073 != 0);
            }
            Err(CifarError::Label { record, offset, label, classes: 10 }) => {
                prop_assert_eq!(Some(record), labels.iter().position(|l| *l > 9));
                prop_assert_eq!((offset, label), (record * 3073, labels[record]));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
