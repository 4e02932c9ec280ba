//! Errors at every operation.

use std::collections::BTreeMap;

use super::*;
use crate::file::checkpoint;
use crate::{Activation, Cost, Known, Model, Network};

/// A disk in memory that fails at operation `fail`, counted from 0, and at all behind it if it is broken for good.
#[derive(Default, Clone)]
struct Faulty {
    files: BTreeMap<PathBuf, Vec<u8>>,
    fail: Option<usize>,
    broken: bool,
    /// A write that fails has written so much.
    part: usize,
    operations: usize,
}

impl Faulty {
    fn next(&mut self) -> io::Result<()> {
        let now = self.operations;
        self.operations += 1;
        match self.fail {
            Some(fail) if now == fail || self.broken && now > fail => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }
}

impl Storage for Faulty {
    type File = PathBuf;

    fn resolve(&mut self, path: &Path) -> io::Result<PathBuf> {
        self.next()?;
        Ok(path.to_owned())
    }

    fn create(&mut self, path: &Path) -> io::Result<PathBuf> {
        self.next()?;
        match self.files.insert(path.to_owned(), Vec::new()) {
            None => Ok(path.to_owned()),
            Some(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    fn write(&mut self, file: &mut PathBuf, bytes: &[u8]) -> io::Result<()> {
        let failed = self.next();
        let bytes = if failed.is_ok() {
            bytes
        } else {
            &bytes[..self.part]
        };
        self.files
            .get_mut(file)
            .expect("a file")
            .extend_from_slice(bytes);
        failed
    }

    fn sync(&mut self, _: &mut PathBuf) -> io::Result<()> {
        self.next()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.next()?;
        let bytes = self.files.remove(from).expect("a file");
        self.files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn sync_folder(&mut self, _: &Path) -> io::Result<()> {
        self.next()
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.next()?;
        self.files.remove(path);
        Ok(())
    }
}

#[test]
fn whatever_fails_a_whole_file_is_there() {
    let path = Path::new("folder/model");
    let mut whole = Faulty::default();
    whole.files.insert(path.to_owned(), b"old".to_vec());
    let start = whole.clone();
    replace(&mut whole, path, b"the new one").expect("nothing fails");
    assert_eq!(
        whole.files,
        BTreeMap::from([(path.to_owned(), b"the new one".to_vec())])
    );
    // resolve, create, write, sync, rename, sync of the folder
    assert_eq!(whole.operations, 6);
    for broken in [false, true] {
        for (fail, part) in (0..6).flat_map(|fail| (0..3).map(move |part| (fail, part))) {
            let mut disk = Faulty {
                fail: Some(fail),
                broken,
                part,
                ..start.clone()
            };
            let error = replace(&mut disk, path, b"the new one").expect_err("it fails");
            assert!(matches!(error, FileError::Io { .. }), "{error}");
            let there = disk.files.get(path).expect("a file");
            let expected: &[u8] = if fail == 5 { b"the new one" } else { b"old" };
            assert_eq!(there, expected, "operation {fail}");
            // What cannot be removed stays, and is in nobody's way.
            let alone = disk.files.len() == 1;
            assert!(
                alone || broken && (2..=4).contains(&fail),
                "operation {fail}: {:?}",
                disk.files
            );
            disk.fail = None;
            replace(&mut disk, path, b"newer").expect("the disk works again");
            assert_eq!(disk.files[path], b"newer");
        }
    }
}

/// Saves 1 over 0, failing at each operation in turn, and reads what is there: 0 before the file was put in its place, then 1.
fn survives<E>(
    save: impl Fn(&mut Faulty, &Path, u32) -> Result<(), E>,
    read: impl Fn(&[u8]) -> u32,
) {
    let path = Path::new("folder/file");
    let mut start = Faulty::default();
    assert!(save(&mut start, path, 0).is_ok());
    for (fail, part) in (0..start.operations).flat_map(|fail| [(fail, 0), (fail, 40)]) {
        let mut disk = Faulty {
            fail: Some(fail),
            part,
            operations: 0,
            ..start.clone()
        };
        assert!(save(&mut disk, path, 1).is_err(), "operation {fail}");
        let there = read(disk.files.get(path).expect("a file"));
        assert_eq!(there, u32::from(fail == 5), "operation {fail}");
    }
}

#[test]
fn a_model_survives() {
    let model = |number: u32| {
        let network = Network::builder(1).dense(1, Activation::Identity).build();
        let theta = vec![number as f32; 2];
        let model = Model::with_parameters(network.expect("fits"), Cost::regression(), theta);
        model.expect("suits")
    };
    survives(
        |disk, path, number| model(number).save_on(disk, path),
        |bytes| {
            let read = Model::<f32>::from_bytes(bytes, &Known::new());
            read.expect("a whole file").theta()[0] as u32
        },
    );
}

#[test]
fn a_checkpoint_survives() {
    let run = "seed = 1\nbatch = 2\n";
    survives(
        |disk, path, number| {
            let text = checkpoint::text(run, &vec![number; 100])?;
            checkpoint::write_on(disk, path, &text)
        },
        |bytes| checkpoint::parse::<Vec<u32>>(bytes, run).expect("a whole file")[99],
    );
}

#[test]
fn a_path_without_a_name_is_an_error() {
    for path in ["", "/", "folder/.."] {
        assert!(
            replace(&mut Faulty::default(), Path::new(path), b"").is_err(),
            "{path}"
        );
    }
}
