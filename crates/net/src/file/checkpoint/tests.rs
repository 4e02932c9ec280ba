//! Checkpoints that are damaged, or of others.

use super::*;

fn text() -> Vec<u8> {
    let text = super::text(RUN, &vec![1.5_f32, -0.0, 1e-40]);
    text.expect("a text").into_bytes()
}

const RUN: &str = "seed = 1\nbatch = 2\n";

#[test]
fn comes_back() {
    let back: Vec<f32> = parse(&text(), RUN).expect("a checkpoint");
    assert_eq!(
        back.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [1.5_f32, -0.0, 1e-40].map(f32::to_bits)
    );
}

#[test]
fn every_cut_is_an_error() {
    let text = text();
    for len in 0..text.len() {
        assert!(parse::<Vec<f32>>(&text[..len], RUN).is_err(), "{len} bytes");
    }
}

#[test]
fn a_flipped_bit_is_an_error() {
    let text = text();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut text = text.clone();
            text[at] ^= 1 << bit;
            assert!(parse::<Vec<f32>>(&text, RUN).is_err(), "bit {bit} of {at}");
        }
    }
}

#[test]
fn another_number_is_no_number_of_the_run() {
    let text = String::from_utf8(text()).expect("a text");
    assert!(text.contains("1.5"), "{text}");
    for text in [text.replace("1.5", "2.5"), text.replace("// digest", "//")] {
        let error = parse::<Vec<f32>>(text.as_bytes(), RUN).expect_err("damaged");
        assert!(matches!(error, CheckpointError::Damaged), "{error}");
    }
}

#[test]
fn newer_formats_are_named() {
    let newer = b"(checkpoint: 7, run: \"\", layers: [1, 2], more: (a: 1))";
    let error = parse::<Vec<f32>>(newer, RUN).expect_err("newer");
    assert!(
        matches!(error, CheckpointError::Version { came: 7, known: 1 }),
        "{error}"
    );
}

#[test]
fn the_first_difference_is_named() {
    for (now, words) in [
        (
            "seed = 1\nbatch = 3\n",
            "`batch` was 2 in the checkpoint, but is 3 in this run",
        ),
        (
            "seed = 1\n",
            "`batch` was 2 in the checkpoint, but is not set in this run",
        ),
        (
            "seed = 1\nbatch = 2\nmore = 1\n",
            "`more` was not set in the checkpoint, but is 1 in this run",
        ),
    ] {
        let error = parse::<Vec<f32>>(&text(), now).expect_err("another run");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn what_only_one_run_has_is_named() {
    let fault = |then: &str, now: &str| match compare(then, now).expect_err("another run") {
        CheckpointError::Another { what, then, now } => format!("{what}: {then}, {now}"),
        error => error.to_string(),
    };
    let short = "layer 0 = Dense\ncost = a\n";
    let long = "layer 0 = Dense\nlayer 1 = Dropout\ncost = a\n";
    assert_eq!(fault(long, short), "layer 1: Dropout, not set");
    assert_eq!(fault(short, long), "layer 1: not set, Dropout");
    // Of a list of which nothing is left, there is no field to show.
    assert_eq!(fault("steps = [A]\n", "steps = []\n"), "steps: [A], []");
}

#[test]
fn of_a_long_value_the_field_that_differs_is_shown() {
    let of = |rate: &str| {
        format!("rule = Descent {{ rule: Adam(Adam {{ beta: 0.9, rate: {rate}, more: None }}) }}\n")
    };
    let told = compare(&of("0.1"), &of("0.12"))
        .expect_err("another rate")
        .to_string();
    let words = "`rule` was rate: 0.1 in the checkpoint, but is rate: 0.12 in this run: set it back to resume that run; to start a new one, do not \
         resume, and give `Run::checkpoint` another path";
    assert!(told.ends_with(words), "{told}");
    let told = compare(&of("0.1"), "rule = None\n")
        .expect_err("another rule")
        .to_string();
    let words = "`rule` was Descent(rule: Adam(Adam(beta: 0.9, rate: 0.1, more: None))) in the checkpoint, but is not set in this run: ";
    assert!(told.contains(words), "{told}");
}

#[test]
fn brackets_within_one_another_end_somewhere() {
    let mut deep = b"(checkpoint: 1, run: \"\", snapshot: ".to_vec();
    deep.extend(std::iter::repeat_n(b'[', 100_000));
    assert!(parse::<Vec<f32>>(&deep, RUN).is_err());
    assert!(parse::<f32>(&deep, RUN).is_err());
}
