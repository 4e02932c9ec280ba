//! A plan in floating point, computed here: what its sources compute, in the same order.

use gradflow::data::Encoding;

use crate::plan::{INPUT, Op, Plan, Slide, features};

/// The result for one sample; `look` sees what each step leaves, by its number.
pub(crate) fn run(plan: &Plan, x: &[f32], mut look: impl FnMut(usize, &[f32])) -> Vec<f32> {
    let mut buffers: Vec<Vec<f32>> = plan.buffers.iter().map(|len| vec![0.0; *len]).collect();
    buffers[INPUT] = x.to_vec();
    for (number, step) in plan.steps.iter().enumerate() {
        let from = match step.from == step.to {
            true => buffers[step.from].clone(),
            false => core::mem::take(&mut buffers[step.from]),
        };
        compute(&step.op, &from, &mut buffers[step.to]);
        look(number, &buffers[step.to][..step.op.end()]);
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
        } => conv(slide, *groups, [filters, biases], x, p),
        Op::MaxPool(slide) => pool(slide, x, p, |x, taps| {
            taps.iter().fold(f32::NEG_INFINITY, |m, at| m.max(x[*at]))
        }),
        Op::AvgPool { slide, padded } => avg_pool(slide, *padded, x, p),
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

fn conv(slide: &Slide, groups: usize, [filters, biases]: [&[f32]; 2], x: &[f32], p: &mut [f32]) {
    let (inside, outside) = (slide.input[0] / groups, slide.output[0] / groups);
    let [all, places] = [
        slide.size[0] * slide.size[1],
        slide.output[1] * slide.output[2],
    ];
    for (place, at) in slide.places().enumerate() {
        let taps: Vec<_> = slide.taps(at).collect();
        for (i, bias) in biases.iter().enumerate() {
            let mut sum = *bias;
            for a in 0..inside {
                let plane = &x[(i / outside * inside + a) * slide.plane()..];
                let filter = &filters[(i * inside + a) * all..];
                for (tap, at) in &taps {
                    sum += filter[*tap] * plane[*at];
                }
            }
            p[i * places + place] = sum;
        }
    }
}

fn pool(slide: &Slide, x: &[f32], p: &mut [f32], value: impl Fn(&[f32], &[usize]) -> f32) {
    let places = slide.output[1] * slide.output[2];
    for (place, at) in slide.places().enumerate() {
        let taps: Vec<usize> = slide.taps(at).map(|(_, at)| at).collect();
        for (i, x) in x.chunks(slide.plane()).take(slide.input[0]).enumerate() {
            p[i * places + place] = value(x, &taps);
        }
    }
}

fn avg_pool(slide: &Slide, padded: bool, x: &[f32], p: &mut [f32]) {
    let places = slide.output[1] * slide.output[2];
    pool(slide, x, p, |x, taps| taps.iter().map(|at| x[*at]).sum());
    for (place, at) in slide.places().enumerate() {
        let count = slide.count(at, padded) as f32;
        for i in 0..slide.output[0] {
            p[i * places + place] /= count;
        }
    }
}

/// Where the element `i` of an upsampled picture comes from.
pub(crate) fn upsampled([_, iv, ih]: [usize; 3], [v, h]: [usize; 2], i: usize) -> usize {
    let (ov, oh) = (iv * v, ih * h);
    let (plane, row, column) = (i / (ov * oh), i / oh % ov, i % oh);
    (plane * iv + row / v) * ih + column / h
}
