//! Single operators in files by hand: each predicts what its formula says, or is refused.

use gradflow::Model;

use crate::made::{field, list, node, number, of, tensor};

/// Outputs of the graph of these nodes for one sample.
fn outputs(sizes: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>], x: &[f32]) -> Vec<f32> {
    let model = Model::<f32>::from_onnx(of(sizes, nodes, tensors)).expect("read");
    model.predict(x).expect("a sample")
}

fn refused(sizes: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> String {
    let error = Model::<f32>::from_onnx(of(sizes, nodes, tensors)).expect_err("refused");
    error.to_string()
}

/// Rounded a few times in single precision.
fn near(came: &[f32], expected: &[f32]) {
    assert_eq!(came.len(), expected.len());
    for (came, expected) in came.iter().zip(expected) {
        let most = 1e-6 * expected.abs().max(1.0);
        assert!((came - expected).abs() <= most, "{came} for {expected}");
    }
}

fn one(name: &str, value: f32) -> Vec<u8> {
    tensor(name, &[1], &[value])
}

/// An attribute of whole numbers, to be put behind an operator.
fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|v| number(8, *v)).collect();
    field(5, [field(1, name), values, number(20, 7)].concat())
}

fn int(name: &str, value: i64) -> Vec<u8> {
    field(
        5,
        [field(1, name), number(3, value), number(20, 2)].concat(),
    )
}

fn concat(inputs: &[&str], axis: i64) -> Vec<u8> {
    [node("Concat", inputs, "y"), int("axis", axis)].concat()
}

#[test]
fn gelu_by_the_error_function() {
    let nodes = [
        node("Div", &["x", "root"], "a"),
        node("Erf", &["a"], "e"),
        node("Add", &["e", "one"], "p"),
        node("Mul", &["x", "p"], "m"),
        node("Mul", &["m", "half"], "y"),
    ];
    let tensors = [one("root", 2_f32.sqrt()), one("one", 1.0), one("half", 0.5)];
    // x times the standard normal distribution function, from its tables.
    let expected = [0.841_344_8, -0.154_268_8, 1.954_499_7];
    near(
        &outputs(&[3], &nodes, &tensors, &[1.0, -0.5, 2.0]),
        &expected,
    );
}

#[test]
fn a_root_of_its_own_square() {
    let nodes = |factor: &str| {
        [
            node("Mul", &["x", factor], "w"),
            node("Mul", &["w", "w"], "q"),
            node("Add", &["q", "one"], "r"),
            node("Sqrt", &["r"], "s"),
            node("Mul", &["w", "s"], "y"),
        ]
    };
    let tensors = [one("one", 1.0), one("two", 2.0)];
    let came = outputs(&[2], &nodes("two"), &tensors, &[0.5, -1.0]);
    near(&came, &[2_f32.sqrt(), -2.0 * 5_f32.sqrt()]);
    // The root of another square.
    let mut other = nodes("two");
    other[4] = node("Mul", &["x", "s"], "y");
    let said = refused(&[2], &other, &tensors);
    assert!(said.contains("function of itself"), "{said}");
}

#[test]
fn bounds() {
    let x = [-9.0, -1.5, 0.5, 2.5, 9.0];
    let (low, high) = (one("low", -2.0), one("high", 3.0));
    for (inputs, expected) in [
        (vec!["x", "low", "high"], [-2.0, -1.5, 0.5, 2.5, 3.0]),
        (vec!["x", "low"], [-2.0, -1.5, 0.5, 2.5, 9.0]),
        (vec!["x", "", "high"], [-9.0, -1.5, 0.5, 2.5, 3.0]),
        (vec!["x"], x),
    ] {
        let nodes = [node("Clip", &inputs, "y")];
        near(
            &outputs(&[5], &nodes, &[low.clone(), high.clone()], &x),
            &expected,
        );
    }
    // 0.2 x + 0.5 between 0 and 1, unless something else is said.
    let nodes = [node("HardSigmoid", &["x"], "y")];
    near(&outputs(&[5], &nodes, &[], &x), &[0.0, 0.2, 0.6, 1.0, 1.0]);
}

#[test]
fn constants_of_another_shape() {
    let nodes = [
        node("Reshape", &["c", "to"], "w"),
        node("MatMul", &["x", "w"], "y"),
    ];
    let c = tensor("c", &[6], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    for to in [&[2, 3], &[2, -1], &[-1, 3]] {
        let came = outputs(&[2], &nodes, &[c.clone(), list("to", to)], &[1.0, 10.0]);
        near(&came, &[41.0, 52.0, 63.0]);
    }
    for to in [&[2, 2], &[4, -1]] {
        let said = refused(&[2], &nodes, &[c.clone(), list("to", to)]);
        assert!(said.contains("dimensions of 6 elements"), "{said}");
    }
}

#[test]
fn rows_that_become_pictures_of_one_row() {
    let nodes = [
        node("Reshape", &["x", "to"], "z"),
        node("GlobalAveragePool", &["z"], "m"),
        node("Flatten", &["m"], "y"),
    ];
    let to = [list("to", &[-1, 2, 3])];
    let x = [1.0, 2.0, 6.0, 4.0, 5.0, 0.0];
    near(&outputs(&[6], &nodes, &to, &x), &[3.0, 3.0]);
}

#[test]
fn factors_along_any_dimensions() {
    let x: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let nodes = [node("Mul", &["x", "s"], "y")];
    for (dims, values) in [
        ([2, 1, 1], &[2.0, 3.0][..]),
        ([1, 2, 1], &[2.0, 3.0]),
        ([1, 2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ([2, 1, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    ] {
        let expected: Vec<f32> = (0..12)
            .map(|i| {
                let index = [i / 6, i / 3 % 2, i % 3];
                let at = (0..3).fold(0, |at, axis| {
                    let size = dims[axis] as usize;
                    at * size + index[axis] % size
                });
                i as f32 * values[at]
            })
            .collect();
        let s = [tensor("s", &dims, values)];
        near(&outputs(&[2, 2, 3], &nodes, &s, &x), &expected);
    }
}

#[test]
fn factors_that_cancel_leave_nothing() {
    let nodes = [
        node("Relu", &["x"], "a"),
        node("Mul", &["a", "two"], "b"),
        node("Mul", &["b", "half"], "y"),
    ];
    let tensors = [one("two", 2.0), one("half", 0.5)];
    let file = of(&[2], &nodes, &tensors);
    let model = Model::<f32>::from_onnx(file).expect("read");
    assert_eq!(model.network().layers().len(), 1);
}

#[test]
fn pictures_are_joined_along_channels_in_one_order() {
    let x: Vec<f32> = (0..8).map(|i| i as f32).collect();
    let relu = node("Relu", &["x"], "r");
    let came = outputs(&[2, 2, 2], &[relu.clone(), concat(&["x", "r"], 1)], &[], &x);
    near(&came, &[x.clone(), x.clone()].concat());
    // Not along rows, and not with a picture that lies on its side.
    refused(&[2, 2, 2], &[relu, concat(&["x", "r"], 2)], &[]);
    let turned = [node("Transpose", &["x"], "t"), ints("perm", &[0, 1, 3, 2])].concat();
    for inputs in [["x", "t"], ["t", "x"]] {
        refused(&[2, 2, 2], &[turned.clone(), concat(&inputs, 1)], &[]);
    }
}

#[test]
fn constants_with_their_axes_in_another_order() {
    let c: Vec<f32> = (0..12).map(|i| (i + 1) as f32).collect();
    let x = [1.0; 12];
    let mul = node("Mul", &["x", "s"], "y");
    // c stands as [3, 2, 2]; at [i, j, k] of [2, 2, 3].
    let reversed = |i: usize, j: usize, k: usize| c[4 * k + 2 * j + i];
    let turned = |i: usize, j: usize, k: usize| c[4 * k + 2 * i + j];
    let places = || (0..12).map(|at| [at / 6, at / 3 % 2, at % 3]);
    let expected: Vec<f32> = places().map(|[i, j, k]| reversed(i, j, k)).collect();
    let tensors = [tensor("c", &[3, 2, 2], &c)];
    let nodes = [node("Transpose", &["c"], "s"), mul.clone()];
    near(&outputs(&[2, 2, 3], &nodes, &tensors, &x), &expected);
    let expected: Vec<f32> = places().map(|[i, j, k]| turned(i, j, k)).collect();
    let nodes = [
        [node("Transpose", &["c"], "s"), ints("perm", &[1, 2, 0])].concat(),
        mul,
    ];
    near(&outputs(&[2, 2, 3], &nodes, &tensors, &x), &expected);
}

#[test]
fn parts_of_constants() {
    let c = tensor("c", &[4], &[2.0, 3.0, 5.0, 7.0]);
    let mul = || node("Mul", &["x", "s"], "y");
    let sliced = |start: i64, end: i64, step: i64| {
        let nodes = [
            node("Slice", &["c", "start", "end", "axis", "step"], "s"),
            mul(),
        ];
        let lists = [("start", start), ("end", end), ("axis", 0), ("step", step)];
        let lists = lists.map(|(name, value)| list(name, &[value]));
        (nodes, [std::slice::from_ref(&c), &lists[..]].concat())
    };
    for (start, end, step, expected) in [
        (1, 3, 1, &[3.0, 5.0][..]),
        (-3, i64::MAX, 1, &[3.0, 5.0, 7.0]),
        (-1, i64::MIN, -1, &[7.0, 5.0, 3.0, 2.0]),
        (2, 0, -1, &[5.0, 3.0]),
        (-9, -2, 1, &[2.0, 3.0]),
    ] {
        let (nodes, tensors) = sliced(start, end, step);
        let n = expected.len();
        near(
            &outputs(&[n as i64], &nodes, &tensors, &vec![1.0; n]),
            expected,
        );
    }
    let (nodes, tensors) = sliced(0, 4, 2);
    assert!(refused(&[2], &nodes, &tensors).contains("steps of 1 or -1"));

    let nodes = [node("Gather", &["c", "which"], "s"), mul()];
    let tensors = [c.clone(), list("which", &[-1, 1])];
    near(&outputs(&[2], &nodes, &tensors, &[1.0, 1.0]), &[7.0, 3.0]);
    let table = tensor("c", &[2, 2], &[2.0, 3.0, 5.0, 7.0]);
    for tensors in [
        [table, list("which", &[1, 0])],
        [c.clone(), tensor("which", &[2], &[1.0, 0.0])],
        [c.clone(), list("which", &[0, 4])],
    ] {
        assert!(refused(&[2], &nodes, &tensors).contains("elements of a list"));
    }
}

#[test]
fn means_with_and_without_the_padding() {
    let pool = |pads: &[i64], counted: i64| {
        let of = [
            ints("kernel_shape", &[2, 2]),
            ints("strides", &[1, 1]),
            ints("pads", pads),
            int("count_include_pad", counted),
        ];
        [node("AveragePool", &["x"], "y"), of.concat()].concat()
    };
    let x = [4.0, 8.0, 12.0, 16.0];
    for (pads, counted, expected) in [
        ([0; 4], 0, &[10.0][..]),
        ([0; 4], 1, &[10.0]),
        ([0, 1, 0, 0], 0, &[8.0, 10.0]),
        ([0, 1, 0, 0], 1, &[4.0, 10.0]),
        ([1, 0, 0, 0], 0, &[6.0, 10.0]),
        ([1, 0, 0, 0], 1, &[3.0, 10.0]),
    ] {
        near(
            &outputs(&[1, 2, 2], &[pool(&pads, counted)], &[], &x),
            expected,
        );
    }
}

#[test]
fn means_of_whole_pictures() {
    let x = [1.0, 2.0, 3.0, 6.0, 5.0, 5.0, 5.0, 9.0];
    let mean = |axes: &[i64]| {
        let nodes = [
            node("ReduceMean", &["x", "axes"], "m"),
            node("Flatten", &["m"], "y"),
        ];
        (nodes, [list("axes", axes)])
    };
    for axes in [[2, 3], [3, 2], [-1, -2]] {
        let (nodes, lists) = mean(&axes);
        near(&outputs(&[2, 2, 2], &nodes, &lists, &x), &[3.0, 6.0]);
    }
    for axes in [&[2][..], &[1, 2], &[1, 2, 3]] {
        let (nodes, lists) = mean(axes);
        let said = refused(&[2, 2, 2], &nodes, &lists);
        assert!(said.contains("all of them and nothing else"), "{said}");
    }
}

#[test]
fn dropout_is_kept_for_further_training() {
    for (ratio, layers) in [(0.0_f32, 1), (0.25, 2), (1.0, 1)] {
        let relu = node("Relu", &["x"], "r");
        let nodes = [relu, node("Dropout", &["r", "ratio"], "y")];
        let file = of(&[2], &nodes, &[one("ratio", ratio)]);
        let model = Model::<f32>::from_onnx(file).expect("read");
        assert_eq!(model.network().layers().len(), layers, "{ratio}");
        near(&model.predict(&[-1.0, 2.0]).expect("a sample"), &[0.0, 2.0]);
    }
}

#[test]
fn constants_are_computed_with() {
    // Sizes of a shape, and factors.
    let (six, four) = (list("six", &[6]), list("four", &[4]));
    for (operator, expected) in [("Add", 10.0), ("Sub", 2.0), ("Mul", 24.0), ("Div", 1.0)] {
        let whole = [
            node(operator, &["six", "four"], "n"),
            node("Cast", &["n"], "s"),
            node("Mul", &["x", "s"], "y"),
        ];
        let whole = [
            whole[0].clone(),
            [whole[1].clone(), int("to", 1)].concat(),
            whole[2].clone(),
        ];
        let tensors = [six.clone(), four.clone()];
        near(&outputs(&[1], &whole, &tensors, &[1.0]), &[expected]);
    }
    let (a, b, c) = (
        tensor("a", &[2], &[6.0, 3.0]),
        tensor("b", &[2], &[4.0, 2.0]),
        one("c", 2.0),
    );
    for (operator, by, expected) in [
        ("Add", "b", [10.0, 5.0]),
        ("Sub", "b", [2.0, 1.0]),
        ("Mul", "b", [24.0, 6.0]),
        ("Div", "b", [1.5, 1.5]),
        ("Sub", "c", [4.0, 1.0]),
    ] {
        let nodes = [
            node(operator, &["a", by], "s"),
            node("Mul", &["x", "s"], "y"),
        ];
        let tensors = [a.clone(), b.clone(), c.clone()];
        near(&outputs(&[2], &nodes, &tensors, &[1.0, 1.0]), &expected);
    }
    let nodes = [node("Sub", &["c", "a"], "s"), node("Mul", &["x", "s"], "y")];
    near(
        &outputs(&[2], &nodes, &[a.clone(), c.clone()], &[1.0, 1.0]),
        &[-4.0, -1.0],
    );
    let three = tensor("b", &[3], &[1.0; 3]);
    let nodes = [node("Sub", &["a", "b"], "s"), node("Mul", &["x", "s"], "y")];
    assert!(refused(&[2], &nodes, &[a, three]).contains("of the same dimensions"));

    // Rows of a matrix.
    let w = tensor("w", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    for (bounds, expected) in [([1, 3], [53.0, 64.0]), ([0, 2], [31.0, 42.0])] {
        let nodes = [
            node("Slice", &["w", "start", "end"], "v"),
            node("MatMul", &["x", "v"], "y"),
        ];
        let tensors = [
            w.clone(),
            list("start", &bounds[..1]),
            list("end", &bounds[1..]),
        ];
        near(&outputs(&[2], &nodes, &tensors, &[1.0, 10.0]), &expected);
    }
}

#[test]
fn statistics_of_vectors_are_a_shift_and_a_scale() {
    let nodes = [node("BatchNormalization", &["x", "g", "s", "m", "v"], "y")];
    let tensors = [
        tensor("g", &[2], &[2.0, 1.0]),
        tensor("s", &[2], &[0.5, -1.0]),
        tensor("m", &[2], &[3.0, 4.0]),
        tensor("v", &[2], &[4.0, 0.25]),
    ];
    let came = outputs(&[2], &nodes, &tensors, &[5.0, 4.5]);
    // The epsilon of 1e-5 is seen in the sixth digit.
    let of = |x: f32, [g, s, m, v]: [f32; 4]| (x - m) / (v + 1e-5).sqrt() * g + s;
    near(
        &came,
        &[
            of(5.0, [2.0, 0.5, 3.0, 4.0]),
            of(4.5, [1.0, -1.0, 4.0, 0.25]),
        ],
    );
}
