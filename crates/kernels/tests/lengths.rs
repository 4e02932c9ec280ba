//! Sizes whose product wraps never let a short slice pass for a long one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use gradflow_kernels::*;

/// Twice this is 2, if it wraps.
const HALF: usize = (1 << (usize::BITS - 1)) + 1;
/// Four times this is 4, if it wraps.
const QUARTER: usize = (1 << (usize::BITS - 2)) + 1;

/// What a call panics with, without the message on standard error.
fn refusal(call: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("sizes are refused");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).into(),
    }
}

#[test]
fn products_beyond_any_memory_are_refused() {
    let workers = Workers::inline();
    for (m, n, k, a, b, c) in [
        (HALF, 2, 2, 2, 4, 2),
        (2, HALF, 2, 4, 2, 2),
        (2, 2, HALF, 2, 2, 4),
        (HALF, HALF, 2, 2, 2, 1),
        (1, HALF, 2, 2, 2, 1),
        (QUARTER, 4, 4, 4, 16, 4),
        (usize::MAX, 2, 1, 1, 2, 2),
    ] {
        let (a, b, mut c) = (vec![1.0_f32; a], vec![1.0; b], vec![1.0; c]);
        for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
            let operand = |data, transposed| match transposed {
                false => Operand::plain(data),
                true => Operand::transposed(data),
            };
            let (a, b) = (operand(&a, left), operand(&b, right));
            for finish in [
                Finish::Overwrite,
                Finish::Add,
                Finish::Bias(&[1.0; 2], Unary::Relu),
            ] {
                let message = refusal(|| product((m, n, k), a, b, &mut c, finish, &workers));
                assert!(message.contains("product"), "{message}");
            }
        }
    }
}

#[test]
fn an_empty_product_of_any_sizes_is_empty() {
    let none = Operand::plain(&[]);
    let workers = Workers::inline();
    product::<f64>(
        (usize::MAX, 0, 0),
        none,
        none,
        &mut [],
        Finish::Add,
        &workers,
    );
    let mut c = [2.0; 3];
    product((3, 1, 0), none, none, &mut c, Finish::Overwrite, &workers);
    assert_eq!(c, [0.0; 3]);
}

/// A window of one in a plane of one.
const POINT: PoolShape = PoolShape {
    input: [1, 1, 1],
    output: [1, 1, 1],
    window: [1, 1],
    stride: [1, 1],
    dilation: [1, 1],
    padding: [[0, 0]; 2],
};

#[test]
fn pools_that_do_not_fit_are_refused() {
    let shapes = [
        PoolShape {
            input: [HALF, 2, 1],
            output: [HALF, 2, 1],
            ..POINT
        },
        PoolShape {
            input: [2, HALF, 1],
            output: [2, 1, 1],
            ..POINT
        },
        PoolShape {
            output: [2, 1, 1],
            ..POINT
        },
        PoolShape {
            input: [0, 1, 1],
            output: [0, 1, 1],
            ..POINT
        },
        PoolShape {
            output: [1, 0, 1],
            ..POINT
        },
        PoolShape {
            window: [0, 1],
            ..POINT
        },
        PoolShape {
            stride: [1, 0],
            ..POINT
        },
        PoolShape {
            dilation: [1, 0],
            ..POINT
        },
        // Windows in the padding alone.
        PoolShape {
            padding: [[0, 0], [1, 0]],
            ..POINT
        },
        PoolShape {
            output: [1, 2, 1],
            padding: [[0, 1], [0, 0]],
            ..POINT
        },
        PoolShape {
            window: [1, 3],
            dilation: [1, 2],
            padding: [[0, 0], [1, 0]],
            ..POINT
        },
        PoolShape {
            padding: [[usize::MAX, 1], [0, 0]],
            ..POINT
        },
        PoolShape {
            output: [1, 2, 1],
            ..POINT
        },
        PoolShape {
            output: [1, HALF, 1],
            stride: [2, 1],
            ..POINT
        },
        PoolShape {
            output: [1, 2, 1],
            stride: [usize::MAX, 1],
            ..POINT
        },
        PoolShape {
            window: [2, 2],
            stride: [2, 2],
            output: [1, QUARTER, 1],
            ..POINT
        },
    ];
    assert!(POINT.is_valid());
    let workers = Workers::inline();
    let x = [1.0_f32; 4];
    for shape in shapes {
        assert!(!shape.is_valid(), "{shape:?}");
        for message in [
            refusal(|| max_pool_forward(&shape, &x, &mut [0.0; 4], &workers)),
            refusal(|| avg_pool_forward(&shape, Over::Inside, &x, &mut [0.0; 4], &workers)),
            refusal(|| max_pool_backward(&shape, &x, &x, &mut [0.0; 4], &workers)),
            refusal(|| avg_pool_backward(&shape, Over::Inside, &x, &mut [0.0; 4], &workers)),
        ] {
            assert!(
                message.contains("incompatible sizes of a pool"),
                "{message}"
            );
        }
    }
}

#[test]
fn slices_that_a_pool_does_not_fill_are_refused() {
    let shape = PoolShape {
        input: [1, 2, 2],
        window: [2, 2],
        stride: [2, 2],
        ..POINT
    };
    let workers = Workers::inline();
    for (x, p) in [(3, 1), (4, 2), (8, 1), (4, 0), (0, 1)] {
        let (x, p) = (vec![1.0_f32; x], vec![1.0; p]);
        for message in [
            refusal(|| max_pool_forward(&shape, &x, &mut p.clone(), &workers)),
            refusal(|| avg_pool_forward(&shape, Over::Inside, &x, &mut p.clone(), &workers)),
            refusal(|| max_pool_backward(&shape, &x, &p, &mut x.clone(), &workers)),
            refusal(|| avg_pool_backward(&shape, Over::Inside, &p, &mut x.clone(), &workers)),
        ] {
            assert!(message.contains("put of PoolShape"), "{message}");
        }
    }
    let short = refusal(|| max_pool_backward(&shape, &[1.0; 3], &[1.0], &mut [0.0; 4], &workers));
    assert!(short.contains("input"), "{short}");
}

#[test]
fn convolutions_that_do_not_fit_are_refused() {
    let point = ConvShape {
        input: [1, 1, 1],
        output: [1, 1, 1],
        filter: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [[0, 0]; 2],
        groups: 1,
    };
    let shapes = [
        ConvShape {
            input: [HALF, 1, 1],
            ..point
        },
        ConvShape {
            output: [HALF, 1, 1],
            ..point
        },
        ConvShape {
            input: [1 << 16, 1, 1],
            output: [1 << 16, 1, 1],
            ..point
        },
        ConvShape {
            padding: [[HALF, HALF], [0, 0]],
            ..point
        },
        ConvShape {
            padding: [[0, 0], [0, usize::MAX]],
            ..point
        },
        ConvShape {
            input: [1, HALF, 2],
            output: [1, HALF, 2],
            ..point
        },
        ConvShape {
            filter: [0, 1],
            ..point
        },
        ConvShape {
            stride: [0, 1],
            ..point
        },
        ConvShape {
            dilation: [1, 0],
            ..point
        },
        ConvShape {
            filter: [HALF, 1],
            dilation: [4, 1],
            ..point
        },
        ConvShape { groups: 0, ..point },
        ConvShape {
            input: [3, 1, 1],
            output: [3, 1, 1],
            groups: 2,
            ..point
        },
    ];
    let workers = Workers::inline();
    let x = [1.0_f32; 2];
    for shape in shapes {
        assert!(!shape.is_valid(), "{shape:?}");
        for message in [
            refusal(|| {
                conv_forward(&shape, &x, &x, &x, &mut [0.0; 2], Unary::Identity, &workers);
            }),
            refusal(|| conv_backward_input(&shape, &x, &x, &mut [0.0; 2], &workers)),
            refusal(|| {
                conv_backward_filter(&shape, &x, &x, &mut [0.0; 2], &mut [0.0; 2], &workers);
            }),
        ] {
            assert!(
                message.contains("incompatible sizes of a convolution"),
                "{message}"
            );
        }
    }
}

#[test]
fn lengths_that_wrap_are_no_lengths() {
    let pool = PoolShape {
        input: [HALF, 2, 1],
        output: [QUARTER, 4, 1],
        ..POINT
    };
    let conv = ConvShape {
        input: [HALF, 2, 1],
        output: [QUARTER, 2, 2],
        filter: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [[0, 0]; 2],
        groups: 1,
    };
    for length in [
        refusal(|| _ = pool.input_len()),
        refusal(|| _ = pool.output_len()),
        refusal(|| _ = conv.input_len()),
        refusal(|| _ = conv.output_len()),
        refusal(|| _ = conv.filter_len()),
    ] {
        assert!(length.contains("too large"), "{length}");
    }
    assert_eq!(conv.work(), usize::MAX);
}
