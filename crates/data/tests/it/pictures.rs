//! Pictures and folders of them: files of Pillow's, files written here, and what is refused.

use std::fs;
use std::path::Path;

use gradflow_data::{Channels, DataError, Dataset, Picture, PictureError, Pictures, ReadError};
use gradflow_testing::Folder;

/// A file of Pillow's.
fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read(folder.join(name)).unwrap()
}

/// What Pillow says of a file, or of a resized picture.
fn expected(name: &str) -> Vec<f64> {
    let text = include_str!("../golden/pixels.txt");
    let mut lines = text.lines().filter_map(|line| line.split_once(": "));
    let (_, numbers) = lines.find(|(of, _)| *of == name).unwrap();
    numbers
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect()
}

fn read(name: &str) -> Picture<f64> {
    Pictures::new().read(golden(name).as_slice()).unwrap()
}

fn close(found: &[f64], expected: &[f64], most: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let largest = differences.fold(0.0, f64::max);
    assert!(largest <= most, "{what}: {largest}");
}

#[test]
fn png_is_read_as_pillow_reads_it() {
    for (name, depth) in [
        ("grey.png", 1),
        ("grey16.png", 1),
        ("bits.png", 1),
        ("colour.png", 3),
        ("palette.png", 3),
        ("alpha.png", 3),
    ] {
        let picture = read(name);
        assert_eq!(picture.dims, [depth, 9, 13], "{name}");
        // The expected numbers have seven digits.
        close(&picture.values, &expected(name), 1e-7, name);
    }
}

#[test]
fn jpeg_is_read_as_pillow_reads_it() {
    for (name, depth, levels) in [
        ("grey.jpg", 1, 1.0),
        ("colour.jpg", 3, 2.0),
        ("progressive.jpg", 3, 2.0),
        // Ink times ink is rounded twice.
        ("cmyk.jpg", 3, 4.0),
    ] {
        let picture = read(name);
        assert_eq!(picture.dims, [depth, 9, 13], "{name}");
        // Decoders may round inverse cosine transforms and colours differently.
        close(
            &picture.values,
            &expected(name),
            levels / 255.0 + 1e-7,
            name,
        );
    }
}

#[test]
fn resized_pictures_are_pillows() {
    for (v, h) in [(4, 5), (9, 6), (20, 30), (1, 1), (18, 3), (8, 13)] {
        let picture = Pictures::new()
            .resized(v, h)
            .read::<f64>(golden("grey.png").as_slice());
        let picture = picture.unwrap();
        assert_eq!(picture.dims, [1, v, h]);
        // Pillow keeps the picture between the two passes as `f32`.
        close(
            &picture.values,
            &expected(&format!("{v} {h}")),
            1e-6,
            &format!("{v} {h}"),
        );
    }
    let same = Pictures::new()
        .resized(9, 13)
        .read::<f64>(golden("grey.png").as_slice());
    assert_eq!(same.unwrap(), read("grey.png"));
}

#[test]
fn channels_are_made_of_others() {
    let with = |name: &str, channels| {
        let picture = Pictures::new()
            .channels(channels)
            .read::<f64>(golden(name).as_slice());
        picture.unwrap()
    };
    let (colour, grey) = (
        read("colour.png").values,
        with("colour.png", Channels::Grey),
    );
    assert_eq!(grey.dims, [1, 9, 13]);
    for (i, x) in grey.values.iter().enumerate() {
        let luminance = 0.299 * colour[i] + 0.587 * colour[117 + i] + 0.114 * colour[234 + i];
        assert_eq!(*x, luminance);
    }
    let threefold = with("grey.png", Channels::Colour);
    assert_eq!(threefold.dims, [3, 9, 13]);
    assert_eq!(threefold.values, read("grey.png").values.repeat(3));
    assert_eq!(with("colour.png", Channels::Colour), read("colour.png"));
}

/// A grey PNG of this size, without compression.
fn png(v: u32, h: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, h, v);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn headers_that_promise_much_are_refused_before_pixels_are_read() {
    let message = |file: &[u8], most| {
        let read = Pictures::new().limit(most).read::<f32>(file);
        read.unwrap_err().to_string()
    };
    let file = png(3, 4, &[9; 12]);
    assert!(
        Pictures::new()
            .limit(12)
            .read::<f32>(file.as_slice())
            .is_ok()
    );
    assert_eq!(
        message(&file, 11),
        "a picture of 3 x 4 pixels (vertical x horizontal), more than the limit of 11 pixels, or of 65535 for a side: set a higher one by `Pictures::limit` if you trust it"
    );
    assert!(message(&golden("colour.jpg"), 116).contains("9 x 13 pixels"));
    let long = png(1, 65_536, &[9; 65_536]);
    assert!(message(&long, 1 << 20).contains("1 x 65536 pixels"));
    let small = Pictures::new().resized(0, 3).read::<f32>(file.as_slice());
    assert!(matches!(small, Err(PictureError::Size { v: 0, h: 3 })));
}

#[test]
fn what_is_no_picture_is_told() {
    let read = |file: &[u8]| Pictures::new().read::<f32>(file);
    let message = |file: &[u8]| read(file).unwrap_err().to_string();
    let kind = "the file is neither PNG nor JPEG nor PGM by its first bytes: convert it";
    assert_eq!(message(b""), kind);
    assert_eq!(message(b"GIF89a\x01\0\x01\0"), kind);
    assert_eq!(
        message(b"<html>"),
        "a picture was expected, but this is a web page: was its download refused?"
    );
    for name in ["grey.png", "colour.png", "colour.jpg", "progressive.jpg"] {
        let file = golden(name);
        // The last bits of a JPEG may be missing: its end is read as zeros.
        let most = if name.ends_with("jpg") {
            file.len() * 3 / 4
        } else {
            file.len() - 14
        };
        for end in (4..most).step_by(7) {
            let cut = read(&file[..end]);
            assert!(
                matches!(cut, Err(PictureError::Damaged { .. } | PictureError::Kind)),
                "{name} {end}"
            );
        }
    }
}

#[test]
fn both_forms_of_a_pgm_are_the_same() {
    let read = |file: &[u8]| Pictures::new().read::<f64>(file);
    let plain = read(b"P2 # words\n# more\n3 2\n4\n0 1 2\n3 4 9\n").unwrap();
    assert_eq!(plain.dims, [1, 2, 3]);
    assert_eq!(plain.values, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
    assert_eq!(read(b"P5 3 2 4\n\0\x01\x02\x03\x04\x09").unwrap(), plain);
    let wide = read(b"P5 3 2 1024\n\0\0\x01\0\x02\0\x03\0\x04\0\xff\xff");
    assert_eq!(wide.unwrap(), plain);
    assert_eq!(
        read(b"P2 3 2 1024 0 256 512 768 1024 70000").unwrap(),
        plain
    );

    let whole = b"P5 3 2 4\n\0\x01\x02\x03\x04\x09";
    for end in 2..whole.len() {
        assert!(read(&whole[..end]).is_err(), "{end}");
    }
    for (text, size) in [("P2 0 2 4 1", (2, 0)), ("P5 3 0 255 ", (0, 3))] {
        let Err(PictureError::Size { v, h }) = read(text.as_bytes()) else {
            panic!("{text}");
        };
        assert_eq!((v, h), size, "{text}");
    }
    for text in [
        "P5 99999999999999999999 1 1 ",
        "P2 4 4 255 1",
        "P5 1 1 65536 ab",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(
        read(b"P2 4 4 4 1 x").unwrap_err().to_string(),
        "the PGM cannot be read: it ends before its last pixel"
    );
    assert_eq!(
        read(b"P2 1 2 4 1 x y").unwrap_err().to_string(),
        "the PGM cannot be read: a number was expected at byte 11"
    );
}

/// A folder with two classes of two pictures.
fn classes(test: &str) -> Folder {
    let folder = Folder::new(test);
    for (class, name, level) in [
        ("dog", "b.PNG", 255),
        ("dog", "a.png", 51),
        ("cat", "2.png", 0),
        ("cat", "10.png", 102),
    ] {
        fs::create_dir_all(folder.join(class)).unwrap();
        fs::write(folder.join(class).join(name), png(1, 2, &[level, 255])).unwrap();
    }
    folder
}

#[test]
fn a_folder_for_each_class_is_a_data_set() {
    let folder = classes("pictures");
    // What is hidden, or stands beside the classes and is no picture.
    fs::write(folder.join("README.txt"), "pictures").unwrap();
    fs::create_dir_all(folder.join(".git")).unwrap();
    for name in [".DS_Store", "Thumbs.db"] {
        fs::write(folder.join("cat").join(name), "x").unwrap();
    }
    let data: Dataset<f64> = Pictures::new().folder(&*folder).unwrap();
    assert_eq!(data.shape().dims(), [1, 1, 2]);
    assert_eq!(data.class_names().unwrap(), ["cat", "dog"]);
    assert_eq!(data.labels(), Some([0, 0, 1, 1].as_slice()));
    // `10` comes before `2`, as texts do.
    assert_eq!(
        data.inputs().data(),
        [0.4, 1.0, 0.0, 1.0, 0.2, 1.0, 1.0, 1.0]
    );

    fs::write(folder.join("dog/c.jpg"), golden("colour.jpg")).unwrap();
    let message = |pictures: Pictures| pictures.folder::<f64>(&*folder).unwrap_err().to_string();
    let first = folder.join("cat/10.png");
    assert_eq!(
        message(Pictures::new()),
        format!(
            "{}: a picture of 9 x 13 pixels (vertical x horizontal), but `{}` has 1 x 2: say a size that all are resized to",
            folder.join("dog/c.jpg").display(),
            first.display()
        )
    );
    assert_eq!(
        message(Pictures::new().resized(2, 2)),
        format!(
            "{}: the picture is coloured, but `{}` is not: say whether all become grey or coloured",
            folder.join("dog/c.jpg").display(),
            first.display()
        )
    );
    let data = Pictures::new()
        .resized(2, 2)
        .channels(Channels::Colour)
        .folder::<f32>(&*folder);
    assert_eq!(data.unwrap().inputs().size(), 12);
}

#[test]
fn folders_that_lose_samples_are_refused() {
    let folder = classes("pictures-refused");
    let refused = |folder: &Path| Pictures::new().folder::<f32>(folder).unwrap_err();
    let message = |path: &Path| {
        let error = refused(&folder);
        assert!(
            matches!(&error, DataError::File { path: found, .. } if found == path),
            "{error}"
        );
        error
            .to_string()
            .replace(&format!("{}: ", path.display()), "")
    };
    let nothing = folder.join("none");
    assert!(matches!(refused(&nothing), DataError::Directory(_)));

    let path = folder.join("cat/1.webp");
    fs::write(&path, "x").unwrap();
    assert_eq!(
        message(&path),
        "the name of the file ends in none of `.png`, `.jpg`, `.jpeg`, `.pgm`: convert it, or take it away"
    );
    fs::remove_file(&path).unwrap();
    fs::write(folder.join("cat/3.png"), "x").unwrap();
    assert_eq!(
        message(&folder.join("cat/3.png")),
        "the file is neither PNG nor JPEG nor PGM by its first bytes: convert it"
    );
    fs::remove_file(folder.join("cat/3.png")).unwrap();
    fs::write(folder.join("x.png"), "x").unwrap();
    assert_eq!(
        message(&folder.join("x.png")),
        "a picture beside the folders of the classes: put it into that of its class, or take it away"
    );
    fs::remove_file(folder.join("x.png")).unwrap();
    fs::create_dir(folder.join("bird")).unwrap();
    assert_eq!(
        message(&folder.join("bird")),
        "the folder has no picture (`.png`, `.jpg`, `.jpeg`, `.pgm`): a class has 1 at least"
    );
    fs::remove_dir(folder.join("bird")).unwrap();
    fs::create_dir_all(folder.join("train/cat")).unwrap();
    assert_eq!(
        message(&folder.join("train/cat")),
        "a folder stands in the folder of a class, where pictures are expected: read the part of the data set that is meant, such as `train`"
    );
    fs::remove_dir_all(folder.join("train")).unwrap();
    fs::remove_dir_all(folder.join("dog")).unwrap();
    assert_eq!(
        message(&folder),
        "`cat` is the only class: pictures stand in one folder for each class, and there are two at least"
    );
    fs::remove_dir_all(folder.join("cat")).unwrap();
    assert_eq!(
        message(&folder),
        "no folder of a class: pictures stand in one folder for each class, such as `cat/1.png` and `dog/1.png`"
    );
}

#[test]
fn packed_pictures_are_unpacked() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&golden("grey.png")).unwrap();
    let packed = packed.finish().unwrap();
    assert_eq!(
        Pictures::new().read::<f64>(packed.as_slice()).unwrap(),
        read("grey.png")
    );
    let broken = Pictures::new().read::<f64>(&packed[..packed.len() / 2]);
    assert!(matches!(
        broken,
        Err(PictureError::Read(ReadError::Gzip { .. }))
    ));
}
