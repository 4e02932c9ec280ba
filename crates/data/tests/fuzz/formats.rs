//! Mutations of arrays, pictures and Parquet tables.

use std::fs;
use std::path::Path;

use gradflow_data::{
    Channels, Csv, DataError, Dataset, Dialect, Missing, Npy, NpyError, Npz, Pictures, RowReader,
    sniff_stream,
};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{LIMIT, SPARE, check_data, check_error, drawn, mutate, peak};

/// The files of `tests/golden` with these ends.
fn golden(ends: &[&str]) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    // The order of a folder is none.
    paths.sort();
    let known = |path: &&std::path::PathBuf| {
        ends.iter()
            .any(|end| path.extension().is_some_and(|it| it == *end))
    };
    paths
        .iter()
        .filter(known)
        .map(|path| fs::read(path).unwrap())
        .collect()
}

/// Reads mutations for a while; the reader says how many were data.
fn fuzz(
    corpus: &[Vec<u8>],
    spare: usize,
    mut read: impl FnMut(&[u8], &mut Xoshiro256PlusPlus) -> usize,
) {
    let (mut count, mut files) = (0, 0);
    for (seed, mut file, other, mut random) in drawn(corpus, 2) {
        let random = &mut random;
        // Whole files are read now and then: so much must work whatever mutations do.
        if seed % 16 > 0 {
            mutate(&mut file, other, random);
        }
        let (data, peak) = peak(|| read(&file, random));
        count += data;
        files += 1;
        let most = 16 * file.len().max(LIMIT as usize) + spare;
        assert!(peak <= most, "seed {seed}: {peak} bytes");
    }
    assert!(count > files / 50, "{count} data sets from {files} files");
}

/// 1 for data, 0 for an error.
fn told(result: Result<Dataset<f32>, impl Into<DataError>>) -> usize {
    match result {
        Ok(data) => check_data(&data),
        Err(error) => {
            check_error(error);
            return 0;
        }
    }
    1
}

fn pair(inputs: &Npy, targets: &Npy, maximum: f64) -> usize {
    told(Dataset::from_labelled_arrays(
        inputs, targets, None, maximum,
    )) + told(Dataset::from_arrays(inputs, targets, maximum))
}

#[test]
fn mutated_arrays_are_data_or_errors() {
    let labels = Npz::read(&*golden(&["npz"])[0])
        .unwrap()
        .array("y")
        .unwrap();
    fuzz(
        &golden(&["npy"]),
        SPARE,
        |file, random| match Npy::read_within(file, LIMIT) {
            Ok(array) => {
                let maximum = [1.0, 255.0, f64::MIN_POSITIVE, f64::NAN][random.random_range(0..4)];
                pair(&array, &labels, maximum)
                    + pair(&array, &array, 1.0)
                    + pair(&labels, &array, 1.0)
            }
            Err(error) => {
                check_error(error);
                0
            }
        },
    );
}

#[test]
fn mutated_archives_are_data_or_errors() {
    fuzz(&golden(&["npz"]), SPARE, |file, random| {
        let read = |archive: &Npz, name: Option<&str>| match name {
            Some(name) => archive.array(name),
            None => archive.array("x"),
        };
        let pairs = Npz::read_within(file, LIMIT).and_then(|archive| {
            let names = archive.names();
            let any = names.get(random.random_range(0..names.len().max(1)));
            let (inputs, answers) = archive.suggested();
            let inputs = read(&archive, inputs.or(any.map(String::as_str)))?;
            Ok::<_, NpyError>((inputs, read(&archive, answers.or(any.map(String::as_str)))?))
        });
        match pairs {
            Ok((inputs, answers)) => pair(&inputs, &answers, 1.0),
            Err(error) => {
                check_error(error);
                0
            }
        }
    });
}

#[test]
fn mutated_pictures_are_pictures_or_errors() {
    let mut corpus = golden(&["png", "jpg"]);
    corpus.push(b"P2 # grey\n3 2\n4\n0 1 2\n3 4 9\n".to_vec());
    corpus.push(b"P5 3 2 300\n\0\0\x01\0\x02\0\x03\0\x04\0\x01\x2c".to_vec());
    fuzz(&corpus, SPARE, |file, random| {
        let mut pictures = Pictures::new().limit(1 << 14);
        if random.random() {
            pictures = pictures.resized(random.random_range(0..20), random.random_range(0..20));
        }
        if random.random() {
            pictures =
                pictures.channels([Channels::Grey, Channels::Colour][random.random_range(0..2)]);
        }
        match pictures.read::<f32>(file) {
            Ok(picture) => {
                assert_eq!(picture.dims.iter().product::<usize>(), picture.values.len());
                // Weights add up to 1 but for their rounding.
                assert!(
                    picture
                        .values
                        .iter()
                        .all(|x| (0.0..=1.0 + 1e-6).contains(x))
                );
                1
            }
            Err(error) => {
                check_error(error);
                0
            }
        }
    });
}

#[test]
fn mutated_parquet_tables_are_data_or_errors() {
    // What is packed seldom survives more than a mutation of one byte, and some tables are refused as they are.
    let mut corpus = golden(&["parquet"]);
    corpus.retain(|file| sniff_stream(|| &**file).is_ok());
    // Pages are unpacked whole.
    fuzz(&corpus, 32 << 20, |file, random| {
        let missing = [Missing::Refuse, Missing::Drop, Missing::Flag][random.random_range(0..3)];
        let csv = [
            Csv::classification("last"),
            Csv::regression(["y"]),
            Csv::regression([0]),
        ];
        let csv = csv[random.random_range(0..3)].clone();
        let csv = csv.text_as_categories().missing(missing).limit(LIMIT);
        let read = csv
            .read::<f32>(file)
            .map_err(DataError::from)
            .and_then(|train| {
                let values =
                    RowReader::new(file, &Dialect::default(), train.schema())?.rows::<f32>(1000)?;
                assert_eq!(values.len() % train.schema().inputs(), 0);
                Ok(train)
            });
        let sniffed = sniff_stream(|| file).map_err(DataError::from);
        let sniffed = sniffed.and_then(|it| Ok(it.csv().limit(LIMIT).read::<f32>(file)?));
        told(sniffed) + told(read)
    });
}
