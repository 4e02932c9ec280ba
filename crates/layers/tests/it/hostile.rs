//! Sizes that no layer can have: typed errors that carry the numbers, never a panic.

use crate::*;
use gradflow_layers::{
    Activation, AvgPool, Conv, Dense, Describe, Init, Layer, LayerError, LayerFault, MaxPool,
    Padding, Remainder, Spec, Upsample, Window,
};
use gradflow_tensor::{Shape, ShapeError};
use gradflow_testing::config;
use proptest::prelude::*;

const RELU: Activation = Activation::Relu;

fn shape(dims: [usize; 3]) -> Shape<3> {
    Shape::new(dims).unwrap()
}

/// The error of a layer that stands alone.
fn error(layer: &str, fault: LayerFault) -> LayerError {
    LayerError {
        path: vec![],
        layer: layer.into(),
        fault,
    }
}

#[test]
fn zero_sizes() {
    let input = shape([1, 5, 5]);
    let size = |layer: &str, size| error(layer, LayerFault::ZeroSize { size });
    assert_eq!(
        Dense::new(input, 0, RELU).unwrap_err(),
        error("dense", LayerFault::NoOutputs)
    );
    assert_eq!(
        Conv::new(input, 2, [3, 0], RELU).unwrap_err(),
        size("conv", [3, 0])
    );
    assert_eq!(
        Conv::new(input, 0, [3, 3], RELU).unwrap_err(),
        error("conv 3x3", LayerFault::NoOutputs)
    );
    assert_eq!(
        MaxPool::new(input, [0, 5]).unwrap_err(),
        size("max-pool", [0, 5])
    );
    for stride in [[0, 1], [1, 0], [0, 0]] {
        let [v, h] = stride;
        assert_eq!(
            AvgPool::new(input, Window::from([2, 2]).stride(stride)).unwrap_err(),
            error(
                &format!("avg-pool 2x2, stride {v}x{h}"),
                LayerFault::ZeroStride { stride }
            )
        );
        assert_eq!(
            Conv::new(input, 1, Window::from([2, 2]).stride(stride), RELU)
                .unwrap_err()
                .to_string(),
            format!("conv 2x2, stride {v}x{h}: a stride is at least 1 in both directions")
        );
    }
}

#[test]
fn larger_than_the_input() {
    let input = shape([3, 4, 6]);
    for window in [[5, 6], [4, 7], [5, 7]] {
        let expected = |layer, way_out: &str| {
            let fault = LayerFault::TooLarge {
                window,
                input,
                padding: Padding::default(),
                way_out: way_out.into(),
            };
            error(&format!("{layer} {}x{}", window[0], window[1]), fault)
        };
        let pad = match [window[0] - 4, window[1] - 6] {
            [1, 1] => "pad by 1",
            [1, 0] => "pad by 1x0",
            _ => "pad by 0x1",
        };
        let most = "use a window of at most 4x6";
        assert_eq!(
            Conv::new(input, 1, window, RELU).unwrap_err(),
            expected("conv", &format!("{pad}, or use a filter of at most 4x6"))
        );
        assert_eq!(
            MaxPool::new(input, window).unwrap_err(),
            expected("max-pool", most)
        );
        assert_eq!(
            AvgPool::new(input, window).unwrap_err(),
            expected("avg-pool", most)
        );
    }
    let error = Conv::new(input, 1, Window::from([5, 9]).padding([1, 1]), RELU).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv 5x9: its window is larger than the input 4x6 padded by 1x1: pad by 1x2, or use a filter of at most 6x8"
    );
    assert!(Conv::new(input, 1, Window::from([6, 8]).padding([1, 1]), RELU).is_ok());
}

#[test]
fn remainders_in_one_or_both_directions() {
    let input = shape([1, 9, 10]);
    for (window, stride, expected) in [
        ([4, 4], [2, 2], [1, 0]),
        ([5, 5], [2, 2], [0, 1]),
        ([4, 5], [2, 2], [1, 1]),
        ([2, 1], [4, 5], [3, 4]),
    ] {
        let errors = [
            Conv::new(input, 1, Window::from(window).stride(stride), RELU).unwrap_err(),
            MaxPool::new(input, Window::from(window).stride(stride)).unwrap_err(),
            AvgPool::new(input, Window::from(window).stride(stride)).unwrap_err(),
        ];
        for (error, layer) in errors.into_iter().zip(["conv", "max-pool", "avg-pool"]) {
            let ([f_v, f_h], [s_v, s_h]) = (window, stride);
            assert_eq!(
                error.layer,
                format!("{layer} {f_v}x{f_h}, stride {s_v}x{s_h}")
            );
            match error.fault {
                LayerFault::Remainder { remainder, .. } => assert_eq!(remainder, expected),
                other => panic!("{other}"),
            }
        }
    }
}

/// The messages name paddings and inputs that fit.
#[test]
fn remainders_name_the_way_out() {
    let conv = |input, size, stride, padding| {
        let conv = Conv::new(
            shape(input),
            1,
            Window::from(size).stride(stride).padding(padding),
            RELU,
        );
        conv.unwrap_err().to_string()
    };
    assert_eq!(
        conv([1, 9, 10], [3, 3], [3, 4], [1, 0]),
        "conv 3x3, stride 3x4, padding 1x0: the last window must end at the edge of the input 1x9x10 padded by 1x0, but 2 rows \
         and 3 columns are left over: use a filter of 5x6, or an input of 7x7 or 10x11, or choose `Remainder::Floor` or `Ceil`"
    );
    assert_eq!(
        conv([1, 28, 28], [3, 3], [3, 3], [0, 0]),
        "conv 3x3, stride 3x3: the last window must end at the edge of the input 1x28x28, but 1 row and 1 column are left over: \
         pad by 1, or use a filter of 4x4, or an input of 27x27 or 30x30, or choose `Remainder::Floor` or `Ceil`"
    );
    assert_eq!(
        conv([2, 9, 10], [3, 3], [3, 3], [0, 0]),
        "conv 3x3, stride 3x3: the last window must end at the edge of the input 2x9x10, but 1 column is left over: \
         pad by 0x1, or use a filter of 3x4, or an input of 9x9 or 9x12, or choose `Remainder::Floor` or `Ceil`"
    );
    // A stride of 2 counts by twos, and so does padding on both sides: no padding helps.
    assert_eq!(
        MaxPool::new(shape([5, 29, 29]), [2, 2])
            .unwrap_err()
            .to_string(),
        "max-pool 2x2, stride 2x2: the last window must end at the edge of the input 5x29x29, but 1 row and 1 column are left over: \
         use a window of 3x3 with stride 2x2, or an input of 28x28 or 30x30, or choose `Remainder::Floor` or `Ceil`"
    );
}

#[test]
fn overflow() {
    let input = shape([1, 5, 5]);
    let huge = usize::MAX;
    let name = |spec: &Spec| spec.name.clone();
    let layers: [(&str, Result<String, LayerError>); 5] = [
        (
            "outputs",
            Dense::new(input, huge, RELU).map(|l| name(l.spec())),
        ),
        (
            "filters",
            Conv::new(input, huge, [1, 1], RELU).map(|l| name(l.spec())),
        ),
        (
            "padding",
            Conv::new(input, 1, Window::from([1, 1]).padding([huge, 0]), RELU)
                .map(|l| name(l.spec())),
        ),
        (
            "half",
            Conv::new(input, 1, Window::from([1, 1]).padding([0, huge / 2]), RELU)
                .map(|l| name(l.spec())),
        ),
        (
            "plane",
            Conv::new(
                input,
                1,
                Window::from([1, 1]).padding([1 << 40, 1 << 40]),
                RELU,
            )
            .map(|l| name(l.spec())),
        ),
    ];
    for (what, layer) in layers {
        let error = layer.expect_err(what);
        assert!(
            matches!(error.fault, LayerFault::Shape(ShapeError::TooLarge { .. })),
            "{what}: {error}"
        );
        // What lies behind an error is not cut off.
        let source = std::error::Error::source(&error).expect("the shape's error");
        assert!(source.is::<ShapeError>(), "{what}: {source}");
    }
    // As many inputs as memory can address, and one weight for each: the bias is one too many.
    let most = shape([isize::MAX as usize / 8, 1, 1]);
    assert!(Dense::new(most, 1, RELU).is_err());
    let vast = Conv::new(shape([1, 1 << 16, 1 << 16]), 1, [1, 1], RELU).unwrap_err();
    assert!(vast.to_string().contains("a billion elements"), "{vast}");
}

#[test]
fn initial_values_are_checked() {
    let layer = Dense::new(shape([2, 1, 1]), 1, RELU).unwrap();
    for scale in [-1.0, f64::NAN, f64::INFINITY] {
        let error = layer.clone().with_init(Init::Uniform(scale)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "dense 1 relu: `Init::Uniform({scale})`: the scale must be finite and not negative"
            )
        );
    }
    assert!(
        layer
            .clone()
            .with_bias_init(Init::Constant(f64::NAN))
            .is_err()
    );
    let conv = Conv::new(shape([1, 2, 2]), 1, [2, 2], RELU).unwrap();
    assert!(conv.clone().with_init(Init::Uniform(-0.1)).is_err());
    assert!(
        conv.with_bias_init(Init::Constant(f64::NEG_INFINITY))
            .is_err()
    );
}

/// Sizes that people use, and sizes at the edges of arithmetic.
fn wild() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => 0..6_usize,
        1 => any::<usize>(),
        1 => (0..64_u32, 0..3_usize).prop_map(|(bits, less)| (1_usize << bits).wrapping_sub(less)),
        1 => (0..3_usize).prop_map(|less| usize::MAX - less),
        1 => (0..3_usize).prop_map(|less| usize::MAX / 2 - less),
    ]
}

/// Windows of such sizes, with every kind of padding and remainder.
fn windows() -> impl Strategy<Value = Window> {
    let pair = || [wild(), wild()];
    let padding = prop_oneof![
        pair().prop_map(Padding::Both),
        (pair(), pair()).prop_map(|(front, behind)| Padding::Sides { front, behind }),
        Just(Padding::Same),
        Just(Padding::Causal),
    ];
    let remainders = vec![Remainder::Refuse, Remainder::Floor, Remainder::Ceil];
    let remainder = proptest::sample::select(remainders);
    let dilation = prop_oneof![Just([1, 1]), pair()];
    (pair(), pair(), dilation, padding, remainder).prop_map(
        |(size, stride, dilation, padding, remainder)| {
            let window = Window::from(size).stride(stride).dilation(dilation);
            window.padding(padding).remainder(remainder)
        },
    )
}

/// What every layer that could be made must be able to say of itself.
fn describe(layer: Result<Box<dyn Layer<f64>>, LayerError>) {
    match layer {
        Ok(layer) => {
            let spec = layer.spec();
            assert!(!spec.name.is_empty());
            assert!(spec.output.dims().iter().all(|d| *d > 0));
            let sizes = spec.blocks.iter().map(|block| block.range.len());
            assert_eq!(sizes.sum::<usize>(), spec.parameters());
            assert_eq!(spec.check(), Ok(()));
            let _ = (spec.train.of(1), spec.predict.of(usize::MAX));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn boxed<L: Layer<f64> + 'static>(layer: L) -> Box<dyn Layer<f64>> {
    Box::new(layer)
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn wild_sizes_never_panic(
        input in [wild(), wild(), wild()].prop_filter_map("no shape", |dims| Shape::new(dims).ok()),
        outputs in wild(),
        groups in wild(),
        window in windows(),
    ) {
        let custom = Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z);
        describe(Dense::new(input, outputs, custom.clone()).map(boxed));
        let plain = Window::from(window.size).stride(window.stride.unwrap_or([1, 1]));
        for window in [plain, window] {
            describe(Conv::new(input, outputs, window, custom.clone()).map(boxed));
            describe(Conv::grouped(input, outputs, groups, window, custom.clone()).map(boxed));
            describe(Conv::depthwise(input, outputs, window, custom.clone()).map(boxed));
            describe(MaxPool::new(input, window).map(boxed));
            describe(AvgPool::new(input, window).map(AvgPool::counting_padding).map(boxed));
        }
        describe(MaxPool::global(input).map(boxed));
        describe(Upsample::new(input, window.size).map(boxed));
    }

    /// What can be made and is small can be computed: strides and dilations of any size do not wrap or panic in the kernels.
    #[test]
    fn wild_layers_that_are_small_compute(
        input in [1..=4_usize, 1..=4, 1..=4].prop_map(|dims| Shape::new(dims).expect("small")),
        groups in 1..=4_usize,
        window in windows(),
    ) {
        // Padded samples that fit into the memory of a test.
        let reach = [0, 1].map(|d| window.size[d].saturating_sub(1).saturating_mul(window.dilation[d]));
        let (front, behind) = match window.padding {
            Padding::Both(both) => (both, both),
            Padding::Sides { front, behind } => (front, behind),
            Padding::Same | Padding::Causal => (reach, reach),
        };
        let most = [reach, front, behind].concat();
        if most.iter().any(|size| *size >= 200) {
            return Ok(());
        }
        let layers = [
            Conv::grouped(input, 4, groups, window, RELU).map(boxed),
            Conv::depthwise(input, 1, window, RELU).map(boxed),
            MaxPool::new(input, window).map(boxed),
            AvgPool::new(input, window).map(AvgPool::counting_padding).map(boxed),
        ];
        for layer in layers.into_iter().flatten() {
            if layer.spec().output.len() + layer.spec().parameters() < 1 << 16 {
                let theta = vec![0.5; layer.spec().parameters()];
                let x = vec![1.0; input.len()];
                let p = forward(&*layer, &theta, &x);
                let (theta_bar, x_bar) = backward(&*layer, &theta, &x, &p);
                prop_assert!(p.iter().chain(&theta_bar).chain(&x_bar).all(|v| v.is_finite()));
            }
        }
    }

    /// (38): a convolution can be made exactly if the sizes are compatible, and then its output has the size stated.
    #[test]
    fn compatible_sizes_and_no_others(
        input in [1..=3_usize, 1..=9, 1..=9],
        size in [1..=10_usize, 1..=10],
        stride in [1..=4_usize, 1..=4],
        padding in [0..=2_usize, 0..=2],
    ) {
        let of = |axis: usize| {
            let room = (input[axis + 1] + 2 * padding[axis]).checked_sub(size[axis])?;
            (room % stride[axis] == 0).then_some(room / stride[axis] + 1)
        };
        let expected = of(0).zip(of(1)).map(|(v, h)| [4, v, h]);
        let conv = Conv::new(shape(input), 4, Window::from(size).stride(stride).padding(padding), RELU);
        prop_assert_eq!(conv.ok().map(|conv| conv.spec().output.dims()), expected);
    }
}

/// Dilations of zero, groups that do not come out even, and what fits instead.
#[test]
fn groups_and_dilations() {
    let input = shape([4, 5, 5]);
    let error = Conv::new(input, 2, Window::from([2, 2]).dilation([0, 1]), RELU).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv 2x2, dilation 0x1: a dilation is at least 1 in both directions"
    );
    for groups in [0, 3, 4] {
        let error = Conv::grouped(input, 6, groups, [2, 2], RELU).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "conv 2x2, stride 1x1: {groups} groups do not divide the depth 4 of the input and 6 filters: use a number that \
                 divides both, such as 2"
            )
        );
    }
    let error = Conv::new(input, 1, Window::from([3, 2]).dilation([3, 1]), RELU).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv 3x2, dilation 3x1: its window is larger than the input 5x5: pad by 1x0, or use a filter of at most 2x5"
    );
    let sides = Padding::Sides {
        front: [1, 0],
        behind: [0, 0],
    };
    let window = Window::from([3, 3]).stride([2, 2]).padding(sides);
    let error = Conv::new(input, 1, window, RELU).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv 3x3, stride 2x2, padding 1x0 in front and 0x0 behind: the last window must end at the edge of the input 4x5x5 \
         padded by 1x0 in front and 0x0 behind, but 1 row is left over: use a filter of 2x3 or 4x3, or an input of 4x5 or 6x5, \
         or choose `Remainder::Floor` or `Ceil`"
    );
    assert!(Upsample::new(input, [0, 1]).is_err());
}

/// The names of layers say what is not usual.
#[test]
fn names_say_what_was_chosen() {
    let input = shape([4, 9, 9]);
    let window = Window::from([3, 3]).stride([2, 2]).dilation([2, 1]);
    let window = window.padding(Padding::Same);
    let conv = Conv::grouped(input, 8, 2, window, RELU).unwrap();
    assert_eq!(
        conv.spec().name,
        "conv 8@3x3 groups 2 stride 2x2 dilation 2x1 padding same relu"
    );
    let pool = MaxPool::new(input, Window::from([2, 2]).remainder(Remainder::Ceil)).unwrap();
    assert_eq!(pool.spec().name, "max-pool 2x2 ceil");
}

/// Constants of normalisation, dropout and scales that nothing can be computed with.
#[test]
fn constants_that_cannot_be() {
    use gradflow_layers::{BatchNorm, Dropout, LayerNorm, Rescale};
    let input = shape([2, 3, 3]);
    let nan = f64::NAN;
    for epsilon in [0.0, -1e-5, 1e-300, 1e300, f64::INFINITY, nan] {
        let words = format!(
            "an epsilon of {epsilon}: it is positive and neither huge nor tiny; 1e-5 is usual"
        );
        let of_batch = BatchNorm::new(input, 0.1, epsilon).unwrap_err();
        let of_layer = LayerNorm::new(input, epsilon).unwrap_err();
        assert_eq!(of_batch.to_string(), format!("batch norm: {words}"));
        assert_eq!(of_layer.to_string(), format!("layer norm: {words}"));
    }
    for momentum in [0.0, -0.1, 1.5, nan] {
        let found = BatchNorm::new(input, momentum, 1e-5)
            .unwrap_err()
            .to_string();
        assert!(
            found.starts_with(&format!("batch norm: a momentum of {momentum}, ")),
            "{found}"
        );
    }
    for rate in [1.0, -0.1, 1.5, nan, f64::INFINITY] {
        let found = Dropout::new(input, rate).unwrap_err().to_string();
        assert!(
            found.starts_with(&format!("dropout: a rate of {rate}, ")),
            "{found}"
        );
    }
    let scale = |offset: &[f64], scale: &[f64]| {
        Rescale::<f32>::new(input, offset, scale)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        scale(&[0.0; 3], &[1.0]),
        "rescale: 3 numbers as offset of inputs of 2x3x3: give 1 for all, 2 for the channels, or 18 for the elements"
    );
    assert!(scale(&[0.0], &[]).starts_with("rescale: 0 numbers as scale"));
    for bad in [nan, f64::INFINITY, 1e300] {
        assert!(scale(&[0.0, bad], &[1.0]).starts_with(&format!("rescale: offset 1 is {bad}: ")));
    }
    for bad in [0.0, nan, f64::INFINITY, 1e300, 1e-300, 1e-40] {
        assert!(scale(&[0.0], &[1.0, bad]).starts_with(&format!("rescale: scale 1 is {bad}: ")));
    }
    // Twice so many parameters cannot be addressed; nothing is reserved.
    let huge = shape([1 << 29, 1 << 30, 1]);
    assert!(LayerNorm::new(huge, 1e-5).is_err());
    assert!(Dropout::new(huge, 0.5).is_ok() && Rescale::<f64>::new(huge, &[0.0], &[2.0]).is_ok());
}
