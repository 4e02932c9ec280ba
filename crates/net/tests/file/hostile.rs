//! Files that lie, that are cut off, and that are something else: a typed error with a place, little memory, nothing half-loaded.

use gradflow::{FileError, Known, Model};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::counting::peak;
use crate::models::{file, known, parts, small, varied};

/// What comes of a file, within the memory that it may take.
fn load(bytes: &[u8]) -> Result<Model<f32>, FileError> {
    let known = known::<f32>();
    let (result, held) = peak(|| Model::from_bytes(bytes, &known));
    let most = 16 * bytes.len() + (32 << 20);
    assert!(
        held <= most,
        "{held} bytes held for a file of {}",
        bytes.len()
    );
    if let Ok(model) = &result {
        let numbers = model.theta().iter().chain(model.state());
        assert!(numbers.clone().all(|x| x.is_finite()));
        let row = vec![0.5; model.network().input().len()];
        model.predict(&row).expect("a prediction");
    }
    result
}

fn words(bytes: &[u8]) -> String {
    let error = load(bytes).expect_err("refused");
    let words = error.to_string();
    assert!(words.len() < 1000 && !words.contains('\n'), "{words}");
    words
}

/// A file with this text as its description.
fn described(text: &str) -> Vec<u8> {
    let text = serde_json::to_string(text).expect("text");
    let header = format!("{{\"__metadata__\":{{\"gradflow\":\"1\",\"model\":{text}}}}}");
    file(&header, &[])
}

#[test]
fn every_truncation() {
    for whole in [small(), varied()].map(|model| model.to_bytes().expect("bytes")) {
        for len in 0..whole.len() {
            load(&whole[..len]).expect_err("cut off");
        }
        // Something behind the end.
        let longer = [whole.as_slice(), b"x"].concat();
        assert!(words(&longer).ends_with("belong to no tensor"));
        load(&whole).expect("whole");
    }
}

#[test]
fn every_flipped_bit() {
    let whole = small().to_bytes().expect("bytes");
    let mut read = 0;
    for bit in 0..8 * whole.len() {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        read += usize::from(load(&bytes).is_ok());
    }
    // Bits of the numbers themselves, and of the record, make another model.
    assert!(read < 8 * whole.len(), "{read}");
}

#[test]
fn every_byte_of_the_description_changed() {
    let whole = varied().to_bytes().expect("bytes");
    let (header, data) = parts(&whole);
    for (at, with) in (0..header.len()).flat_map(|at| [b'0', b'('].map(|c| (at, c))) {
        let mut bytes = header.clone().into_bytes();
        bytes[at] = with;
        if let Ok(header) = String::from_utf8(bytes) {
            let _ = load(&file(&header, &data));
        }
    }
}

/// JSON may write any letter as its number, those beyond 16 bits as two, and has short forms of its own.
#[test]
fn every_way_of_writing_a_text() {
    let model = small();
    let (header, data) = parts(&model.to_bytes().expect("bytes"));
    let metadata = "{\"__metadata__\":{";
    assert!(header.starts_with(metadata), "{header}");
    let note = format!("{metadata}\"a note of \u{1f600}\":\"\\b\\f\\n\\r\\t\\/\",");
    let noted = header.replacen(metadata, &note, 1);
    let mut numbered = String::new();
    let (mut inside, mut escaped) = (false, false);
    for c in noted.chars() {
        let quote = c == '"' && !escaped;
        inside ^= quote;
        let plain = quote || escaped || c == '\\' || !inside;
        escaped = c == '\\' && !escaped;
        match plain {
            true => numbered.push(c),
            false => (c.encode_utf16(&mut [0; 2]).iter())
                .for_each(|unit| numbered.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    assert!(numbered.contains("\\ud83d\\ude00") && numbered.contains("\\f"));
    for header in [noted, numbered] {
        let came = load(&file(&header, &data)).expect("the same model");
        assert_eq!(came.theta(), model.theta());
    }
}

#[test]
fn headers_that_lie() {
    let tensor = |dims: &str, from: u64, to: u64| {
        format!("{{\"dtype\":\"F32\",\"shape\":{dims},\"data_offsets\":[{from},{to}]}}")
    };
    let one = |name: &str, dims: &str, from, to| format!("\"{name}\":{}", tensor(dims, from, to));
    let two = |a: String, b: String| format!("{{{a},{b}}}");
    let four = [0; 4];
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            Vec::new(),
            "the file has 0 bytes, but the length of a header alone takes 8: it was cut off, or is no safetensors file",
        ),
        (
            file("{}", &[]),
            "the file holds tensors only, and does not say which network they belong to: describe it, \
          `Network::builder(..)`, and use `Model::load_state_dict`",
        ),
        (
            u64::MAX.to_le_bytes().to_vec(),
            "header, byte 0 of the file: the length of a header, at most 100 million bytes, was expected",
        ),
        (
            [&99_u64.to_le_bytes()[..], b"{}"].concat(),
            "the file has 10 bytes, but its header ends at 107: it was cut off, or is no safetensors file",
        ),
        (
            file("{", &[]),
            "header, byte 9 of the file: a text in quotes was expected",
        ),
        (
            file("{} x", &[]),
            "header, byte 11 of the file: the end of the header was expected",
        ),
        (
            file("{\"a\":1}", &[]),
            "header, byte 13 of the file: `{` was expected",
        ),
        (
            file("{\"a\":{\"dtype\":\"F32\"}}", &[]),
            "header, byte 28 of the file: a tensor with `dtype`, `shape` and two `data_offsets` was expected",
        ),
        (
            file("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", &[]),
            "header, byte 41 of the file: each field once was expected",
        ),
        (
            file("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", &[]),
            "tensor \"a\": the key of `__metadata__` occurs twice",
        ),
        (
            file("{\"\\u12\":1}", &[]),
            "header, byte 10 of the file: an escape of JSON was expected",
        ),
        (
            file("{\"\\ud800\":1}", &[]),
            "header, byte 10 of the file: an escape of JSON was expected",
        ),
        (
            file(&format!("{{{}}}", one("a", "[-1]", 0, 4)), &four),
            "header, byte 37 of the file: a whole number below 2^64 was expected",
        ),
        (
            file(
                &format!("{{{}}}", one("a", "[99999999999999999999]", 0, 4)),
                &four,
            ),
            "header, byte 37 of the file: a whole number below 2^64 was expected",
        ),
        (
            file(
                &format!("{{{}}}", one("a", "[1,1,1,1,1,1,1,1,1]", 0, 4)),
                &four,
            ),
            "header, byte 53 of the file: a list with fewer numbers was expected",
        ),
        (
            file(
                &format!("{{{}}}", one("a", "[4294967296,4294967296]", 0, 4)),
                &four,
            ),
            "tensor \"a\": the dimensions [4294967296, 4294967296] of F32 do not take the bytes 0 to 4",
        ),
        (
            file(&format!("{{{}}}", one("a", "[2]", 0, 4)), &four),
            "tensor \"a\": the dimensions [2] of F32 do not take the bytes 0 to 4",
        ),
        (
            file(&format!("{{{}}}", one("a", "[1]", 4, 0)), &four),
            "tensor \"a\": the dimensions [1] of F32 do not take the bytes 4 to 0",
        ),
        (
            file(&format!("{{{}}}", one("a", "[1]", 4, 8)), &[0; 8]),
            "the bytes 0 to 4 of the data belong to no tensor",
        ),
        (
            file(&format!("{{{}}}", one("a", "[4]", 0, 16)), &four),
            "tensor \"a\": ends at byte 16 of the data, of which the file has 4",
        ),
        (
            file(&two(one("a", "[1]", 0, 4), one("b", "[1]", 0, 4)), &four),
            "tensor \"b\": begins at byte 0 of the data, but the tensor before it ends at byte 4",
        ),
        (
            file(&two(one("a", "[1]", 0, 4), one("a", "[1]", 4, 8)), &[0; 8]),
            "tensor \"a\": the name occurs twice",
        ),
        (
            file(
                &two(one("a", "[1]", 0, 4), one("b", "[1]", 8, 12)),
                &[0; 12],
            ),
            "the bytes 4 to 8 of the data belong to no tensor",
        ),
        (
            file(
                &format!("{{{}}}", one("a", "[1]", 0, 4)).replace("F32", "F31"),
                &four,
            ),
            "tensor \"a\": the dtype \"F31\" is not known",
        ),
        (
            described("(input:(1,1,1),layers:[],cost:(output:Identity,loss:SquaredError))"),
            "network: a network needs at least one layer: add one before `build`, such as `.dense(10, Activation::Identity)`",
        ),
        (
            described("(input:(0,1,1),layers:[],cost:(output:Identity,loss:SquaredError))"),
            "network: input of the network: shape [0, 1, 1]: dimension 0 is zero, but each is at least 1",
        ),
    ];
    let mut wrong = String::new();
    for (bytes, expected) in cases {
        let came = words(&bytes);
        if came != expected {
            wrong += &format!("expected {expected}\ncame     {came}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The small file with a change in its header.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let (header, data) = parts(&small().to_bytes().expect("bytes"));
    assert!(header.contains(from), "{header}");
    file(&header.replacen(from, to, 1), &data)
}

#[test]
fn descriptions_that_lie() {
    let cases = [
        (
            "\"gradflow\":\"1\"",
            "\"gradflow\":\"2\"",
            "the file has format \"2\", this version of gradflow reads formats 1 to 1: use a newer version",
        ),
        (
            "outputs:2",
            "outputs:3",
            "tensor \"layers.0.weight\": dimensions [2, 2] where the network has [3, 2]",
        ),
        (
            "outputs:2",
            "outputs:0",
            "network: layer 0 (dense): a layer has at least 1 output, not 0",
        ),
        (
            "outputs:2",
            "outputs:-2",
            "description of the model, line 1, column 39: Integer is out of bounds",
        ),
        (
            "outputs:2",
            "outputs:99999999999999999999",
            "description of the model, line 1, column ",
        ),
        (
            "outputs:2",
            "outputs:4294967296",
            "tensor \"layers.0.weight\": dimensions [2, 2] where the network has [4294967296, 2]",
        ),
        (
            "outputs:2",
            "outputs:18446744073709551615",
            "network: layer 0 (dense): ",
        ),
        (
            "activation:Tanh",
            "activation:Elu(1e400)",
            "description of the model, line 1, column 60: elu: a scale of inf",
        ),
        (
            "activation:Tanh",
            "activation:Elu(NaN)",
            "description of the model, line 1, column 58: elu: a scale of NaN",
        ),
        (
            "activation:Tanh",
            "activation:Custom(\\\"mine\\\")",
            "network: layer 0 (dense): there is no activation \"mine\" in the registry",
        ),
        (
            "input:(2,1,1)",
            "input:(4294967296,4294967296,4294967296)",
            "network: input of the network: ",
        ),
        (
            "input:(2,1,1)",
            "input:(3,1,1)",
            "tensor \"layers.0.weight\": dimensions [2, 2] where the network has [2, 3]",
        ),
        (
            "BatchNorm()",
            "LayerNorm()",
            "tensor \"layers.1.running_mean\": the network has no such parameter",
        ),
        ("SquaredError", "Custom(\\\"mine\\\")", "there is no loss"),
        (
            "SquaredError",
            "Huber(delta:1e400)",
            "description of the model, line 1, column ",
        ),
        (
            "layers.1.running_mean",
            "layers.1.runing_mean",
            "tensor \"layers.1.runing_mean\": the network has no such parameter: should it be \"layers.1.running_mean\"?",
        ),
        (
            "layers.1.running_var",
            "layers.1.running_var2",
            "tensor \"layers.1.running_var2\": the network has no such parameter: should it be \"layers.1.running_var\"?",
        ),
        (
            "input:",
            "inptu:",
            "description of the model, line 1, column ",
        ),
        (
            "F32",
            "I32",
            "tensor \"layers.0.weight\": I32 where F16, BF16, F32 or F64 was expected",
        ),
    ];
    let mut wrong = String::new();
    for (from, to, expected) in cases {
        let came = words(&changed(from, to));
        if !came.starts_with(expected) {
            wrong += &format!("expected {expected}\ncame     {came}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn numbers_that_are_not_finite() {
    let whole = small().to_bytes().expect("bytes");
    let (_, data) = parts(&whole);
    let start = whole.len() - data.len();
    for (at, value) in [(0, f32::NAN), (5, f32::INFINITY), (13, f32::NEG_INFINITY)] {
        let mut bytes = whole.clone();
        bytes[start + 4 * at..][..4].copy_from_slice(&value.to_le_bytes());
        let words = words(&bytes);
        assert!(
            words.ends_with(&format!("is {value}, but all must be finite")),
            "{words}"
        );
    }
    // Too large for f32.
    let (header, data) = parts(&whole);
    let mut json: serde_json::Value = serde_json::from_str(&header).expect("JSON");
    let mut wide = Vec::new();
    for (_, tensor) in json
        .as_object_mut()
        .expect("an object")
        .iter_mut()
        .filter(|(name, _)| *name != "__metadata__")
    {
        tensor["dtype"] = "F64".into();
        let offsets = tensor["data_offsets"].as_array_mut().expect("a list");
        offsets
            .iter_mut()
            .for_each(|offset| *offset = (2 * offset.as_u64().expect("a number")).into());
    }
    data.chunks(4)
        .for_each(|_| wide.extend_from_slice(&1e300_f64.to_le_bytes()));
    let bytes = file(&json.to_string(), &wide);
    assert!(words(&bytes).ends_with("too large for f32"));
    Model::<f64>::from_bytes(&bytes, &Known::new()).expect("finite in f64");
}

#[test]
fn nesting_and_numbers_of_layers_without_end() {
    let of = |layers: &str| {
        described(&format!(
            "(input:(1,1,1),layers:[{layers}],cost:(output:Identity,loss:SquaredError))"
        ))
    };
    let deep = |open: &str, close: &str, n: usize| of(&(open.repeat(n) + &close.repeat(n)));
    for n in [40, 48, 60, 100, 1000, 100_000] {
        let _ = load(&deep("Chain([", "])", n));
        let _ = load(&deep("Branches(join:Sum,branches:[", "])", n));
    }
    assert!(
        load(&of(&("Chain([".repeat(40)
            + "GlobalMaxPool"
            + &"])".repeat(40))))
        .is_ok()
    );
    assert_eq!(
        words(&deep("Chain([", "])", 100_000)),
        "the text has more brackets within one another than a file holds: at most 100"
    );
    let _ = load(&of(&"[".repeat(100_000)));
    let _ = load(&of(&"Some(".repeat(100_000)));
    for layer in [
        "GlobalMaxPool,",
        "Activation(Relu),",
        "Chain([]),",
        "Dense(outputs:1,activation:Relu),",
        "BatchNorm(),",
    ] {
        let words = words(&of(&layer.repeat(1_000_000)));
        assert!(words.starts_with("the text has more layers"), "{words}");
    }
    // A thousand layers are fine.
    assert!(load(&of(&"GlobalMaxPool,".repeat(1000))).is_ok());
    let rescale = |n: usize| of(&format!("Rescale(offset:[{}],scale:[1.0])", "1,".repeat(n)));
    let _ = words(&rescale(2_000_000));
    let names = |n: usize| {
        let names = "\"\",".repeat(n);
        described(&format!(
            "(input:(1,1,1),layers:[GlobalMaxPool],cost:(output:Identity,loss:SquaredError),\
            schema:Some((inputs:1,names:[{names}],outputs:Values(size:1))))"
        ))
    };
    for n in [1000, 100_000, 3_000_000] {
        let _ = words(&names(n));
    }
    let tensors: Vec<String> = (0..200_000)
        .map(|i| format!("\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
        .collect();
    let _ = words(&file(&format!("{{{}}}", tensors.join(",")), &[]));
}

#[test]
fn files_of_other_programs() {
    let zip = |name: &str| {
        [
            &b"PK\x03\x04\x00\x00\x08\x08"[..],
            &[0; 22],
            name.as_bytes(),
        ]
        .concat()
    };
    let cases: [(Vec<u8>, &str, &str); 10] = [
        (
            zip("archive/data.pkl"),
            "a file of torch.save",
            "torch.load('model.pt'",
        ),
        (
            zip("metadata.json"),
            "a .keras file",
            "keras.models.load_model('model.keras')",
        ),
        (
            zip("arr_0.npy"),
            "a file of NumPy",
            "numpy.load('model.npz')",
        ),
        (zip("readme.txt"), "a zip archive", "unpack it"),
        (
            b"\x89HDF\r\n\x1a\n\0\0".to_vec(),
            "an HDF5 file",
            "keras.models.load_model",
        ),
        (
            b"\x80\x04\x95\x10\0\0\0\0\0\0\0".to_vec(),
            "a Python pickle",
            "can run any code",
        ),
        (
            b"\x80\x02\x8a\x0alf".to_vec(),
            "a file of torch.save",
            "torch.load",
        ),
        (
            b"\x08\x0a\x12\x07pytorch".to_vec(),
            "an ONNX file",
            "`Model::import_onnx`",
        ),
        (b"\x1f\x8b\x08\0".to_vec(), "a gzip file", "unpack it"),
        (b"a,b\n1,2\n".to_vec(), "a text", "is it the right file?"),
    ];
    for (bytes, what, way_out) in cases {
        let error = load(&bytes).expect_err("refused");
        let words = error.to_string();
        assert!(matches!(error, FileError::Foreign { .. }), "{words}");
        assert!(
            words.starts_with(&format!(
                "a model in a safetensors file was expected, but this is {what}: "
            )),
            "{words}"
        );
        assert!(words.contains(way_out), "{words}");
    }
}

/// Random changes of the description and of the bytes: `FUZZ_SECONDS=600 cargo test --release -p gradflow --test file mutated`.
#[test]
fn mutated() {
    const TOKENS: [&str; 24] = [
        "inf",
        "-inf",
        "NaN",
        "1e400",
        "-1",
        "0",
        "18446744073709551615",
        "4294967296",
        "[",
        "]",
        "(",
        ")",
        "Chain([",
        "])",
        "\"",
        ",",
        "None",
        "Some(",
        "Dense(outputs:1,activation:Relu),",
        "GlobalMaxPool,",
        "Monomials(degree:9)",
        "Identity",
        "1e-400",
        "\\",
    ];
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let start = std::time::Instant::now();
    let length = std::time::Duration::from_secs(seconds.unwrap_or(2));
    let files = [small(), varied()].map(|model| parts(&model.to_bytes().expect("bytes")));
    let texts = files.each_ref().map(|(header, _)| {
        let header: serde_json::Value = serde_json::from_str(header).expect("JSON");
        let text = header["__metadata__"]["model"].as_str().expect("a text");
        (header.clone(), text.to_owned())
    });
    let mut read = 0;
    for seed in 0.. {
        if start.elapsed() > length {
            break;
        }
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        let which = dice.random_range(0..2);
        let ((mut header, text), data) = (texts[which].clone(), &files[which].1);
        let mut text: Vec<char> = text.chars().collect();
        for _ in 0..dice.random_range(1..4) {
            let from = dice.random_range(0..text.len());
            let to = (from + dice.random_range(0..12)).min(text.len());
            let with: Vec<char> = match dice.random_range(0..3) {
                0 => {
                    let other = dice.random_range(0..text.len());
                    text[other..(other + dice.random_range(0..40)).min(text.len())].to_vec()
                }
                _ => TOKENS[dice.random_range(0..TOKENS.len())].chars().collect(),
            };
            text.splice(from..to, with);
        }
        header["__metadata__"]["model"] = text.into_iter().collect::<String>().into();
        let mut bytes = file(&header.to_string(), data);
        if dice.random_bool(0.3) {
            let at = dice.random_range(0..bytes.len());
            bytes[at] = dice.random_range(0..=255);
        }
        let result = std::panic::catch_unwind(|| load(&bytes).is_ok());
        read += usize::from(result.unwrap_or_else(|_| panic!("seed {seed}")));
    }
    assert!(read > 0);
}

/// A device has no length, and no file takes its place.
#[cfg(unix)]
#[test]
fn devices_are_no_files() {
    let error = Model::<f32>::load("/dev/zero").expect_err("no model");
    assert_eq!(
        error.to_string(),
        "/dev/zero: opening failed: that is a device or a pipe, and no file: give the name of a file"
    );
    let folder = gradflow_testing::Folder::new("devices");
    let pipe = folder.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no pipe can be made here");
        return;
    }
    let error = small().save(&pipe).expect_err("no file");
    assert!(error.to_string().contains("a device or a pipe"), "{error}");
}
