//! Pooling against its definition, ties and NaN included.

use crate::*;
use gradflow_layers::{AvgPool, Describe, MaxPool, Padding, Remainder, Upsample, Window};
use gradflow_tensor::Shape;
use gradflow_testing::config;
use proptest::collection::vec;
use proptest::prelude::*;

/// For each output, the flat positions of its window in row-major order, and the number of its elements in the padded input.
fn windows(input: Shape<3>, output: Shape<3>, window: Window) -> Vec<(Vec<usize>, usize)> {
    let elements = Shape::new(window.size).unwrap();
    let stride = window.stride.unwrap_or(window.size);
    let [front, behind] = match window.padding {
        Padding::Both(both) => [both; 2],
        Padding::Sides { front, behind } => [front, behind],
        other => panic!("{other}"),
    };
    let of = |[i, j, k]: [usize; 3]| {
        let (mut inside, mut padded) = (Vec::new(), 0);
        for offset in elements.indices() {
            let place = [0, 1].map(|d| offset[d] * window.dilation[d] + [j, k][d] * stride[d]);
            let is_padded = |d: usize| place[d] < front[d] + input.dims()[d + 1] + behind[d];
            padded += usize::from(is_padded(0) && is_padded(1));
            if let [Some(y), Some(x)] = [0, 1].map(|d| place[d].checked_sub(front[d])) {
                inside.extend(input.flatten([i, y, x]));
            }
        }
        (inside, padded)
    };
    output.indices().map(of).collect()
}

/// Input and window: windows that overlap, touch, leave elements out or the input, also of 2x2 with stride 2.
fn sizes() -> impl Strategy<Value = (Shape<3>, Window)> {
    // Outputs, size, stride, dilation, padding in front and behind, elements left over.
    let one = Just(1_usize);
    let none = Just(0_usize);
    let most = 1..=4_usize;
    let usual = (
        most.clone(),
        1..=3_usize,
        most.clone(),
        one,
        none,
        none,
        0..=2_usize,
    );
    let twos = (
        most.clone(),
        Just(2_usize),
        Just(2_usize),
        one,
        none,
        none,
        0..=1_usize,
    );
    let free = (
        most.clone(),
        1..=3_usize,
        most,
        1..=3_usize,
        0..=2_usize,
        0..=2_usize,
        0..=3_usize,
    );
    let array = |(a, b, c, d, e, f, g): (usize, usize, usize, usize, usize, usize, usize)| {
        [a, b, c, d, e, f, g]
    };
    let axis = prop_oneof![
        usual.prop_map(array),
        twos.prop_map(array),
        free.prop_map(array)
    ];
    let remainder = proptest::sample::select(vec![Remainder::Floor, Remainder::Ceil]);
    (1..=3_usize, [axis.clone(), axis], remainder).prop_filter_map(
        "windows that meet the input",
        |(depth, axes, remainder): (usize, [[usize; 7]; 2], Remainder)| {
            let of = |which: usize| axes.map(|axis| axis[which]);
            let (size, stride, dilation, front, behind) = (of(1), of(2), of(3), of(4), of(5));
            let input = |axis: usize| {
                let [output, size, stride, dilation, front, behind, left] = axes[axis];
                let padded = (output - 1) * stride + (size - 1) * dilation + 1 + left % stride;
                padded.checked_sub(front + behind)
            };
            let input = Shape::new([depth, input(0)?, input(1)?]).ok()?;
            let window = Window::from(size)
                .stride(stride)
                .dilation(dilation)
                .padding(Padding::Sides { front, behind })
                .remainder(remainder);
            MaxPool::new(input, window).ok().map(|_| (input, window))
        },
    )
}

/// A case with values among few, so that ties are frequent, and now and then a NaN or an infinity.
fn cases() -> impl Strategy<Value = (Shape<3>, Window, Vec<f64>, Vec<f64>)> {
    let value = prop_oneof![
        12 => (-2..=2_i8).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
    ];
    sizes().prop_flat_map(move |(input, window)| {
        let outputs = MaxPool::new(input, window).expect("fits").spec().output;
        let (x, p_bar) = (
            vec(value.clone(), 2 * input.len()),
            vec(-1.5..1.5_f64, 2 * outputs.len()),
        );
        (Just(input), Just(window), x, p_bar)
    })
}

proptest! {
    #![proptest_config(config(500))]

    /// A NaN in the window is the maximum; otherwise the first of the largest in row-major order, which takes the whole gradient.
    #[test]
    fn maximum_takes_all((input, window, x, p_bar) in cases()) {
        let layer = MaxPool::new(input, window).unwrap();
        let output = layer.spec().output;
        let (mut p, mut x_bar) = (Vec::new(), vec![0.0; x.len()]);
        for s in 0..2 {
            for (o, (window, _)) in windows(input, output, window).iter().enumerate() {
                let value = |i: &usize| x[s * input.len() + i];
                let largest = window.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
                let winner = window.iter().position(|i| value(i).is_nan())
                    .or(window.iter().position(|i| value(i) == largest))
                    .map(|n| s * input.len() + window[n])
                    .expect("one of them");
                p.push(x[winner]);
                x_bar[winner] += p_bar[s * output.len() + o];
            }
        }
        // Bits, since NaN is not equal to itself.
        let bits = |v: &[f64]| v.iter().map(|v| if v.is_nan() { None } else { Some(v.to_bits()) }).collect::<Vec<_>>();
        prop_assert_eq!(bits(&forward(&layer, &[], &x)), bits(&p));
        assert_close(&backward(&layer, &[], &x, &p_bar).1, &x_bar);
    }

    /// The mean of the window; its gradient is shared equally.
    #[test]
    fn average_shares((input, window, x, p_bar) in cases(), with_padding: bool) {
        let x: Vec<f64> = x.iter().map(|x| if x.is_finite() { *x } else { 0.5 }).collect();
        let layer = AvgPool::new(input, window).unwrap();
        let layer = if with_padding { layer.counting_padding() } else { layer };
        let output = layer.spec().output;
        let (mut p, mut x_bar) = (Vec::new(), vec![0.0; x.len()]);
        for s in 0..2 {
            for (o, (window, padded)) in windows(input, output, window).iter().enumerate() {
                let n = if with_padding { *padded } else { window.len() } as f64;
                p.push(window.iter().map(|i| x[s * input.len() + i]).sum::<f64>() / n);
                for i in window {
                    x_bar[s * input.len() + i] += p_bar[s * output.len() + o] / n;
                }
            }
        }
        assert_close(&forward(&layer, &[], &x), &p);
        assert_close(&backward(&layer, &[], &x, &p_bar).1, &x_bar);
    }
}

#[test]
fn first_of_equals_takes_all() {
    let layer = MaxPool::new(Shape::new([1, 2, 4]).unwrap(), [2, 2]).unwrap();
    let x = [1.0, 3.0, f64::NAN, 9.0, 3.0, 3.0, 9.0, f64::NAN];
    let p = forward(&layer, &[], &x);
    assert_eq!(p[0], 3.0);
    assert!(p[1].is_nan());
    let x_bar = backward(&layer, &[], &x, &[1.0, 10.0]).1;
    assert_eq!(x_bar, [0.0, 1.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn overlapping_windows_add_up() {
    let input = Shape::new([1, 1, 3]).unwrap();
    let window = Window::from([1, 2]).stride([1, 1]);
    let max = MaxPool::new(input, window).unwrap();
    assert_eq!(
        backward(&max, &[], &[0.0, 5.0, 1.0], &[1.0, 10.0]).1,
        [0.0, 11.0, 0.0]
    );
    let avg = AvgPool::new(input, window).unwrap();
    assert_eq!(
        backward(&avg, &[], &[0.0, 5.0, 1.0], &[1.0, 10.0]).1,
        [0.5, 5.5, 5.0]
    );
    assert_eq!(avg.spec().name, "avg-pool 1x2 stride 1x1");
}

/// Outputs of every kind of padding and remainder, as PyTorch and Keras have them.
#[test]
fn sizes_are_those_of_the_field() {
    let outputs = |length: usize, window: Window| {
        let pool = AvgPool::new(Shape::new([1, 1, length]).unwrap(), window);
        pool.unwrap().spec().output.dims()[2]
    };
    let three = Window::from([1, 3]).stride([1, 2]);
    for (length, padding, remainder, expected) in [
        (8, Padding::default(), Remainder::Floor, 3),
        (8, Padding::default(), Remainder::Ceil, 4),
        (7, Padding::default(), Remainder::Ceil, 3),
        (7, Padding::Same, Remainder::Refuse, 4),
        (8, Padding::Same, Remainder::Refuse, 4),
        (8, Padding::Causal, Remainder::Refuse, 4),
        // A fifth window would stand behind the input.
        (8, Padding::Causal, Remainder::Ceil, 4),
        // A third window would start in the padding behind.
        (2, Padding::Both([0, 1]), Remainder::Floor, 1),
        (3, Padding::Both([0, 1]), Remainder::Ceil, 2),
        (4, Padding::Both([0, 1]), Remainder::Ceil, 3),
    ] {
        let window = three.padding(padding).remainder(remainder);
        assert_eq!(outputs(length, window), expected, "{length}: {window:?}");
    }
    // With stride 4 and size 1, the last of the rounded up would start behind the input.
    let sparse = Window::from([1, 1])
        .stride([1, 4])
        .remainder(Remainder::Ceil);
    assert_eq!((outputs(5, sparse), outputs(4, sparse)), (2, 1));
}

/// Padding is never the maximum, and counts in a mean only if that is chosen.
#[test]
fn padding_of_pools() {
    let input = Shape::new([1, 1, 2]).unwrap();
    let window = Window::from([1, 3]).stride([1, 1]).padding([0, 1]);
    let max = MaxPool::new(input, window).unwrap();
    assert_eq!(forward(&max, &[], &[-5.0, -7.0]), [-5.0, -5.0]);
    let avg = AvgPool::new(input, window).unwrap();
    assert_eq!(forward(&avg, &[], &[3.0, 9.0]), [6.0, 6.0]);
    let all = avg.counting_padding();
    assert_eq!(forward(&all, &[], &[3.0, 9.0]), [4.0, 4.0]);
    let alone = Window::from([1, 1]).padding([0, 1]);
    let error = MaxPool::new(input, alone).unwrap_err();
    assert_eq!(
        error.to_string(),
        "max-pool 1x1, stride 1x1, padding 0x1: a window would lie in the padding alone, of the input 1x2 padded by 0x1: pad by \
         less than the window reaches"
    );
}

/// Copies come back as sums; means and maxima of channels.
#[test]
fn upsampling_and_global_pools() {
    let input = Shape::new([2, 1, 2]).unwrap();
    let layer = Upsample::new(input, [2, 3]).unwrap();
    let x = [1.0, 2.0, 3.0, 4.0];
    let p = forward(&layer, &[], &x);
    let rows = |a: f64, b: f64| [a, a, a, b, b, b, a, a, a, b, b, b];
    assert_eq!(p, [rows(1.0, 2.0), rows(3.0, 4.0)].concat());
    assert_eq!(backward(&layer, &[], &x, &p).1, [6.0, 12.0, 18.0, 24.0]);
    let max = MaxPool::global(input).unwrap();
    assert_eq!(forward(&max, &[], &x), [2.0, 4.0]);
    assert_eq!(backward(&max, &[], &x, &[1.0, 5.0]).1, [0.0, 1.0, 0.0, 5.0]);
    let avg = AvgPool::global(input).unwrap();
    assert_eq!(forward(&avg, &[], &x), [1.5, 3.5]);
    assert_eq!(backward(&avg, &[], &x, &[1.0, 5.0]).1, [0.5, 0.5, 2.5, 2.5]);
    assert_eq!(avg.spec().name, "global avg-pool");
}
