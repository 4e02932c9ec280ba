//! A network in fixed point, computed here. Generated sources give the same numbers.

use super::number::{End, Format};
use super::plan::{Network, Normal, Op, Pieces, root};
use crate::plan::{INPUT, Slide};
use crate::run::{run as run_float, upsampled};

/// Whole numbers of what the network reads, as the sources round.
pub(crate) fn quantise(input: Format, ready: &[f32]) -> Vec<i32> {
    let [multiplier, summand] = input.steps();
    let most = (input.high - input.low) as f32;
    let whole = |x: &f32| {
        let part = x * multiplier;
        let t = part + summand;
        let within = if t < most { t } else { most };
        (if t > 0.0 { within } else { 0.0 }) as i32 + input.low
    };
    ready.iter().map(whole).collect()
}

/// The prediction that the network's outputs stand for.
pub(crate) fn dequantise(pieces: &Pieces, q: &[i32]) -> Vec<f32> {
    let output = pieces.network.output;
    let scale = output.scale as f32;
    let x = q.iter().map(|q| (q - output.zero) as f32 * scale);
    run_float(&pieces.after, &x.collect::<Vec<f32>>(), |_, _| ())
}

/// The outputs of a network for one sample.
pub(crate) fn run(network: &Network, x: &[i32]) -> Vec<i32> {
    let plan = &network.plan;
    let mut buffers: Vec<Vec<i32>> = plan.buffers.iter().map(|len| vec![0; *len]).collect();
    buffers[INPUT] = x.to_vec();
    for step in &plan.steps {
        let from = match step.from == step.to {
            true => buffers[step.from].clone(),
            false => core::mem::take(&mut buffers[step.from]),
        };
        compute(&step.op, &from, &mut buffers[step.to]);
        if step.from != step.to {
            buffers[step.from] = from;
        }
    }
    let mut result = core::mem::take(&mut buffers[plan.result]);
    result.truncate(plan.outputs);
    result
}

fn compute(op: &Op, x: &[i32], p: &mut [i32]) {
    match op {
        Op::Dense {
            weights,
            biases,
            end,
        } => dense((weights, biases, end), x, p),
        Op::Conv {
            slide,
            groups,
            filters,
            biases,
            zero,
            end,
        } => conv(slide, *groups, (filters, biases, *zero), end, (x, p)),
        Op::Scale {
            positions,
            at,
            weights,
            biases,
            end,
        } => scale((*positions, *at), (weights, biases, end), x, p),
        Op::MaxPool(slide) => max_pool(slide, (x, p)),
        Op::AvgPool {
            slide,
            padded,
            zero,
            end,
        } => avg_pool((slide, *padded), *zero, end, (x, p)),
        Op::Upsample { input, factor } => {
            let len = input.iter().product::<usize>() * factor[0] * factor[1];
            for (i, p) in p[..len].iter_mut().enumerate() {
                *p = x[upsampled(*input, *factor, i)];
            }
        }
        Op::Table { len, table } => {
            for (p, x) in p[..*len].iter_mut().zip(x) {
                *p = table.value(*x);
            }
        }
        Op::Copy { len, at } => p[*at..at + len].copy_from_slice(&x[..*len]),
        Op::LayerNorm {
            normal,
            weights,
            biases,
            end,
        } => layer_norm(*normal, (weights, biases, end), x, p),
        Op::Add {
            len,
            weights: [v, w],
            bias,
            end,
        } => {
            for (p, x) in p[..*len].iter_mut().zip(x) {
                *p = end.of(0, product((v, x)) + product((w, p)) + bias);
            }
        }
    }
}

fn dense((weights, biases, end): (&[Vec<i32>], &[i64], &End), x: &[i32], p: &mut [i32]) {
    for (o, (weights, bias)) in weights.iter().zip(biases).enumerate() {
        p[o] = end.of(o, *bias + weights.iter().zip(x).map(product).sum::<i64>());
    }
}

fn max_pool(slide: &Slide, (x, p): (&[i32], &mut [i32])) {
    pool(slide, (x, p), |_, x, taps| {
        let inside = taps.iter().map(|at| x[*at]);
        inside.max().unwrap_or_default()
    });
}

fn avg_pool((slide, padded): (&Slide, bool), zero: i32, end: &End, (x, p): (&[i32], &mut [i32])) {
    pool(slide, (x, p), |at, x, taps| {
        let sum = taps.iter().map(|at| i64::from(x[*at] - zero)).sum();
        end.of(slide.count(at, padded) - 1, sum)
    });
}

fn scale(
    (positions, at): (usize, usize),
    (weights, biases, end): (&[i32], &[i64], &End),
    x: &[i32],
    p: &mut [i32],
) {
    let len = positions * weights.len();
    for (i, (p, x)) in p[at..].iter_mut().zip(&x[..len]).enumerate() {
        let c = i / positions;
        *p = end.of(c, product((&weights[c], x)) + biases[c]);
    }
}

fn layer_norm(
    normal: Normal,
    (weights, biases, end): (&[i32], &[i64], &End),
    x: &[i32],
    p: &mut [i32],
) {
    let x = &x[..weights.len()];
    let (n, all): (_, i64) = (x.len() as i64, x.iter().map(|x| i64::from(*x)).sum());
    let distance = |x: &i32| (n * i64::from(*x) - all) / normal.part;
    let squares = x.iter().map(|x| distance(x) * distance(x)).sum::<i64>();
    let root = root(squares + normal.epsilon);
    for (i, (p, x)) in p.iter_mut().zip(x).enumerate() {
        let u = distance(x) * normal.one / root;
        *p = end.of(i, i64::from(weights[i]) * u + biases[i]);
    }
}

fn product((w, x): (&i32, &i32)) -> i64 {
    i64::from(*w) * i64::from(*x)
}

fn conv(
    slide: &Slide,
    groups: usize,
    (filters, biases, zero): (&[i32], &[i64], i32),
    end: &End,
    (x, p): (&[i32], &mut [i32]),
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
                    sum += product((&filter[*tap], &(plane[*at] - zero)));
                }
            }
            p[i * places + place] = end.of(i, sum);
        }
    }
}

/// Each window's value, of a plane and the elements that it has of it.
fn pool(
    slide: &Slide,
    (x, p): (&[i32], &mut [i32]),
    value: impl Fn([usize; 2], &[i32], &[usize]) -> i32,
) {
    let places = slide.output[1] * slide.output[2];
    for (place, at) in slide.places().enumerate() {
        let taps: Vec<usize> = slide.taps(at).map(|(_, at)| at).collect();
        for (i, x) in x.chunks(slide.plane()).take(slide.input[0]).enumerate() {
            p[i * places + place] = value(at, x, &taps);
        }
    }
}
