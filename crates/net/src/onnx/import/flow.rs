//! What happens to a sample between input and output: steps, each with those before it.

use gradflow_layers::{Join, Recipe};
use gradflow_tensor::Shape;

/// Where a sample goes through.
#[derive(Debug)]
pub(super) struct Step<T> {
    /// The steps whose outputs it reads; the input has none.
    pub(super) from: Vec<usize>,
    pub(super) kind: Kind<T>,
    /// The shape of what it puts out.
    pub(super) shape: Shape<3>,
    /// The node of the graph that it comes from, for errors.
    pub(super) node: usize,
    /// The last step before it that every sample goes through on its way here.
    pub(super) gate: usize,
    /// Gates in front of it, and one of them further away: from gate to gate in leaps.
    depth: usize,
    leap: usize,
}

/// What a step does.
#[derive(Debug)]
pub(super) enum Kind<T> {
    Input,
    /// A layer with its parameters and its state.
    Layer(Recipe, Vec<T>, Vec<T>),
    /// A dense layer or a convolution whose biases are still 0.
    NoBias(Recipe, Vec<T>),
    /// `(x - offset)/scale`, each one number, or one for each channel or element.
    Affine(Vec<f64>, Vec<f64>),
    /// A part of an activation, of which no layer is made alone.
    Primitive(Primitive),
    /// Numbers around a picture, in front and behind, for the window that follows.
    Pad([[usize; 2]; 2], f64),
    Join(Join),
    Softmax,
    /// The probabilities `1 - p` and `p` of a logistic function.
    Pair,
}

/// Functions that activations are composed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    Abs,
    /// Whether it is above a number.
    Above,
    Erf,
    Square,
    Sqrt,
}

/// All steps; each stands behind those that it reads.
#[derive(Debug)]
pub(super) struct Flow<T> {
    pub(super) steps: Vec<Step<T>>,
}

impl<T> Flow<T> {
    pub(super) fn new(input: Shape<3>) -> Self {
        let step = Step {
            from: Vec::new(),
            kind: Kind::Input,
            shape: input,
            node: usize::MAX,
            gate: 0,
            depth: 0,
            leap: 0,
        };
        Self { steps: vec![step] }
    }

    /// Adds a step, and returns its number.
    pub(super) fn push(
        &mut self,
        node: usize,
        from: Vec<usize>,
        kind: Kind<T>,
        shape: Shape<3>,
    ) -> usize {
        let gate = from.iter().copied().reduce(|a, b| self.meet(a, b));
        let gate = gate.unwrap_or(0);
        let (at, leap) = (&self.steps[gate], self.steps[gate].leap);
        // Two leaps of the same length make one that is twice as long: any gate is reached in some log n of them.
        let same = at.depth - self.steps[leap].depth
            == self.steps[leap].depth - self.steps[self.steps[leap].leap].depth;
        let (depth, leap) = (
            at.depth + 1,
            if same { self.steps[leap].leap } else { gate },
        );
        self.steps.push(Step {
            from,
            kind,
            shape,
            node,
            gate,
            depth,
            leap,
        });
        self.steps.len() - 1
    }

    /// The last step that every way to both goes through, or one of the two itself.
    fn meet(&self, mut a: usize, mut b: usize) -> usize {
        let depth = |step: usize| self.steps[step].depth;
        if depth(a) < depth(b) {
            (a, b) = (b, a);
        }
        while depth(a) > depth(b) {
            let Step { gate, leap, .. } = self.steps[a];
            a = if depth(leap) >= depth(b) { leap } else { gate };
        }
        while a != b {
            let (one, two) = (&self.steps[a], &self.steps[b]);
            (a, b) = match one.leap != two.leap {
                true => (one.leap, two.leap),
                false => (one.gate, two.gate),
            };
        }
        a
    }

    /// `x` is `factor base + shift`: plain scales taken away from a step.
    pub(super) fn peel(&self, mut step: usize) -> (usize, f64, f64) {
        let (mut factor, mut shift) = (1.0, 0.0);
        // Activations are made of few; more are none.
        for _ in 0..8 {
            let Kind::Affine(offset, scale) = &self.steps[step].kind else {
                break;
            };
            let ([offset], [scale]) = (&offset[..], &scale[..]) else {
                break;
            };
            // factor (x - offset)/scale + shift
            shift -= factor * offset / scale;
            factor /= scale;
            step = self.steps[step].from[0];
        }
        (step, factor, shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gate of a step by its definition: without it, the input is not reached.
    fn slow(flow: &Flow<f32>, step: usize) -> usize {
        let reaches = |without: usize| {
            let mut todo = flow.steps[step].from.clone();
            let mut seen = vec![false; flow.steps.len()];
            while let Some(at) = todo.pop() {
                if at == 0 && without != 0 {
                    return true;
                }
                if at != without && !std::mem::replace(&mut seen[at], true) {
                    todo.extend(&flow.steps[at].from);
                }
            }
            false
        };
        (0..step)
            .rev()
            .find(|gate| !reaches(*gate))
            .expect("the input")
    }

    #[test]
    fn gates_are_what_all_ways_go_through() {
        let shape = Shape::vector(1).expect("small");
        let mut flow = Flow::<f32>::new(shape);
        // A fixed sequence of numbers that look random: Knuth's generator.
        let mut random = 1_u64;
        for step in 1..200 {
            let mut draw = |below: usize| {
                random = random
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (random >> 33) as usize % below
            };
            let reads = 1 + draw(3) / 2;
            let from = (0..reads).map(|_| step - 1 - draw(step.min(6))).collect();
            assert_eq!(flow.push(0, from, Kind::Softmax, shape), step);
            assert_eq!(flow.steps[step].gate, slow(&flow, step), "step {step}");
        }
    }
}
