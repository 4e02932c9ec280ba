//! Mutations of small files through every reader, and the memory that readers take: never a panic, always an error with
//! a type and a message of a bounded length, at most 16 times the file and 32 MiB.
//!
//! A run takes a few seconds; `FUZZ_SECONDS=600 cargo test -p gradflow-data --test fuzz` takes longer.

mod formats;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use gradflow_data::{
    CifarError, Csv, CsvError, DataError, Dataset, Delimiter, Dialect, Idx, IdxError, Missing,
    ReadError, RowReader, Target, one_hot, read_cifar10, read_cifar10_within, sniff_stream,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

thread_local! {
    /// Bytes that this thread holds, and the most that it has held.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Counts what each thread holds. `realloc` is the provided one, which holds the old and the new block at once.
struct Counting;

// SAFETY: every block comes from and goes back to the system's allocator with the layout that was handed in.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract, which is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the block came from `alloc` above with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: isize) {
    HELD.set(HELD.get() + bytes);
    PEAK.set(PEAK.get().max(HELD.get()));
}

/// What the function returns, and the most that it held at once.
fn peak<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let result = f();
    (result, (PEAK.get() - before).max(0) as usize)
}

/// Less than the 32 MiB that are promised, so that files of a MiB show the factor.
const SPARE: usize = 1 << 19;

fn check_peak(file: usize, peak: usize, what: &str) {
    assert!(
        peak <= 16 * file + SPARE,
        "{what}: {peak} bytes for a file of {file}, {:.1} times",
        peak as f64 / file as f64
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn idx(dims: &[u32], data: &[u8]) -> Vec<u8> {
    let dimensions = dims.iter().flat_map(|d| d.to_be_bytes());
    [0, 0, 8, dims.len() as u8]
        .into_iter()
        .chain(dimensions)
        .chain(data.iter().copied())
        .collect()
}

// ---------------------------------------------------------------- fuzz

const TOKENS: [&[u8]; 30] = [
    b"\"",
    b"\"\"",
    b"\n",
    b"\r\n",
    b"\r",
    b",",
    b";",
    b"\t",
    b" ",
    b"NA",
    b"?",
    b"nan",
    b"inf",
    b"1e999",
    b"-0",
    b"1.0",
    b"18446744073709551616",
    b"4294967295",
    b"1048577",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\0",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x1f\x8b\x08\x00",
    b"PK\x03\x04",
    b"\0\0\x08\x03",
    b"\0\0\x08\xff",
    b"a",
    b"\xe9",
];

fn mutate(file: &mut Vec<u8>, other: &[u8], random: &mut Xoshiro256PlusPlus) {
    for _ in 0..1 + random.random_range(0..3) {
        let at = random.random_range(0..file.len() + 1);
        let len = random
            .random_range(0..file.len() - at + 1)
            .min(1 + random.random_range(0..64));
        match random.random_range(0..8) {
            0 if at < file.len() => file[at] ^= 1 << random.random_range(0..8),
            1 if at < file.len() => file[at] = random.random::<u8>(),
            2 => drop(file.drain(at..at + len)),
            3 => file.truncate(at),
            4 => {
                let part = file[at..at + len].to_vec();
                for _ in 0..1 + random.random_range(0..8) {
                    file.splice(at..at, part.iter().copied());
                }
            }
            5 => {
                let from = random.random_range(0..other.len() + 1);
                file.truncate(at);
                file.extend(&other[from..]);
            }
            _ => drop(file.splice(
                at..at,
                TOKENS[random.random_range(0..TOKENS.len())].iter().copied(),
            )),
        }
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let record = |label: u8| [vec![label], vec![label; 3072]].concat();
    let files = vec![
        b"a,b,c\n1,2,3\n4.5,-1e3,0\n".to_vec(),
        b"x,kind\r\n1,pear\r\n2,\"apple, \"\"red\"\"\"\r\n3,pear\r\n".to_vec(),
        b"x;kind\n1;0\n2;1.0\n\n3;2\n   \n".to_vec(),
        b"\xef\xbb\xbf1,2\n3,4\n5,6".to_vec(),
        b"x,colour,kind\n1,red,yes\n,blue,no\n3,?,yes\n2,red,no\n".to_vec(),
        b"# made up\na  b   kind\n1,5 2 x\n 3 4,5\ty\n".to_vec(),
        b"3,2,a,b\n1,2,0\n3,4,1\n5,6,1\n".to_vec(),
        b"\xff\xfex\0,\0k\0\n\x001\0,\0a\0\n\0".to_vec(),
        idx(&[2, 1, 2], &[0, 255, 255, 0]),
        idx(&[2], &[1, 0]),
        idx(&[1, 3, 2, 2], &[7; 12]),
        [record(0), record(9)].concat(),
    ];
    let packed: Vec<_> = files.iter().take(9).map(|file| gzip(file)).collect();
    [files, packed].concat()
}

/// A message of a bounded length, whose sources have an end.
fn check_error(error: impl Into<DataError>) {
    let error = error.into();
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 2000, "{message}");
    let mut source = error.source();
    for _ in 0..10 {
        source = source.and_then(Error::source);
    }
    assert!(source.is_none(), "{message}");
}

fn check_data(data: &Dataset<f32>) {
    assert!(data.len() > 0);
    assert_eq!(data.inputs().samples(), data.len());
    assert_eq!(data.targets().samples(), data.len());
    assert!(data.inputs().data().iter().all(|x| x.is_finite()));
    if let (Some(labels), Some(classes)) = (data.labels(), data.classes()) {
        assert!(labels.iter().all(|label| *label < classes));
        assert!(
            data.class_names()
                .is_none_or(|names| names.len() == classes)
        );
    }
    data.check_compatible(data).unwrap();
}

const LIMIT: u64 = 1 << 20;

fn read_all(bytes: &[u8], random: &mut Xoshiro256PlusPlus) -> usize {
    let mut read = 0;
    match Idx::read_within(bytes, LIMIT) {
        Ok(array) => {
            assert_eq!(
                array.dims().iter().product::<usize>(),
                array.as_slice().len()
            );
            for labels in [&array, &Idx::read(idx(&[2], &[1, 0]).as_slice()).unwrap()] {
                match Dataset::from_images(&array, labels, 10, 255.0) {
                    Ok(data) => check_data(&data),
                    Err(error) => check_error(error),
                }
            }
            read += 1;
        }
        Err(error) => check_error(error),
    }
    let delimiter = [b',', b';', b'\t', b' ', random.random::<u8>()][random.random_range(0..5)];
    let mut data = vec![read_cifar10_within(bytes, LIMIT).map_err(DataError::from)];
    for csv in [
        Csv::classification(random.random_range(0..3)),
        Csv::classification("kind").labels_as_names(),
        Csv::classification(1).classes(["pear", "1", ""]),
        Csv::regression([1, 0]),
        Csv::regression(["a"]).with_header(),
    ] {
        let csv = csv.delimiter(delimiter).limit(LIMIT);
        data.push(csv.read(bytes).map_err(DataError::from));
        data.push(csv.without_header().read(bytes).map_err(DataError::from));
    }
    let dialect = Dialect {
        delimiter: [Delimiter::Blanks, delimiter.into()][random.random_range(0..2)],
        header: [None, Some(true), Some(false)][random.random_range(0..3)],
        comment: [None, Some("#".to_owned())][random.random_range(0..2)].clone(),
        decimal_comma: random.random(),
        skip_lines: random.random_range(0..3),
    };
    let missing = [
        Missing::Refuse,
        Missing::Drop,
        Missing::Mean,
        Missing::Median,
        Missing::Flag,
    ];
    let csv = Csv::classification("last")
        .text_as_categories()
        .limit(LIMIT);
    let csv = csv
        .dialect(dialect.clone())
        .missing(missing[random.random_range(0..5)]);
    let table = csv.read_table::<f32>(bytes).map_err(DataError::from);
    data.push(table.and_then(|table| {
        let (train, test) = table.split(0.5, 1)?;
        let train = train.encoded()?;
        test.like(&train)?.check_compatible(&train)?;
        let values = RowReader::new(bytes, &dialect, train.schema())?.rows::<f32>(1000)?;
        assert_eq!(values.len() % train.schema().inputs(), 0);
        Ok(train)
    }));
    match sniff_stream(|| bytes) {
        Ok(sniffed) => data.push(
            sniffed
                .csv()
                .limit(LIMIT)
                .read(bytes)
                .map_err(DataError::from),
        ),
        Err(error) => check_error(error),
    }
    for result in data {
        match result {
            Ok(data) => {
                check_data(&data);
                read += 1;
            }
            Err(error) => check_error(error),
        }
    }
    read
}

/// Seeds with a file to change, another one, and what else is drawn, for so many seconds, or `FUZZ_SECONDS`.
fn drawn(
    corpus: &[Vec<u8>],
    seconds: u64,
) -> impl Iterator<Item = (u64, Vec<u8>, &[u8], Xoshiro256PlusPlus)> {
    let said = std::env::var("FUZZ_SECONDS");
    let seconds = said.ok().and_then(|s| s.parse().ok()).unwrap_or(seconds);
    let (time, start) = (Duration::from_secs(seconds), Instant::now());
    (0..)
        .take_while(move |_| start.elapsed() <= time)
        .map(|seed| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let [file, other] = [(); 2].map(|()| &corpus[random.random_range(0..corpus.len())]);
            (seed, file.clone(), &other[..], random)
        })
}

#[test]
fn mutated_files_are_data_or_errors() {
    let (corpus, mut read, mut files) = (corpus(), 0, 0);
    for (seed, mut file, other, mut random) in drawn(&corpus, 3) {
        let random = &mut random;
        mutate(&mut file, other, random);
        // A damaged gzip is soon refused; what is damaged inside one is read.
        if random.random_range(0..4) == 0 {
            file = gzip(&file);
        }
        let (data, peak) = peak(|| read_all(&file, random));
        read += data;
        files += 1;
        check_peak(
            file.len().max(LIMIT as usize),
            peak,
            &format!("seed {seed}"),
        );
    }
    // Mutations that nobody can read would test nothing but the first check.
    assert!(read > files / 50, "{read} data sets from {files} files");
}

// ---------------------------------------------------------------- memory

const SIZE: usize = 1 << 20;

/// Lines until the file is large enough.
fn lines(header: &str, mut line: impl FnMut(usize) -> String) -> Vec<u8> {
    let mut file = header.as_bytes().to_vec();
    for i in 0.. {
        if file.len() >= SIZE {
            break;
        }
        file.extend(line(i).as_bytes());
    }
    file
}

#[test]
fn csv_takes_at_most_16_times_the_file() {
    let wide = {
        let n = SIZE / 3;
        [
            vec![b','; n - 1],
            b"\n".to_vec(),
            b"1,".repeat(n - 1),
            b"1\n".to_vec(),
        ]
        .concat()
    };
    let cases = [
        ("short numbers", lines("a,b\n", |_| "1,1\n".into())),
        (
            "few labels",
            lines("x,b\n", |i| format!("1,{}\n", ["ab", "c", "setosa"][i % 3])),
        ),
        (
            "numbers as labels",
            lines("x,b\n", |i| format!("1,{}\n", i % 10)),
        ),
        (
            "a label for each row",
            lines("x,b\n", |i| format!("1,x{i:x}\n")),
        ),
        ("one wide row", wide),
        (
            "one long field",
            [b"a,b\n1,".to_vec(), vec![b'x'; SIZE]].concat(),
        ),
        (
            "one long header",
            [b"b,".to_vec(), vec![b'x'; SIZE], b"\n1,1\n".to_vec()].concat(),
        ),
        (
            "a quote never closed",
            [b"a,b\n1,\"".to_vec(), vec![b'x'; SIZE]].concat(),
        ),
        (
            "blank lines",
            [b"a,b\n".to_vec(), vec![b'\n'; SIZE], b"1,2\n".to_vec()].concat(),
        ),
    ];
    for (what, file) in &cases {
        for csv in [
            Csv::classification(1),
            Csv::classification(1).labels_as_names(),
            Csv::regression([0]),
            Csv::regression([0])
                .text_as_categories()
                .missing(Missing::Drop),
        ] {
            let (result, most) = peak(|| csv.read::<f64>(file.as_slice()));
            check_peak(file.len(), most, what);
            drop(result.map_err(check_error));
            let packed = gzip(file);
            let (result, most) = peak(|| csv.read::<f32>(packed.as_slice()));
            check_peak(file.len(), most, what);
            drop(result.map_err(check_error));
        }
    }
}

/// Categories and gaps, with the room that the promise has beside the factor.
#[test]
fn tables_take_at_most_16_times_the_file() {
    let wide = |field: &str| {
        let n = SIZE / (field.len() + 1) / 2;
        let row = |field: &str| format!("{}\n", vec![field; n].join(","));
        [row(""), row(field)].concat().into_bytes()
    };
    let cases = [
        (
            "few colours",
            lines("y,c\n", |i| {
                format!("{},{}\n", i % 9, ["a", "b", "c"][i % 3])
            }),
        ),
        (
            "many colours",
            lines("y,c\n", |i| format!("1,{}\n", i % 3000)),
        ),
        (
            "only gaps",
            lines("y,a,b\n", |i| {
                format!("1,{},\n", if i == 0 { "1" } else { "" })
            }),
        ),
        ("a wide row of gaps", wide("")),
        ("a wide row of texts", wide("a")),
        ("a wide row of numbers", wide("1")),
    ];
    for (what, file) in &cases {
        for missing in [Missing::Median, Missing::Flag] {
            let csv = Csv::regression([0]).text_as_categories().missing(missing);
            let (result, most) = peak(|| csv.read::<f64>(file.as_slice()));
            assert!(most <= 16 * file.len() + (32 << 20), "{what}: {most}");
            drop(result.map_err(check_error));
        }
        let (result, most) = peak(|| sniff_stream(|| file.as_slice()));
        assert!(most <= 16 * file.len() + (32 << 20), "{what}: {most}");
        drop(result.map_err(check_error));
    }
}

#[test]
fn pictures_take_at_most_16_times_the_file() {
    let n = (SIZE / 784) as u32;
    let images = idx(&[n, 28, 28], &vec![3; n as usize * 784]);
    let labels = Idx::read(idx(&[n], &vec![3; n as usize]).as_slice()).unwrap();
    let (data, most) = peak(|| {
        let images = Idx::read(images.as_slice()).unwrap();
        Dataset::<f64>::from_images(&images, &labels, 10, 255.0)
    });
    assert_eq!(data.unwrap().len(), n as usize);
    check_peak(images.len(), most, "IDX");

    let records = [vec![3], vec![7; 3072]].concat().repeat(SIZE / 3073);
    let (data, most) = peak(|| read_cifar10::<f64>(records.as_slice()));
    assert_eq!(data.unwrap().len(), SIZE / 3073);
    check_peak(records.len(), most, "CIFAR-10");
}

/// Labels 0 and 65535 in a small file: numbers, not 65,536 columns.
#[test]
fn classes_are_numbers_until_a_batch_wants_vectors() {
    let mut file = b"x,kind\n".to_vec();
    for i in 0..2500 {
        file.extend(format!("1,{}\n", [0, 65535][i % 2]).as_bytes());
    }
    let (data, most) = peak(|| Csv::classification("kind").read::<f32>(file.as_slice()));
    let data = data.unwrap();
    assert_eq!(data.classes(), Some(65536));
    assert_eq!(data.sample(1).unwrap().1, Target::Class(65535));
    assert!(most < 1 << 20, "{most}");
    assert_eq!(
        one_hot::<f32>(&[65535], 65536).unwrap().iter().sum::<f32>(),
        1.0
    );
}

#[test]
fn a_compressed_file_ends_at_the_limit() {
    // 300 MB in 300 kB.
    let zeros = vec![b'1'; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"a,b\n1,").unwrap();
    for _ in 0..300 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let limit = 4 << 20;
    let (result, most) = peak(|| {
        Csv::regression([0])
            .limit(limit)
            .read::<f32>(bomb.as_slice())
    });
    let error = result.unwrap_err();
    assert!(
        matches!(
            error,
            CsvError::Read(ReadError::Unpacked { limit: 4_194_304 })
        ),
        "{error}"
    );
    check_peak(limit as usize, most, "the limit");
    assert_eq!(
        error.to_string(),
        "the file unpacks to more than the limit of 4194304 bytes: set a higher limit if you trust it"
    );

    let error = read_cifar10_within::<f32>(gzip(&[1; 5000]).as_slice(), 4999).unwrap_err();
    assert!(
        matches!(error, CifarError::Read(ReadError::Unpacked { limit: 4999 })),
        "{error}"
    );
    let file = idx(&[100], &[1; 100]);
    assert!(Idx::read_within(gzip(&file).as_slice(), 108).is_ok());
    let error = Idx::read_within(gzip(&file).as_slice(), 107).unwrap_err();
    assert!(
        matches!(error, IdxError::Read(ReadError::Unpacked { limit: 107 })),
        "{error}"
    );
    let error = Idx::read_within(file.as_slice(), 99).unwrap_err();
    assert!(
        matches!(error, IdxError::Promise { limit: 99, .. }),
        "{error}"
    );
    let error = Idx::read_within(file.as_slice(), 107).unwrap_err();
    assert!(
        matches!(error, IdxError::Read(ReadError::TooLarge { limit: 107 })),
        "{error}"
    );
}
