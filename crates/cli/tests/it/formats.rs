//! Arrays of NumPy and folders of pictures.

use std::fmt::Write as _;

use crate::tool::{Tool, value};

/// An array of bytes or of `f4`.
fn npy(kind: &str, shape: &str, elements: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let len = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &len[..], header.as_bytes(), elements].concat()
}

/// Sixty samples of two numbers, and whether the first one is the larger one.
fn arrays() -> (Vec<u8>, Vec<u8>) {
    let number = |i: usize| (i * 37 % 101) as f32 / 10.0;
    let pairs: Vec<[f32; 2]> = (0..60).map(|i| [number(i), number(i + 55)]).collect();
    let x: Vec<u8> = pairs
        .iter()
        .flatten()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let y: Vec<u8> = pairs.iter().map(|[a, b]| u8::from(a > b)).collect();
    (npy("<f4", "(60, 2)", &x), npy("|u1", "(60,)", &y))
}

/// An archive without compression.
fn npz(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let file = archive
            .new_file(name)
            .compression_method(rawzip::CompressionMethod::STORE);
        let (mut entry, config) = file.start().expect("a file");
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content).expect("bytes");
        let (_, descriptor) = writer.finish().expect("an end");
        entry.finish(descriptor).expect("an end");
    }
    archive.finish().expect("an end");
    bytes
}

fn png(v: usize, h: usize, pixel: impl Fn(usize, usize) -> u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, h as u32, v as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a header");
    let pixels: Vec<u8> = (0..v * h).map(|i| pixel(i / h, i % h)).collect();
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    file
}

#[test]
fn arrays_in_files_of_their_own_are_learnt() {
    let tool = Tool::new("npy");
    let (x, y) = arrays();
    tool.write("x.npy", x);
    tool.write("y.npy", y);
    let refused = tool.run("new x.npy");
    assert_eq!(
        refused.err,
        "error: x.npy has inputs alone: say in which file the answers are, by --targets y.npy\n"
    );
    let told = tool.does("new x.npy --targets y.npy");
    assert!(
        told.starts_with("60 samples, 2 inputs, 2 classes (0 "),
        "{told}"
    );
    let trained = tool.does("train x.ron");
    assert!(value(&trained, "test_accuracy") > 0.8, "{trained}");
    let evaluated = tool.does("evaluate x.safetensors x.npy --labels y.npy");
    assert!(value(&evaluated, "test_accuracy") > 0.8, "{evaluated}");
    let predicted = tool.does("predict x.safetensors x.npy");
    assert_eq!(predicted.lines().count(), 61);
    let first = tool.fed("predict x.safetensors -", &npy("<f4", "(1, 2)", &[0; 8]));
    assert_eq!(first.code, Some(0), "{}", first.err);

    let refused = tool.run("predict x.safetensors y.npy");
    assert_eq!(
        refused.err,
        "error: y.npy: samples of 1 values for a model that reads 2\n"
    );
    tool.write("o.npy", npy("|O", "(3,)", b"\x80\x04."));
    let refused = tool.run("predict x.safetensors o.npy");
    assert!(
        refused
            .err
            .contains("is a pickle, which may run any program"),
        "{}",
        refused.err
    );
    let refused = tool.run("train x.npy");
    assert!(refused.err.contains("new x.npy"), "{}", refused.err);
}

#[test]
fn an_archive_is_learnt() {
    let tool = Tool::new("npz");
    let (x, y) = arrays();
    tool.write("data.npz", npz(&[("y.npy", &y), ("x.npy", &x)]));
    let told = tool.does("new data.npz");
    assert!(
        told.contains("inputs: array `x`; target: array `y`"),
        "{told}"
    );
    let trained = tool.does("train data.ron");
    assert!(value(&trained, "test_accuracy") > 0.8, "{trained}");
    let evaluated = tool.does("evaluate data.safetensors data.npz");
    assert!(value(&evaluated, "test_accuracy") > 0.8, "{evaluated}");
    assert_eq!(
        tool.does("predict data.safetensors data.npz")
            .lines()
            .count(),
        61
    );

    // The same numbers as values to be predicted.
    let values: Vec<u8> = (0..60)
        .flat_map(|i| (i as f32 * 0.5).to_le_bytes())
        .collect();
    tool.write(
        "values.npz",
        npz(&[("x.npy", &x), ("t.npy", &npy("<f4", "(60,)", &values))]),
    );
    let told = tool.run("new values.npz");
    assert_eq!(
        told.err,
        "error: no array is called `y`, so that it is not clear which holds the answers; there are `x`, `t`: say which, such as --label t\n"
    );
    let told = tool.does("new values.npz --label t");
    assert!(
        told.starts_with("60 samples, 2 inputs, a value to predict"),
        "{told}"
    );
    tool.does("train values.ron --set epochs=1");
    let evaluated = tool.does("evaluate values.safetensors values.npz --label t");
    assert!(evaluated.contains("test_r_squared="), "{evaluated}");
}

#[test]
fn a_folder_for_each_class_is_learnt() {
    let tool = Tool::new("folder");
    for (class, left) in [("left", true), ("right", false)] {
        std::fs::create_dir_all(tool.0.join("pictures").join(class)).expect("a folder");
        for i in 0..20_usize {
            let picture = png(10, 12, |v, h| {
                let bright = (h < 6) == left;
                (if bright { 200 } else { 40 }) + (v * 7 + h * 3 + i * 11) as u8 % 40
            });
            tool.write(&format!("pictures/{class}/{i}.png"), picture);
        }
    }
    let told = tool.does("new pictures");
    assert!(
        told.starts_with("40 samples, grey pictures of 10 x 12, 2 classes (left 20, right 20)"),
        "{told}"
    );
    let trained = tool.does("train pictures.ron");
    assert!(value(&trained, "test_accuracy") > 0.9, "{trained}");
    let evaluated = tool.does("evaluate pictures.safetensors pictures");
    assert!(value(&evaluated, "test_accuracy") > 0.9, "{evaluated}");
    let predicted = tool.does("predict pictures.safetensors pictures/right/3.png");
    assert!(predicted.contains("\nright,"), "{predicted}");

    // A larger one, as PNG and as PGM.
    tool.write(
        "large.png",
        png(30, 36, |_, h| if h < 18 { 220 } else { 50 }),
    );
    let mut pgm = "P2 36 30 255\n".to_owned();
    (0..30 * 36)
        .for_each(|i| write!(pgm, "{} ", if i % 36 < 18 { 220 } else { 50 }).expect("text"));
    tool.write("large.pgm", pgm);
    let png = tool.run("predict pictures.safetensors large.png");
    assert_eq!(
        png.err,
        "note: large.png: a picture of 36 x 30 is resized to 12 x 10, which the network reads\n"
    );
    assert!(png.out.contains("\nleft,"), "{}", png.out);
    assert_eq!(
        tool.run("predict pictures.safetensors large.pgm").out,
        png.out
    );

    // With a picture of another size all are resized.
    tool.write(
        "pictures/left/large.png",
        std::fs::read(tool.0.join("large.png")).expect("it"),
    );
    let told = tool.does("new pictures --out mixed.ron");
    assert!(
        told.starts_with("41 samples, grey pictures of 32 x 32"),
        "{told}"
    );
    let refused = tool.run("train pictures.ron --force");
    assert!(
        refused.err.contains("say a size that all are resized to"),
        "{}",
        refused.err
    );
}

#[test]
fn a_parquet_table_is_read_or_it_is_said_how() {
    let tool = Tool::new("parquet");
    let table = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = table.join("../data/tests/golden/snappy.parquet");
    if !table.exists() {
        return println!("skipped: no table");
    }
    std::fs::copy(table, tool.0.join("table.parquet")).expect("a copy");
    // Built with the whole workspace, the reader has the feature although the command asked for none.
    let looked = tool.run("new table.parquet");
    if cfg!(not(feature = "parquet")) && !looked.err.is_empty() {
        assert_eq!(
            looked.err,
            "error: table.parquet: a CSV file was expected, but this is a Parquet table: `Csv` reads it where it is built with the feature `parquet`: \
             `cargo install --path crates/cli --features parquet` builds a command that does\n"
        );
        return;
    }
    let told = looked.out;
    assert!(told.starts_with("6 samples, "), "{told}");
    tool.does("train table.ron --set epochs=5 --set split.test=0");
    let predicted = tool.does("predict table.safetensors table.parquet");
    assert_eq!(predicted.lines().count(), 7);
    tool.does("evaluate table.safetensors table.parquet");
}
