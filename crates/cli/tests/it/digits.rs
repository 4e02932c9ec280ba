//! Pictures.

#[cfg(unix)]
use std::io::{BufRead as _, BufReader};
#[cfg(unix)]
use std::process::{Command, Stdio};

use crate::tool::{Tool, data, value};

/// A small experiment on the digits of 8 x 8 pixels.
fn digits(test: &str) -> Tool {
    let tool = Tool::new(test);
    let folder = data("digits8x8");
    let text = format!(
        r#"(
    data: Idx(images: {:?}, labels: {:?}, maximum: 16.0),
    split: (validation: 0.2, test: 0.2, seed: 1),
    network: [Dense(outputs: 32, activation: Relu), Dense(outputs: 10, activation: Identity)],
    cost: (output: Softmax, loss: CrossEntropy),
    protocol: (descent: (rule: Adam(rate: 0.01)), epochs: 8, batch: 32, seed: 1),
    seed: 1,
)
"#,
        folder.join("images-idx3-ubyte.gz"),
        folder.join("labels-idx1-ubyte.gz")
    );
    tool.write("digits.ron", text);
    tool
}

#[test]
fn pictures_are_learnt_and_told() {
    let tool = digits("digits");
    let trained = tool.does("train digits.ron");
    assert!(value(&trained, "test_accuracy") > 0.9, "{trained}");
    assert!(value(&trained, "validation_accuracy") > 0.9, "{trained}");
    let folder = data("digits8x8");
    let images = folder.join("images-idx3-ubyte.gz").display().to_string();
    let labels = folder.join("labels-idx1-ubyte.gz").display().to_string();
    let evaluated = tool.does(&format!(
        "evaluate digits.safetensors {images} --labels {labels} --maximum 16"
    ));
    assert!(value(&evaluated, "test_accuracy") > 0.9, "{evaluated}");
    for unsaid in [
        format!("predict digits.safetensors {images}"),
        format!("evaluate digits.safetensors {images} --labels {labels}"),
    ] {
        let refused = tool.run(&unsaid);
        assert_eq!(refused.code, Some(1), "{}", refused.err);
        assert!(refused.err.contains("--maximum 255"), "{}", refused.err);
    }
    let predicted = tool.does(&format!("predict digits.safetensors {images} --maximum 16"));
    assert_eq!(predicted.lines().count(), 1798);
    // The first digit of the set is a 0, the second a 1.
    let classes: Vec<&str> = predicted
        .lines()
        .skip(1)
        .take(2)
        .map(|line| &line[..2])
        .collect();
    assert_eq!(classes, ["0,", "1,"]);
}

#[test]
fn a_picture_is_read_from_png_and_pgm() {
    let tool = digits("pictures");
    tool.does("train digits.ron --set epochs=2");
    // A zero, in 17 grey levels, plain and as bytes.
    let rows = [
        "0 0 5 13 9 1 0 0",
        "0 0 13 15 10 15 5 0",
        "0 3 15 2 0 11 8 0",
        "0 4 12 0 0 8 8 0",
        "0 5 8 0 0 9 8 0",
        "0 4 11 0 1 12 7 0",
        "0 2 14 5 10 12 0 0",
        "0 0 6 13 10 0 0 0",
    ];
    tool.write("zero.pgm", format!("P2 8 8 16\n{}\n", rows.join("\n")));
    let numbers: Vec<u8> = rows
        .join(" ")
        .split(' ')
        .map(|x| x.parse().expect("a pixel"))
        .collect();
    let bytes = [b"P5\n# grey\n8 8\n16\n".as_slice(), &numbers].concat();
    tool.write("bytes.pgm", bytes);
    let plain = tool.does("predict digits.safetensors zero.pgm");
    assert!(
        plain
            .lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("0,")),
        "{plain}"
    );
    assert_eq!(tool.does("predict digits.safetensors bytes.pgm"), plain);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a header");
    let scaled: Vec<u8> = numbers.iter().map(|x| x.saturating_mul(16)).collect();
    writer.write_image_data(&scaled).expect("pixels");
    writer.finish().expect("an end");
    tool.write("zero.png", &file);
    let png = tool.does("predict digits.safetensors zero.png zero.pgm");
    assert_eq!(png.lines().count(), 3);
    assert!(
        png.lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("0,")),
        "{png}"
    );
    tool.write("small.pgm", "P2 2 2 1 0 1 0 1");
    let told = tool.run("predict digits.safetensors small.pgm");
    assert_eq!(told.code, Some(0));
    assert_eq!(
        told.err,
        "note: small.pgm: a picture of 2 x 2 is resized to 8 x 8, which the network reads\n"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_training_goes_on_with_the_same_bits() {
    let tool = digits("interrupted");
    let arguments = ["train", "digits.ron", "--set", "epochs=1000000", "--json"];
    let mut command = tool.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // A first epoch is done: from now on Ctrl-C is waited for.
    let mut stdout = BufReader::new(child.stdout.take().expect("an output"));
    stdout.read_line(&mut String::new()).expect("a line");
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill").success());
    // Nobody must wait for room to write.
    std::io::copy(&mut stdout, &mut std::io::sink()).expect("the rest");
    let done = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(130), "{told}");
    let epochs = told.strip_prefix("interrupted after ").and_then(|told| {
        told.strip_suffix(
            " epochs; `digits.safetensors.checkpoint.ron` is saved: the same command with --resume goes on\n",
        )
    });
    let epochs: usize = epochs.expect("a sentence").parse().expect("a number");
    assert!(tool.has("digits.safetensors.checkpoint.ron") && !tool.has("digits.safetensors"));

    let settings = format!("--set epochs={}", epochs + 2);
    let again = tool.run(&format!("train digits.ron {settings}"));
    assert_eq!(again.code, Some(1));
    let words = "go on with it by --resume, or begin anew with --force";
    assert!(again.err.contains(words), "{}", again.err);
    tool.does(&format!("train digits.ron {settings} --resume"));
    assert!(!tool.has("digits.safetensors.checkpoint.ron"));
    tool.does(&format!(
        "train digits.ron {settings} --out whole.safetensors"
    ));
    let read = |name: &str| std::fs::read(tool.0.join(name)).expect("a model");
    assert!(read("digits.safetensors") == read("whole.safetensors"));
}
