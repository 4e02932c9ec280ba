//! Files that are damaged, or mean harm: a typed error that says where, in little memory, and no other file is opened.

use std::fs;

use gradflow::onnx::OnnxError;
use gradflow::{Batch, Model};

use crate::counting::peak;
use crate::files::files;
use crate::made::{field, file, graph, list, node, number, of, tensor};

/// What reading says, within the memory that is promised.
fn read(file: &[u8]) -> Result<Model<f32>, OnnxError> {
    let (model, bytes) = peak(|| Model::<f32>::from_onnx(file));
    let most = 16 * file.len() + (32 << 20);
    assert!(bytes <= most, "{bytes} bytes for a file of {}", file.len());
    model
}

fn refusal(file: &[u8]) -> String {
    read(file).expect_err("must be refused").to_string()
}

/// Reads, and predicts if the network is small.
fn survives(file: &[u8]) {
    let Ok(model) = read(file) else { return };
    let network = model.network();
    let specs = network.layers().map(|layer| layer.spec());
    let elements = specs.map(|spec| spec.input.len().max(spec.output.len()));
    if elements.max() < Some(10_000) {
        let x = vec![0.5; network.input().len()];
        let batch = Batch::new(&x, x.len()).expect("a sample");
        let _ = model.predict_batch(batch);
    }
}

/// The smallest files of each maker, as the damage is done everywhere.
fn small() -> Vec<Vec<u8>> {
    let files = files();
    let pick = |name: &str| {
        let path = files.iter().find(|path| path.ends_with(name));
        fs::read(path.expect("in the repository")).expect("readable")
    };
    let mut small: Vec<_> = [
        "sklearn_logistic_binary.onnx",
        "sklearn_scaler_mlp.onnx",
        "torch_series_old.onnx",
    ]
    .map(pick)
    .to_vec();
    let scale = tensor("s", &[2, 1, 1], &[2.0, 3.0]);
    let nodes = [node("Mul", &["x", "s"], "z"), node("Add", &["x", "z"], "y")];
    small.push(of(&[2, 3, 3], &nodes, &[scale]));
    small
}

#[test]
fn files_may_end_anywhere() {
    for file in small() {
        assert!(read(&file).is_ok());
        (0..file.len()).for_each(|end| survives(&file[..end]));
    }
}

#[test]
fn bits_may_be_flipped() {
    for mut file in small() {
        // Of larger files every fifth bit: all eight of a byte in turn.
        for bit in (0..8 * file.len()).step_by(if file.len() < 600 { 1 } else { 5 }) {
            file[bit / 8] ^= 1 << (bit % 8);
            survives(&file);
            file[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn constants_lie_in_the_file_and_are_as_many_as_they_say() {
    let relu = || node("Add", &["x", "c"], "y");
    let with = |tensor: Vec<u8>| refusal(&of(&[2], &[relu()], &[tensor]));
    let place = [field(1, "location"), field(2, "../../etc/passwd")].concat();
    let outside = [tensor("c", &[2], &[]), field(13, place), number(14, 1)].concat();
    assert_eq!(
        with(outside),
        "tensor \"c\": expected numbers in the file itself (save the model again without external data), found numbers in \
         \"../../etc/passwd\", which is not opened"
    );
    let short = with(tensor("c", &[3], &[1.0, 2.0]));
    assert_eq!(
        short,
        "tensor \"c\": expected 3 numbers for dimensions [3], found 2"
    );
    for dims in [&[1 << 32, 1 << 32, 2][..], &[-1], &[i64::MAX; 3], &[1; 65]] {
        let said = with(tensor("c", dims, &[1.0]));
        assert!(
            said.contains("dimensions whose product is a size"),
            "{said}"
        );
    }
    let huge = with(tensor("c", &[1 << 40], &[1.0]));
    assert!(huge.contains("found 1"), "{huge}");
    let mut odd = tensor("c", &[2], &[]);
    odd.extend(field(9, [0; 7]));
    assert!(with(odd).contains("7 bytes"));
    let text = [number(1, 1), number(2, 8), field(8, "c")].concat();
    assert!(with(text).contains("type 8"));
}

#[test]
fn graphs_are_in_order_and_names_given_once() {
    let cycle = [node("Add", &["x", "z"], "y"), node("Relu", &["y"], "z")];
    assert_eq!(
        refusal(&of(&[2], &cycle, &[])),
        "node \"node of y\" (Add): expected inputs that are known, found \"z\", which nothing before it makes (nodes stand in order)"
    );
    let twice = [node("Relu", &["x"], "y"), node("Tanh", &["x"], "y")];
    let said = "value \"y\": expected a name that is given once, found it is given twice";
    assert_eq!(refusal(&of(&[2], &twice, &[])), said);
    let constants = [tensor("c", &[1], &[1.0]), tensor("c", &[1], &[2.0])];
    let said = refusal(&of(&[2], &[node("Add", &["x", "c"], "y")], &constants));
    assert!(
        said.contains("\"c\": expected a name that is given once"),
        "{said}"
    );
    let unmade = refusal(&of(&[2], &[node("Relu", &["x"], "z")], &[]));
    assert_eq!(
        unmade,
        "value \"y\": expected an output that a node makes, found none makes it"
    );
    let own = refusal(&of(&[2], &[node("Frobnicate", &["x"], "y")], &[]));
    assert_eq!(
        own,
        "node \"node of y\": there is no layer for the operator Frobnicate; `gradflow::onnx` lists those that are read"
    );
    let newer = refusal(&file(&graph(&[2], &[node("Relu", &["x"], "y")], &[]), 99));
    assert_eq!(
        newer,
        "operators of \"\", version 99: versions 7 to 28 are read"
    );
}

#[test]
fn shared_layers_and_deep_branches_are_refused() {
    let weights = tensor("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let nodes = [
        node("MatMul", &["x", "w"], "a"),
        node("Tanh", &["a"], "b"),
        node("Add", &["x", "b"], "c"),
        node("Add", &["a", "c"], "y"),
    ];
    let said = refusal(&of(&[2], &nodes, &[weights]));
    assert!(said.contains("branches that share no layer"), "{said}");
    let (mut down, mut up) = (vec![node("Tanh", &["x"], "d0")], Vec::new());
    let deep = 2000;
    for i in 1..=deep {
        down.push(node("Tanh", &[&format!("d{}", i - 1)], &format!("d{i}")));
        let i = deep - i;
        let (from, to) = (format!("d{i}"), format!("u{i}"));
        let inner = if i + 1 == deep {
            format!("d{}", i + 1)
        } else {
            format!("u{}", i + 1)
        };
        up.push(node("Add", &[&from, &inner], &to));
    }
    down.append(&mut up);
    down.push(node("Relu", &["u0"], "y"));
    let said = refusal(&of(&[2], &down, &[]));
    assert!(said.contains("branches at most 64 deep"), "{said}");
}

#[test]
fn names_are_one_each() {
    let relu = graph(&[2], &[node("Relu", &["x"], "y")], &[]);
    let with = |names: &[(&str, &str)]| {
        let entries = names.iter();
        let entries =
            entries.flat_map(|(key, name)| field(14, [field(1, key), field(2, name)].concat()));
        [file(&relu, 20), entries.collect()].concat()
    };
    let model = read(&with(&[
        ("class.1", "b"),
        ("author", "x"),
        ("class.0", "a"),
        ("class.x", ""),
    ]));
    let model = model.expect("two names");
    let schema = model.schema().expect("names");
    assert_eq!(schema.class_names().expect("names"), ["a", "b"]);
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[("class.0", "a")], "1 class name for 2 classes"),
        (
            &[("class.0", "a"), ("class.2", "b")],
            "value \"class.0\": expected names in the metadata that are numbered from 0, found 2 of them, one of which has number 2",
        ),
        (&[("class.0", "a"), ("class.0", "b")], "two of number 0"),
        (&[("class.0", "a"), ("class.1", "a")], "both named `a`"),
        (
            &[
                ("class.0", "a"),
                ("class.1", "b"),
                ("target.0", "c"),
                ("target.1", "d"),
            ],
            "classes",
        ),
        (
            &[("class.0", "a"), ("class.18446744073709551615", "b")],
            "number 18446744073709551615",
        ),
        (
            &[("answer.0", "last")],
            "value \"answer.0\": expected the number of a column, and behind a blank its name, found last",
        ),
        (
            &[("answer.0", "0"), ("left_out.0", "0 id")],
            "the layout names a column twice, or one that the table does not have",
        ),
    ];
    for (names, words) in cases {
        let said = refusal(&with(names));
        assert!(said.contains(words), "{said}\nlacks {words}");
    }
    let many: Vec<String> = (0..200_000).map(|i| format!("class.{i}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (&**key, "")).collect();
    assert!(read(&with(&many)).is_err());
    let long = "x".repeat(100);
    let many: Vec<(&str, &str)> = many.iter().map(|(key, _)| (*key, &*long)).collect();
    assert!(read(&with(&many)).is_err());
}

#[test]
fn small_files_take_little_memory() {
    // Two bytes that become a node of some hundred.
    let many = file(&field(1, "").repeat(1_000_000), 20);
    assert!(matches!(read(&many), Err(OnnxError::Memory { .. })));
    // Graphs within attributes are not gone into.
    let mut nested = graph(&[1], &[], &[]);
    for _ in 0..2000 {
        nested = field(1, field(5, field(6, nested)));
    }
    assert!(read(&file(&nested, 20)).is_err());
    // A picture of 2^40 elements, and numbers for each of them.
    let large = of(&[1, 1 << 20, 1 << 20], &[node("Relu", &["x"], "y")], &[]);
    let model = read(&large).expect("a network of no numbers");
    assert_eq!(model.network().input().len(), 1 << 40);
    let spread = tensor("s", &[1 << 10, 1], &[2.0; 1 << 10]);
    let nodes = [node("Mul", &["x", "s"], "y")];
    let said = refusal(&of(&[1, 1 << 10, 1 << 20], &nodes, &[spread]));
    assert!(said.contains("far more than a file of"), "{said}");
    let size = list("n", &[1 << 40]);
    let fill = [
        node("ConstantOfShape", &["n"], "c"),
        node("Add", &["x", "c"], "y"),
    ];
    let said = refusal(&of(&[2], &fill, &[size]));
    assert!(said.contains("far more than a file of"), "{said}");
    // The same weights in many layers.
    let weights = tensor("w", &[100, 100], &vec![0.01; 10_000]);
    let mut nodes = vec![node("MatMul", &["x", "w"], "a0")];
    for i in 1..100 {
        nodes.push(node(
            "MatMul",
            &[&format!("a{}", i - 1), "w"],
            &format!("a{i}"),
        ));
    }
    nodes.push(node("Relu", &["a99"], "y"));
    let said = refusal(&of(&[100], &nodes, &[weights]));
    assert!(said.contains("far more than a file of"), "{said}");
}

#[test]
fn bytes_that_are_no_file_are_refused() {
    for bytes in [
        &b""[..],
        b"\n",
        b"PK\x03\x04",
        &[255; 64],
        b"\x3a\xff\xff\xff\xff\x0f",
        &[0x0b; 100],
    ] {
        assert!(
            matches!(read(bytes), Err(OnnxError::NotOnnx { .. })),
            "{bytes:?}"
        );
    }
}

/// Halves become numbers of four times the size.
#[test]
fn large_files_take_what_is_promised() {
    let n = 1500_usize;
    let raw = vec![0x11_u8; 2 * n * n];
    let dims = [n as i64; 2]
        .iter()
        .flat_map(|dim| number(1, *dim))
        .collect();
    let halves = [dims, number(2, 10), field(8, "w"), field(9, raw)].concat();
    let nodes = [node("MatMul", &["x", "w"], "z"), node("Relu", &["z"], "y")];
    let file = of(&[n as i64], &nodes, &[halves]);
    let (model, bytes) = peak(|| Model::<f64>::from_onnx(&file[..]));
    let model = model.expect("a dense layer");
    assert_eq!(model.theta().len(), n * n + n);
    assert!(
        bytes <= 16 * file.len() + (32 << 20),
        "{bytes} for {}",
        file.len()
    );
}
