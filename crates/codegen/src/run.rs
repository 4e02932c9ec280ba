//! A plan in floating point, computed here: what its sources compute, in the same order.

use gradflow::data::Encoding;

use crate::plan::{INPUT, Op, Plan, Slide, features};

/// The result for one sample; `look` sees what each step leaves, by its number.
pub(crate) fn run(plan: &Plan, x: &[f32], mut look: impl FnMut(usize, &[f32])) -> Vec<f32> {
    walk(plan, x, compute, |number, op, p| {
        look(number, &p[..op.end()]);
    })
}

/// Does the steps of a plan, of numbers of any kind; `look` sees the buffer that each step leaves.
pub(crate) fn walk<T: Copy + Default, O>(
    plan: &Plan<O>,
    x: &[T],
    compute: impl Fn(&O, &[T], &mut [T]),
    mut look: impl FnMut(usize, &O, &[T]),
) -> Vec<T> {
    let lens = plan.buffers.iter();
    let mut buffers: Vec<Vec<T>> = lens.map(|len| vec![T::default(); *len]).collect();
    buffers[INPUT] = x.to_vec();
    for (number, step) in plan.steps.iter().enumerate() {
        let from = match step.from == step.to {
            true => buffers[step.from].clone(),
            false => core::mem::take(&mut buffers[step.from]),
        };
        compute(&step.op, &from, &mut buffers[step.to]);
        look(number, &step.op, &buffers[step.to]);
        if step.from != step.to {
            buffers[step.from] = from;
        }
    }
    let mut result = core::mem::take(&mut buffers[plan.result]);
    result.truncate(plan.outputs);
    result
}

fn compute(op: &Op, x: &[f32], p: &mut [f32]) {
    let len = op.end();
    match op {
        Op::Dense { weights, biases } => {
            p[..len].copy_from_slice(biases);
            for (row, x) in weights.iter().zip(x) {
                for (p, w) in p.iter_mut().zip(row) {
                    *p += w * x;
                }
            }
        }
        Op::Conv {
            slide,
            groups,
            filters,
            biases,
        } => conv((slide, *groups), (filters, biases), (x, p)),
        Op::MaxPool(slide) => pool(slide, (x, p), |_, x, taps| {
            taps.iter().fold(f32::NEG_INFINITY, |m, at| m.max(x[*at]))
        }),
        Op::AvgPool { slide, padded } => pool(slide, (x, p), |at, x, taps| {
            let sum: f32 = taps.iter().map(|at| x[*at]).sum();
            sum / slide.count(at, *padded) as f32
        }),
        Op::Upsample { input, factor } => {
            for (i, p) in p[..len].iter_mut().enumerate() {
                *p = x[upsampled(*input, *factor, i)];
            }
        }
        Op::Activation { activation, .. } => {
            for (p, x) in p[..len].iter_mut().zip(x) {
                *p = activation.value(f64::from(*x)) as f32;
            }
        }
        Op::Scale {
            positions,
            offset,
            factor,
            shift,
        } => {
            for (i, (p, x)) in p[..len].iter_mut().zip(x).enumerate() {
                let c = i / positions;
                *p = (x - offset[c]) * factor[c] + shift[c];
            }
        }
        Op::LayerNorm {
            gain,
            shift,
            epsilon,
        } => layer_norm([gain, shift], *epsilon, &x[..len], p),
        Op::Copy { at, .. } => p[*at..len].copy_from_slice(&x[..len - at]),
        Op::Add { .. } => p.iter_mut().zip(&x[..len]).for_each(|(p, x)| *p += x),
        Op::Columns(columns) => {
            let mut at = 0;
            for (column, x) in columns.iter().zip(x) {
                encode(column, *x, &mut p[at..]);
                at += features(column);
            }
        }
        Op::Softmax { .. } => softmax(&x[..len], &mut p[..len]),
    }
}

fn layer_norm([gain, shift]: [&[f32]; 2], epsilon: f32, x: &[f32], p: &mut [f32]) {
    let len = x.len() as f32;
    let mean = x.iter().sum::<f32>() / len;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / len;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for (i, (p, x)) in p.iter_mut().zip(x).enumerate() {
        *p = (x - mean) * scale * gain[i] + shift[i];
    }
}

fn softmax(x: &[f32], p: &mut [f32]) {
    let largest = x.iter().fold(f32::NEG_INFINITY, |m, x| m.max(*x));
    let terms = p.iter_mut().zip(x);
    terms.for_each(|(p, x)| *p = (x - largest).exp());
    let sum: f32 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= sum);
}

/// The features of a value of a column.
fn encode(column: &Encoding, x: f32, p: &mut [f32]) {
    let missing = if x.is_nan() { 1.0 } else { 0.0 };
    match column {
        Encoding::Filled { value, flag } => {
            p[0] = if x.is_nan() { *value as f32 } else { x };
            if *flag {
                p[1] = missing;
            }
        }
        Encoding::OneHot { values, flag, .. } => {
            for (value, p) in p[..values.len()].iter_mut().enumerate() {
                *p = if x == value as f32 { 1.0 } else { 0.0 };
            }
            if *flag {
                p[values.len()] = missing;
            }
        }
        _ => p[0] = x,
    }
}

fn conv(of: (&Slide, usize), constants: (&[f32], &[f32]), values: (&[f32], &mut [f32])) {
    convolve(of, constants, values, |sum, f, x| sum + f * x, |_, sum| sum);
}

/// The sums of a convolution, from its biases on; `add` adds a product, `end` makes an element of channel and sum.
pub(crate) fn convolve<T: Copy, S: Copy>(
    (slide, groups): (&Slide, usize),
    (filters, biases): (&[T], &[S]),
    (x, p): (&[T], &mut [T]),
    add: impl Fn(S, T, T) -> S,
    end: impl Fn(usize, S) -> T,
) {
    let (inside, outside) = (slide.input[0] / groups, slide.output[0] / groups);
    let all = slide.size[0] * slide.size[1];
    let places = slide.output[1] * slide.output[2];
    for (place, at) in slide.places().enumerate() {
        let taps: Vec<_> = slide.taps(at).collect();
        for (i, bias) in biases.iter().enumerate() {
            let mut sum = *bias;
            for a in 0..inside {
                let plane = &x[(i / outside * inside + a) * slide.plane()..];
                let filter = &filters[(i * inside + a) * all..];
                for (tap, at) in &taps {
                    sum = add(sum, filter[*tap], plane[*at]);
                }
            }
            p[i * places + place] = end(i, sum);
        }
    }
}

/// The value of each window, of its place, a plane, and the elements that it has of it.
pub(crate) fn pool<T>(
    slide: &Slide,
    (x, p): (&[T], &mut [T]),
    value: impl Fn([usize; 2], &[T], &[usize]) -> T,
) {
    let places = slide.output[1] * slide.output[2];
    for (place, at) in slide.places().enumerate() {
        let taps: Vec<usize> = slide.taps(at).map(|(_, at)| at).collect();
        for (i, x) in x.chunks(slide.plane()).take(slide.input[0]).enumerate() {
            p[i * places + place] = value(at, x, &taps);
        }
    }
}

/// Where the element `i` of an upsampled picture comes from.
pub(crate) fn upsampled([_, iv, ih]: [usize; 3], [v, h]: [usize; 2], i: usize) -> usize {
    let (ov, oh) = (iv * v, ih * h);
    let (plane, row, column) = (i / (ov * oh), i / oh % ov, i % oh);
    (plane * iv + row / v) * ih + column / h
}
