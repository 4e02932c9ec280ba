//! A network in fixed point, computed here. Generated sources give the same numbers.

use super::number::{End, Format};
use super::plan::{Network, Normal, Op, Pieces, root};
use crate::plan::Slide;
use crate::run::{convolve, pool, run as run_float, upsampled, walk};

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
    walk(&network.plan, x, compute, |_, _, _| ())
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
        } => conv((slide, *groups), (filters, biases, *zero), end, (x, p)),
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
    of: (&Slide, usize),
    (filters, biases, zero): (&[i32], &[i64], i32),
    end: &End,
    values: (&[i32], &mut [i32]),
) {
    let add = |sum, f, x: i32| sum + product((&f, &(x - zero)));
    convolve(of, (filters, biases), values, add, |i, sum| end.of(i, sum));
}
