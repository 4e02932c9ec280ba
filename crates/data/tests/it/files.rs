//! Files that people have: quotes, blanks, missing labels, headers of numbers, other formats. Each message is written out.

use std::error::Error;
use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use gradflow_data::{
    Csv, CsvError, DataError, Dataset, DatasetError, FeatureMap, Idx, IdxError, MismatchError,
    Scaling, ScalingError, mnist, read_cifar10,
};
use gradflow_tensor::{Batch, Shape};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn kind() -> Csv {
    Csv::classification("kind")
}

fn read(text: &str) -> Dataset<f64> {
    kind().read(text.as_bytes()).unwrap()
}

fn refused_by(csv: &Csv, text: impl AsRef<[u8]>) -> String {
    csv.read::<f64>(text.as_ref()).unwrap_err().to_string()
}

fn refused(text: impl AsRef<[u8]>) -> String {
    refused_by(&kind(), text)
}

#[test]
fn quotes() {
    assert_eq!(
        refused("x,kind\n1,a\n2,\"b\n3,c\n4,d\n"),
        "line 3, column `kind`: a quote opens here and is never closed: close it, or take it out"
    );
    assert_eq!(
        refused("x,kind\n\"1\n2\n\",\"a\"\"\n"),
        "line 4, column `kind`: a quote opens here and is never closed: close it, or take it out"
    );
    assert_eq!(
        refused("x,kind\n1,\"a\"b\n"),
        "line 2, column `kind`: text behind a closing quote; a quote within quotes is written twice"
    );
    let data = read("x,kind\n1, \"a,b\"\n2,\t\"say \"\"c\"\"\" \n3,5\" disk\n4,\" d\"\n");
    assert_eq!(
        data.class_names().unwrap(),
        [" d", "5\" disk", "a,b", "say \"c\""]
    );
    assert_eq!(data.labels().unwrap(), [2, 3, 1, 0]);
}

#[test]
fn blank_lines_and_line_ends() {
    for text in [
        "x,kind\n1,a\n2,b\n   ",
        "x,kind\n1,a\n2,b\n \t \n\t",
        "\n \nx,kind\r\n\r\n1,a\r\n  \r\n2,b",
        "x,kind\r1,a\r2,b\r",
    ] {
        assert_eq!(read(text).inputs().data(), [1.0, 2.0], "{text:?}");
    }
    // A line of delimiters is no blank line.
    assert_eq!(
        refused("x,kind\n1,a\n,b\n"),
        "line 3, column `x`: empty, but a value was expected (gaps: 1 of 2 rows in column `x`); say what becomes of them: `missing: Drop` in an experiment, `Csv::missing(Missing::Drop)` in Rust, leaves \
             such rows out; `Mean` or `Median` fills in numbers (a missing category becomes 0 in each of its columns); \
             `Flag` also adds a column that is 1 where a value is missing; or leave the column out by `without`"
    );
    let tabs = kind().delimiter(b'\t');
    assert!(refused_by(&tabs, "x\tkind\n1\ta\n\tb\n").starts_with(
        "line 3, column `x`: empty, but a value was expected (gaps: 1 of 2 rows in column `x`)"
    ));
}

#[test]
fn labels_that_are_missing() {
    assert_eq!(
        refused("x,kind\n1,a\n2,\n"),
        "line 3, column `kind`: the label is missing (empty); announce it by `classes` if it is a class, or leave the row out"
    );
    for mark in ["?", "NA", "nan", "NaN", "N/A", "null"] {
        assert_eq!(
            refused(format!("x,kind\n1,0\n2,1\n3,{mark}\n")),
            format!(
                "line 4, column `kind`: the label is missing (`{mark}`); announce it by `classes` if it is a class, or leave \
                 the row out"
            )
        );
        let announced = kind().classes(["0", "1", mark]);
        let data = announced.read::<f32>(format!("x,kind\n1,0\n2,{mark}\n").as_bytes());
        assert_eq!(data.unwrap().labels().unwrap(), [0, 2]);
    }
}

#[test]
fn labels_are_numbers_or_names_but_not_both() {
    let data = read("x,kind\n1,2.0\n2,10.0\n3,0\n4,02\n5,1e1\n");
    assert_eq!(data.labels().unwrap(), [2, 10, 0, 2, 10]);
    assert_eq!((data.classes(), data.class_names()), (Some(11), None));

    assert_eq!(
        refused("x,kind\n1,1\n2,-1\n3,-1\n"),
        "line 3, column `kind`: the label `-1` is not a class counted from 0, but others are; say `labels_as_names()` if \
         labels are names"
    );
    assert_eq!(
        refused("x,kind\n1,0.25\n2,0.5\n"),
        "line 2, column `kind`: the label `0.25` is not a class counted from 0; say `labels_as_names()` if labels are names"
    );
    let signs = kind()
        .labels_as_names()
        .read::<f64>("x,kind\n1,1\n2,-1\n".as_bytes());
    assert_eq!(signs.unwrap().class_names().unwrap(), ["-1", "1"]);
    assert_eq!(
        refused("x,kind\n1,90210\n2,4000000000\n"),
        "4000000001 classes, more than the limit of 1048576; is the label a value or a name?"
    );
    assert_eq!(
        refused_by(&kind().classes(["a", "b", "a"]), "x,kind\n1,a\n"),
        "classes 0 and 2 are both named `a`"
    );
}

#[test]
fn numbers_are_rounded_once() {
    let text = "x,kind\n1.00000017881393432617187499,a\n";
    let data = kind().read::<f32>(text.as_bytes()).unwrap();
    assert_eq!(data.inputs().data(), [1.000_000_1]);
    // By way of f64 it would be the next one.
    let twice: f64 = "1.00000017881393432617187499".parse().unwrap();
    assert_eq!(twice as f32, 1.000_000_2);
}

#[test]
fn fields_that_are_no_numbers_say_why() {
    assert!(
        refused("x,kind\nNA,a\n")
            .starts_with("line 2, column `x`: `NA` marks a missing value (gaps: 1 of 1 row in column `x`); say what becomes of them: `missing: Drop`")
    );
    // Twelve columns are named, and that there are more.
    for (gaps, more) in [(12, false), (13, true), (20, true)] {
        let names: String = (0..gaps).map(|i| format!("x{i},")).collect();
        let message = refused(format!("{names}kind\n{}a\n", ",".repeat(gaps)));
        let named = "1 of 1 row in column `x11`";
        assert!(
            message.contains(named) && !message.contains("`x12`"),
            "{message}"
        );
        assert_eq!(message.contains(", …"), more, "{message}");
    }
    assert_eq!(
        refused_by(&Csv::regression(["y"]), "x,y\n1,\n"),
        "line 2, column `y`: empty, but a number was expected"
    );
    assert_eq!(
        refused_by(&Csv::regression(["y"]), "x,y\n1,NA\n"),
        "line 2, column `y`: `NA` is not a number; it marks a missing value: fill it in or leave the row out"
    );
    assert_eq!(
        refused_by(&kind().delimiter(b';'), "x;kind\n1,5;a\n"),
        "line 2, column `x`: `1,5` is not a number; the decimal sign is a point, unless `decimal_comma()` is said"
    );
    // Nobody has said anything about a decimal sign, or a text has none.
    let other = ": correct it; or, if its column holds names, say so by `category` (in an experiment `categories`), or leave the \
                 column out by `without`";
    assert!(refused("x,kind\n1.2.3,a\n").ends_with(other));
    let comma = kind().delimiter(b';').decimal_comma();
    assert!(refused_by(&comma, "x;kind\nbig;a\n").ends_with(other));
    assert_eq!(
        refused("x;kind\n1;a\n"),
        "no column `kind`; the columns are `x;kind`: are fields separated by ';'? Say `delimiter(b';')`"
    );
    assert_eq!(
        refused_by(&kind().delimiter(b'"'), "x,kind\n"),
        "fields cannot be separated by '\"': use another character, such as `,`, `;` or a tab"
    );
    assert_eq!(
        refused("x,kind\n"),
        "no samples: the file has no row below the header: is it the right one?"
    );
    assert_eq!(
        refused(""),
        "no samples: the file has no row: is it the right one?"
    );
}

#[test]
fn a_header_of_numbers_is_a_sample_until_somebody_insists() {
    let iris = "5.1,3.5,setosa\n4.9,3.0,virginica\n";
    let message = "line 1: 2 of the 3 names in the header are numbers: say `without_header()` if it is a sample \
                   (columns are then numbered from 0), `with_header()` if it is a header";
    let by_number = Csv::classification(2);
    assert_eq!(refused_by(&by_number, iris), message);
    assert_eq!(refused_by(&Csv::classification("species"), iris), message);
    assert_eq!(
        by_number
            .clone()
            .without_header()
            .read::<f64>(iris.as_bytes())
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        by_number
            .with_header()
            .read::<f64>(iris.as_bytes())
            .unwrap()
            .len(),
        1
    );

    let all = "1,2\n3,4\n";
    assert!(refused_by(&Csv::regression([1]), all).starts_with("line 1: 2 of the 2 names"));
    // A column found by its name shows that there is a header.
    let pandas = "0,1,kind\n3,4,a\n";
    assert_eq!(read(pandas).inputs().data(), [3.0, 4.0]);
    let years = Csv::regression(["2001"]).read::<f64>("2000,2001\n3,4\n".as_bytes());
    assert_eq!(years.unwrap().len(), 1);
}

#[test]
fn long_names_are_cut_in_messages() {
    let header = format!("{},{}\n1,2\n", "é".repeat(5_000_000), "b,".repeat(100));
    let message = refused(header);
    assert!(message.len() < 300, "{message}");
    assert!(message.ends_with("`b`, `b` and 90 more"), "{message}");
    let text = format!("{},kind\nx,a\n", "a".repeat(10_000_000));
    assert!(refused(text).len() < 300);
    let unknown = Csv::classification("k".repeat(10_000_000));
    assert!(refused_by(&unknown, "x,kind\n1,2\n").len() < 200);
}

#[test]
fn other_formats_are_known_by_their_first_bytes() {
    let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7];
    let utf16: Vec<u8> = "x,kind\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut tar = b"cifar-10-batches-bin/data_batch_1.bin".to_vec();
    tar.resize(257, 0);
    tar.extend(b"ustar\x0000");
    let cases: [(&[u8], &str); 7] = [
        (
            b"PK\x03\x04 and so on",
            "this is a zip archive: unpack it and read a file of it",
        ),
        (
            &tar,
            "this is a tar archive: unpack it and read a file of it",
        ),
        (
            &[b"\xff\xfe", utf16.as_slice()].concat(),
            "this is text in UTF-16: save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)",
        ),
        (
            &utf16,
            "this is text in UTF-16: save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)",
        ),
        (
            b"\x80\x02}q\x01(U\x0bbatch_label",
            "this is a Python pickle: take the binary version of the data set",
        ),
        (
            b"\n<!DOCTYPE HTML><html><body>403",
            "this is a web page: was its download refused?",
        ),
        (
            b"\x93NUMPY\x01\x00",
            "this is a NumPy array: read it by `Npy`, with the feature `npy`",
        ),
    ];
    for (file, message) in cases {
        // Each also within gzip, as downloads come.
        for file in [file.to_vec(), gzip(file)] {
            // Text in UTF-16 is a table to this one reader.
            let is_text = message.contains("UTF-16");
            let csv = (!is_text).then(|| refused(&file));
            let idx = Idx::read(file.as_slice()).unwrap_err().to_string();
            let cifar = read_cifar10::<f32>(file.as_slice())
                .unwrap_err()
                .to_string();
            let expected = (!is_text).then(|| format!("a CSV file was expected, but {message}"));
            assert_eq!(csv, expected);
            assert_eq!(idx, format!("an IDX file was expected, but {message}"));
            assert_eq!(
                cifar,
                format!("a binary file of CIFAR-10 was expected, but {message}")
            );
        }
    }
    let twice = gzip(&gzip(b"x,kind\n1,a\n"));
    assert_eq!(
        refused(twice),
        "a CSV file was expected, but this is a gzip file: it is packed twice: unpack it once"
    );
    assert_eq!(
        refused(images),
        "a CSV file was expected, but this is an IDX file: read it by `Idx`"
    );
    assert_eq!(
        read_cifar10::<f32>(images.as_slice())
            .unwrap_err()
            .to_string(),
        "a binary file of CIFAR-10 was expected, but this is an IDX file: read it by `Idx`"
    );
    // A record may begin like an IDX file.
    let record = [images.to_vec(), vec![0; 3073 - images.len()]].concat();
    assert_eq!(
        read_cifar10::<f32>(record.as_slice()).unwrap().labels(),
        Some([0].as_slice())
    );
}

#[test]
fn idx_headers() {
    let error = Idx::read([0, 0, 8, 0, 7].as_slice()).unwrap_err();
    assert!(matches!(error, IdxError::NoDimensions));
    assert_eq!(
        error.to_string(),
        "byte 3 of the IDX header, the number of dimensions, is 0; an array has 1 or more"
    );
    let images = Idx::read([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7].as_slice()).unwrap();
    let labels = Idx::read([0, 0, 8, 1, 0, 0, 0, 1, 2].as_slice()).unwrap();
    assert_eq!(
        Dataset::<f32>::from_images(&labels, &images, 10, 255.0)
            .unwrap_err()
            .to_string(),
        "images and labels are exchanged: the images have the dimensions [1], the labels [1, 1, 1]"
    );
}

#[test]
fn zeros_behind_gzip_are_padding() {
    let file = "x,kind\n1,a\n2,b\n".as_bytes();
    let members = [gzip(&file[..9]), gzip(&file[9..])].concat();
    for zeros in [0, 1, 511, 100_000] {
        let padded = [members.clone(), vec![0; zeros]].concat();
        assert_eq!(
            kind().read::<f64>(padded.as_slice()).unwrap().len(),
            2,
            "{zeros}"
        );
    }
    let dirty = [members.clone(), vec![0; 100], vec![1]].concat();
    assert_eq!(
        refused(dirty),
        "the file is packed by gzip, but damaged or cut off after 15 unpacked bytes (behind the packed data there is something else \
         than zeros): fetch it again, or pack it again"
    );
    assert!(refused([members, vec![7; 20]].concat()).contains("invalid gzip header"));
}

#[test]
fn mnist_under_its_names_with_dots() {
    let directory = std::env::temp_dir().join(format!("gradflow-data-dots-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7];
    let labels = [0, 0, 8, 1, 0, 0, 0, 1, 2];
    for (name, file) in [
        ("train-images.idx3-ubyte", images.as_slice()),
        ("train-labels.idx1-ubyte", &labels),
        ("t10k-images.idx3-ubyte", &images),
        ("t10k-labels.idx1-ubyte.gz", &labels),
    ] {
        std::fs::write(directory.join(name), file).unwrap();
    }
    let result = mnist::<f32>(&directory);
    std::fs::write(directory.join("train-images.idx3-ubyte"), labels).unwrap();
    std::fs::write(directory.join("train-labels.idx1-ubyte"), images).unwrap();
    let exchanged = mnist::<f32>(&directory).unwrap_err();
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(result.unwrap().0.labels(), Some([2].as_slice()));
    let path = directory.join("train-images.idx3-ubyte");
    assert_eq!(
        exchanged.to_string(),
        format!(
            "{}: images and labels are exchanged: the images have the dimensions [1], the labels [1, 1, 1]",
            path.display()
        )
    );
}

#[test]
fn sources_lead_to_the_cause() {
    let open = Csv::classification(0)
        .open::<f32>("/nowhere/at all.csv")
        .unwrap_err();
    assert!(
        open.source()
            .unwrap()
            .downcast_ref::<std::io::Error>()
            .is_some()
    );

    let path =
        std::env::temp_dir().join(format!("gradflow-data-source-{}.csv", std::process::id()));
    std::fs::write(&path, [0x1f, 0x8b, 1, 2, 3]).unwrap();
    let error = kind().open::<f32>(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    let DataError::File { error: inner, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        matches!(**inner, DataError::Csv(CsvError::Read(_))),
        "{inner}"
    );
    let source = error.source().unwrap();
    assert_eq!(source.to_string(), inner.to_string());
    assert!(
        source
            .source()
            .unwrap()
            .downcast_ref::<std::io::Error>()
            .is_some()
    );
}

#[test]
fn what_meets_is_compared() {
    let data = |shape: [usize; 3], classes: usize| {
        let shape = Shape::new(shape).unwrap();
        Dataset::classification(shape, vec![0.0; shape.len()], [0], classes).unwrap()
    };
    let picture = data([3, 4, 4], 2);
    picture.check_shape(picture.shape()).unwrap();
    data([48, 1, 1], 2).check_shape(picture.shape()).unwrap();
    picture.check_shape(Shape::vector(48).unwrap()).unwrap();
    data([48, 1, 1], 2).check_compatible(&picture).unwrap();
    assert_eq!(
        data([4, 4, 3], 2)
            .check_compatible(&picture)
            .unwrap_err()
            .to_string(),
        "each sample should have the shape 3x4x4 (48 values), but these have the shape 4x4x3 (48 values): if their \
         values stand in another order, such as channels last instead of first, reorder them; if only the shape is wrong, set it by `Dataset::with_shape`"
    );
    let other = data([4, 4, 3], 2).like(&picture).unwrap_err();
    assert!(matches!(
        other,
        DataError::Mismatch(MismatchError::Shape { .. })
    ));
    let plain = data([48, 1, 1], 2).like(&picture).unwrap();
    assert_eq!(plain.shape(), picture.shape());
    assert_eq!(
        data([47, 1, 1], 2)
            .check_shape(picture.shape())
            .unwrap_err()
            .to_string(),
        "each sample should have the shape 3x4x4 (48 values), but these have 47 values, 1 too few: check that this is the right data, and that \
         no input column is absent or left out by `without`"
    );

    let named = |names: &[&str]| {
        let data = data([1, 1, 1], names.len());
        data.with_class_names(names.iter().copied()).unwrap()
    };
    let pets = named(&["cat", "dog"]);
    pets.check_compatible(&pets).unwrap();
    pets.check_compatible(&data([1, 1, 1], 2)).unwrap();
    data([1, 1, 1], 2).check_compatible(&pets).unwrap();
    pets.check_classes(&["cat", "dog"]).unwrap();
    assert_eq!(
        named(&["dog", "fox"])
            .same_classes(&pets)
            .unwrap_err()
            .to_string(),
        "class 0 is `cat` in one and `dog` in the other: announce the same classes in the same order for both"
    );
    assert!(matches!(
        pets.check_classes(&["cat", "fox"]),
        Err(MismatchError::ClassName { class: 1, .. })
    ));
    for other in [
        named(&["cat"]),
        named(&["cat", "dog", "fox"]),
        data([1, 1, 1], 3),
    ] {
        let error = other.check_compatible(&pets).unwrap_err();
        assert!(
            matches!(error, MismatchError::Classes { expected: 2, .. }),
            "{error}"
        );
        assert!(other.check_classes(&["cat", "dog"]).is_err());
    }
    let values = |size| {
        Dataset::regression(Shape::vector(1).unwrap(), vec![0.0], size, vec![0.0; size]).unwrap()
    };
    values(2).check_compatible(&values(2)).unwrap();
    assert_eq!(
        values(2).check_compatible(&pets).unwrap_err().to_string(),
        "classes were expected as targets, but these are values: read the table by `Csv::classification`"
    );
    assert_eq!(
        pets.check_compatible(&values(2)).unwrap_err(),
        MismatchError::Kind {
            classes_expected: false
        }
    );
    assert_eq!(
        values(3)
            .check_compatible(&values(2))
            .unwrap_err()
            .to_string(),
        "targets of 2 values were expected, but these have 3"
    );
    assert!(values(2).check_classes(&["a", "b"]).is_err());
}

#[test]
fn columns_and_steps_are_compared() {
    let data = |names: &[&str]| {
        let size = names.len();
        let data = Dataset::regression(size, [1.0, 3.0].repeat(size), 1, vec![0.0, 1.0]);
        data.unwrap()
            .with_input_names(names.iter().copied())
            .unwrap()
    };
    let ab = data(&["a", "b"]);
    let compared = |came: &Dataset<f64>, expected: &Dataset<f64>| {
        let compared = came.schema().check_inputs(expected.schema());
        compared.err().map(|error| error.to_string())
    };
    assert_eq!(compared(&ab, &data(&["a", "b"])), None);
    for (names, words) in [
        (["b", "a"].as_slice(), "`a`"),
        (&["a", "c"], "`c`"),
        (&["a"], "`b`"),
        (&["a", "b", "c"], "`c`"),
    ] {
        let error = data(names).schema().check_inputs(ab.schema()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        match names {
            ["b", "a"] => assert!(matches!(error, MismatchError::Order { column: 0, .. })),
            ["a"] => assert!(matches!(error, MismatchError::Missing { .. })),
            _ => assert!(matches!(error, MismatchError::Unknown { .. })),
        }
    }
    let misspelt = data(&["a", "lenght"]).schema().clone();
    let error = misspelt.check_inputs(data(&["a", "length"]).schema());
    let nearest = match error.unwrap_err() {
        MismatchError::Unknown { nearest, .. } => nearest,
        error => panic!("{error}"),
    };
    assert_eq!(nearest.as_deref(), Some("length"));
    let twice = Dataset::regression(3, vec![0.0; 3], 1, vec![0.0]).unwrap();
    assert!(matches!(
        twice.with_input_names(["a", "b", "a"]).unwrap_err(),
        DatasetError::RepeatedColumn {
            first: 0,
            second: 2,
            ..
        }
    ));
    // Steps as far as both go, then those that one of the two lacks.
    let once = ab.features(&FeatureMap::Interactions).unwrap();
    let again = once.features(&FeatureMap::Monomials { degree: 2 }).unwrap();
    let other = ab.features(&FeatureMap::Monomials { degree: 2 }).unwrap();
    assert_eq!(compared(&once, &once), None);
    for (came, expected) in [(&ab, &once), (&once, &again)] {
        let error = came.schema().check_inputs(expected.schema()).unwrap_err();
        assert!(matches!(error, MismatchError::NotDone { .. }), "{error}");
        let error = expected.schema().check_inputs(came.schema()).unwrap_err();
        assert!(matches!(error, MismatchError::DoneTwice { .. }), "{error}");
    }
    for (came, expected) in [(&other, &once), (&once, &other), (&other, &again)] {
        let error = came.schema().check_inputs(expected.schema()).unwrap_err();
        assert!(matches!(error, MismatchError::OtherStep { .. }), "{error}");
    }
}

#[test]
fn scalings_at_the_ends_of_the_range() {
    let deviation = |x: &[f64]| {
        let scaling = Scaling::standardise(Batch::new(x, 1).unwrap()).unwrap();
        (scaling.offset()[0], scaling.scale()[0])
    };
    let near = |(a, b): (f64, f64), (c, d): (f64, f64)| {
        // 4 epsilon: a quotient and a root of a few sums.
        let near = |a: f64, b: f64| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
        assert!(near(a, c) && near(b, d), "{a}, {b}; {c}, {d}");
    };
    near(deviation(&[1e-170, 3e-170]), (2e-170, 1e-170));
    near(deviation(&[1e200, -1e200]), (0.0, 1e200));
    near(
        deviation(&[1e308, 1.2e308, 1.4e308, 1.6e308]),
        (1.3e308, 0.05_f64.sqrt() * 1e308),
    );
    // Values at the end of f32, in f32.
    let x = [3e38_f32, -3e38];
    let scaling = Scaling::standardise(Batch::new(&x, 1).unwrap()).unwrap();
    assert!((scaling.scale()[0] / f64::from(3e38_f32) - 1.0).abs() < 1e-15);
    // The smallest spread there is: not constant, so not of scale 1.
    let tiny = f64::from_bits(1);
    assert_eq!(deviation(&[0.0, tiny]).1, tiny);
    assert_eq!(deviation(&[tiny, tiny]), (tiny, 1.0));
    assert_eq!(deviation(&[f64::MAX, f64::MAX]), (f64::MAX, 1.0));
}

#[test]
fn scalings_are_checked() {
    assert_eq!(
        Scaling::new(vec![0.0, 1.0], vec![1.0])
            .unwrap_err()
            .to_string(),
        "2 offsets, but 1 scale: give one of each for every component"
    );
    assert!(matches!(
        Scaling::new(vec![], vec![]),
        Err(ScalingError::Lengths { .. })
    ));
    for (offset, scale, words) in [
        (f64::NAN, 1.0, "its offset is NaN, but must be finite"),
        (f64::INFINITY, 1.0, "its offset is inf, but must be finite"),
        (
            0.0,
            0.0,
            "its scale is 0, but must be finite and positive: the component never changes; give it the scale 1, or leave it out",
        ),
        (
            0.0,
            -1.0,
            "its scale is -1, but must be finite and positive",
        ),
        (
            0.0,
            f64::NAN,
            "its scale is NaN, but must be finite and positive",
        ),
        (
            0.0,
            f64::INFINITY,
            "its scale is inf, but must be finite and positive",
        ),
    ] {
        let error = Scaling::new(vec![0.0, offset], vec![1.0, scale]).unwrap_err();
        assert!(
            matches!(error, ScalingError::Constant { component: 1, .. }),
            "{error}"
        );
        assert_eq!(error.to_string(), format!("component 1: {words}"));
    }
}

#[test]
fn scalings_are_kept_in_files_and_checked_when_they_come_back() {
    let scaling = Scaling::new(vec![0.1, -1e300], vec![1e-300, 3.0]).unwrap();
    let json = serde_json::to_string(&scaling).unwrap();
    assert_eq!(json, r#"{"offset":[0.1,-1e+300],"scale":[1e-300,3.0]}"#);
    assert_eq!(serde_json::from_str::<Scaling>(&json).unwrap(), scaling);
    let zero = serde_json::from_str::<Scaling>(r#"{"offset":[0.0],"scale":[0.0]}"#);
    assert!(
        zero.unwrap_err().to_string().starts_with(
            "component 0: its scale is 0, but must be finite and positive: the component never changes; give it the scale 1, or \
             leave it out"
        )
    );
}

#[test]
fn shapes_of_samples_are_numbers_or_arrays() {
    let data = |shape: [usize; 3]| Dataset::classification(shape, vec![0.0; 12], [0], 1).unwrap();
    assert_eq!(
        data([3, 2, 2]).with_shape(12).unwrap().shape().dims(),
        [12, 1, 1]
    );
    assert_eq!(
        data([3, 2, 2]).with_shape([12]).unwrap().shape().dims(),
        [12, 1, 1]
    );
    assert_eq!(
        data([3, 2, 2]).with_shape([4, 3]).unwrap().shape().dims(),
        [1, 4, 3]
    );
    let empty = Dataset::<f64>::regression([4, 0], vec![0.0], 1, vec![0.0]);
    assert_eq!(
        empty.unwrap_err().to_string(),
        "shape [1, 4, 0]: dimension 2 is zero, but each is at least 1"
    );
}

#[test]
fn many_names_are_numbered_in_alphabetical_order() {
    let names: Vec<String> = (0..700).map(|i| format!("n{:03}", i * 311 % 700)).collect();
    let rows: String = (names.iter().chain(&names))
        .map(|name| format!("1,{name}\n"))
        .collect();
    let data = read(&format!("x,kind\n{rows}"));
    let sorted: Vec<String> = (0..700).map(|i| format!("n{i:03}")).collect();
    assert_eq!(data.class_names().unwrap(), sorted);
    let labels: Vec<usize> = (0..1400).map(|i| i % 700 * 311 % 700).collect();
    assert_eq!(data.labels().unwrap(), labels);
    // A name that Rust reads as a number is none.
    let data = read("x,kind\n1,inf\n2,finite\n");
    assert_eq!(data.class_names().unwrap(), ["finite", "inf"]);
}

#[test]
fn numbers_that_no_type_holds_say_so() {
    let csv = kind();
    let refused = |x: &str| {
        csv.read::<f32>(format!("x,kind\n{x},a\n").as_bytes())
            .unwrap_err()
            .to_string()
    };
    assert!(refused("nan").starts_with("line 2, column `x`: `nan` marks a missing value ("));
    assert_eq!(
        refused("-inf"),
        "line 2, column `x`: `-inf` is not a finite f32"
    );
    assert_eq!(
        refused("1e39"),
        "line 2, column `x`: `1e39` is not a finite f32; read the file as f64, or scale the column"
    );
}

#[test]
fn a_limit_is_the_last_size_that_is_read() {
    // Longer than any buffer, so that the limit is met by a later read too.
    let text = format!("x,kind\n{}", "1,a\n".repeat(50_000));
    for text in ["x,kind\n1,a\n", &text] {
        let bytes = text.len() as u64;
        let read = |limit| kind().limit(limit).read::<f32>(text.as_bytes());
        assert_eq!(read(bytes).unwrap().len(), text.lines().count() - 1);
        for limit in [bytes - 1, bytes / 2] {
            assert!(
                matches!(read(limit), Err(CsvError::Read(_))),
                "{limit} of {bytes}"
            );
        }
    }
}

#[test]
fn other_files_as_long_as_records_are_known_by_their_first_bytes() {
    let mut zip = b"PK\x03\x04".to_vec();
    zip.resize(3073, 0);
    let error = read_cifar10::<f32>(zip.as_slice()).unwrap_err();
    assert!(error.to_string().contains("zip archive"), "{error}");
    let mut record = vec![250; 3073];
    let error = read_cifar10::<f32>(record.as_slice()).unwrap_err();
    assert!(error.to_string().contains("250"), "{error}");
    record[0] = 9;
    assert_eq!(read_cifar10::<f32>(record.as_slice()).unwrap().len(), 1);
}
