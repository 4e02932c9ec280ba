//! Stacks against sums in `f64`.

use super::*;
use crate::cpu::available;

/// A number in [-1, 1) for each place.
fn number(i: usize) -> f64 {
    ((i * 2_654_435_761 + 12_345) % 100_003) as f64 / 50_001.5 - 1.0
}

fn numbers<T: Real>(len: usize, seed: usize) -> Vec<T> {
    (0..len)
        .map(|i| T::from_f64(number(i + 7919 * seed)))
        .collect()
}

/// The outputs of layers of these widths in `f64`, and sums of magnitudes, by which errors are judged.
fn expected<T: Real>(
    widths: &[usize],
    theta: &[(Vec<T>, Vec<T>)],
    f: Unary<f64>,
    x: &[T],
) -> Vec<f64> {
    let mut x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
    for (i, (weight, bias)) in theta.iter().enumerate() {
        let last = i + 2 == widths.len();
        let rows = weight.chunks_exact(widths[i]).zip(bias);
        x = rows
            .map(|(row, bias)| {
                let terms = row.iter().zip(&x).map(|(w, x)| w.to_f64() * x);
                let z = bias.to_f64() + terms.sum::<f64>();
                if last { z } else { f.value(z) }
            })
            .collect();
    }
    x
}

fn check<T: Real>(widths: &[usize], tolerance: f64) {
    let theta: Vec<(Vec<T>, Vec<T>)> = (widths.windows(2).enumerate())
        .map(|(i, w)| {
            // Small enough that sums stay near 1.
            let scale = T::from_f64(1.0 / (w[0] as f64).sqrt());
            let weight = numbers::<T>(w[0] * w[1], i)
                .iter()
                .map(|w| *w * scale)
                .collect();
            (weight, numbers(w[1], 100 + i))
        })
        .collect();
    let last = theta.len() - 1;
    let layers: Vec<DenseLayer<'_, T>> = (theta.iter().enumerate())
        .map(|(i, (weight, bias))| DenseLayer {
            weight,
            bias,
            function: if i == last {
                Unary::Identity
            } else {
                Unary::Tanh
            },
        })
        .collect();
    let stack = DenseStack::new(&layers).expect("a stack");
    let (inputs, outputs) = stack.sizes();
    for level in available() {
        for samples in [1, 2, 5] {
            let x = numbers::<T>(samples * inputs, 1000 + samples);
            let mut scratch = vec![T::from_f64(f64::NAN); stack.scratch_len()];
            let mut p = vec![T::ZERO; samples * outputs];
            stack.apply_at(level, &x, &mut p, &mut scratch);
            for (x, p) in x.chunks(inputs).zip(p.chunks(outputs)) {
                for (p, e) in p.iter().zip(expected(widths, &theta, Unary::Tanh, x)) {
                    let error = (p.to_f64() - e).abs();
                    assert!(
                        error <= tolerance,
                        "{widths:?} {level:?} {samples}: {p} and {e}"
                    );
                }
            }
        }
    }
}

/// Every width of panels and every rest; sums of up to three pieces. Errors of sums of a thousand terms of size 0.03, in units
/// of 1.2e-7 or 2.2e-16.
#[test]
fn stacks_are_layers_one_after_the_other() {
    for widths in [
        &[5, 32, 16, 8, 4, 2][..],
        &[1, 1],
        &[3, 9, 17, 1],
        &[7, 24, 40, 56],
        &[16, 64, 10],
        &[20, 100, 3],
        &[784, 128, 10],
        &[1100, 72],
        &[1, 130, 2],
        &[6144, 3],
    ] {
        check::<f32>(widths, 4e-5);
        check::<f64>(widths, 1e-13);
    }
}

#[test]
fn what_is_no_stack_is_refused() {
    let layer = |weight, bias| DenseLayer::<f64> {
        weight,
        bias,
        function: Unary::Relu,
    };
    let (two, one) = (layer(&[1.0; 6], &[0.0; 2]), layer(&[1.0; 2], &[0.0]));
    assert!(DenseStack::new(&[two, one]).is_some());
    for layers in [
        &[][..],
        &[one, two],
        &[layer(&[1.0; 5], &[0.0; 2])],
        &[layer(&[], &[0.0])],
        &[layer(&[1.0], &[])],
        &[layer(&[1.0; LONG + 1], &[0.0])],
    ] {
        assert!(DenseStack::new(layers).is_none(), "{layers:?}");
    }
}

#[test]
#[should_panic = "outputs of a dense stack"]
fn lengths_are_checked() {
    let layer = DenseLayer {
        weight: &[1.0_f32; 6],
        bias: &[0.0; 2],
        function: Unary::Relu,
    };
    let stack = DenseStack::new(&[layer]).expect("a stack");
    let mut scratch = vec![0.0; stack.scratch_len()];
    stack.apply(&[1.0; 6], &mut [0.0; 3], &mut scratch);
}
