//! Layers side by side on one input.

mod passes;

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use crate::child::{self, Child};
use crate::place::{Place, Plan, samples_of};
use crate::{Chain, Describe, Layer, LayerError, LayerFault, Mode, Recipe, Room, Spec};

/// How the outputs of branches become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Join {
    /// Added up; all have one shape.
    Sum,
    /// One after another along the depth; all have the same vertical and horizontal size.
    Concat,
}

/// Layers side by side on one input, their outputs added or concatenated: itself a layer.
///
/// ```text
/// Sum:     p = F_0(x) + F_1(x) + ...,   x_bar = F_0^T p_bar + F_1^T p_bar + ...
/// Concat:  p = (F_0(x), F_1(x), ...),   x_bar = F_0^T p_bar_0 + F_1^T p_bar_1 + ...
/// ```
///
/// Parameters, state and sites of the branches follow one another, as in a [`Chain`]. An empty chain among them is the skip
/// `F(x) = x`, which costs no memory. In training every other branch keeps its output apart from the sum, since
/// activations tell their slopes from their own outputs.
///
/// ```
/// use std::sync::Arc;
///
/// use gradflow_layers::{Activation, Conv, Describe, Recipe, residual};
/// use gradflow_tensor::Shape;
///
/// let input = Shape::new([4, 8, 8])?;
/// let f = Conv::padded(input, 4, [3, 3], [1, 1], [1, 1], Activation::Relu)?;
/// let layer = residual::<f32>(input, Arc::new(f))?; // p = x + F(x)
/// assert_eq!(layer.spec().output, input);
/// assert_eq!(layer.spec().blocks[0].name, "0.filter");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Branches<T: Real> {
    spec: Spec,
    join: Join,
    branches: Vec<Branch<T>>,
    /// Places of a copy of `p_bar` for one branch, and of one branch's `x_bar`.
    bars: [Place; 2],
}

/// A child, and its places in the scratch.
#[derive(Debug, Clone)]
struct Branch<T: Real> {
    child: Child<T>,
    /// Whether it is the empty chain.
    skip: bool,
    train: Places,
    predict: Places,
    /// Where its output begins within a concatenated sample.
    start: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Places {
    p: Place,
    scratch: Place,
}

/// `p = x + F(x)`: `F` beside a skip, summed.
///
/// # Errors
/// [`LayerError`] if `F` does not read this shape, or does not put it out.
pub fn residual<T: Real>(input: Shape<3>, f: Arc<dyn Layer<T>>) -> Result<Branches<T>, LayerError> {
    let skip = Arc::new(Chain::new(input, Vec::new())?);
    Branches::new(input, Join::Sum, vec![f, skip])
}

impl<T: Real> Branches<T> {
    /// The branches on inputs of this shape.
    ///
    /// # Errors
    /// [`LayerError`] if there is no branch; else with the index of the branch that does not read this shape, whose output
    /// does not fit the first one's, whose description does not hold together ([`Spec::check`]), or with which there are
    /// more parameters than memory can address.
    pub fn new(
        input: Shape<3>,
        join: Join,
        branches: Vec<Arc<dyn Layer<T>>>,
    ) -> Result<Self, LayerError> {
        let name = match join {
            Join::Sum => format!("sum of {}", branches.len()),
            Join::Concat => format!("concat of {}", branches.len()),
        };
        let mut spec = Spec::new(name, input, input);
        let mut children: Vec<Branch<T>> = Vec::with_capacity(branches.len());
        let mut start = 0;
        for (index, layer) in branches.into_iter().enumerate() {
            let skip = matches!(layer.recipe(), Some(Recipe::Chain(layers)) if layers.is_empty());
            let child = Child::adopt(&mut spec, index, input, layer)?;
            match children.first() {
                None => spec.output_range = child.layer.spec().output_range,
                Some(first) => join_with(join, &mut spec, first, index, &child)?,
            }
            let len = child.output.len();
            children.push(Branch {
                child,
                skip,
                train: Places::default(),
                predict: Places::default(),
                start,
            });
            start = start.saturating_add(len);
        }
        spec.output = output(join, &children).map_err(|fault| refuse(&spec, fault))?;
        spec.predict = plan_prediction(join, &mut children);
        let bars;
        (spec.train, bars) = plan_training(join, input, &mut children);
        Ok(Self {
            spec,
            join,
            branches: children,
            bars,
        })
    }
}

fn refuse(spec: &Spec, fault: LayerFault) -> LayerError {
    LayerError::new(spec.name.clone(), fault)
}

/// Checks that a branch's output fits the first one's, and widens the range of the outputs.
fn join_with<T: Real>(
    join: Join,
    spec: &mut Spec,
    first: &Branch<T>,
    index: usize,
    child: &Child<T>,
) -> Result<(), LayerError> {
    let ([depth, v, h], came) = (first.child.output.dims(), child.output);
    let depth = match join {
        Join::Sum => depth,
        Join::Concat => came.dims()[0],
    };
    let (low, high) = spec.output_range;
    let (l, h_) = child.layer.spec().output_range;
    spec.output_range = match join {
        Join::Sum => (low + l, high + h_),
        Join::Concat => (low.min(l), high.max(h_)),
    };
    if came.dims() == [depth, v, h] {
        return Ok(());
    }
    let name = child.layer.spec().name.clone();
    let fault = Shape::new([depth, v, h]).map_or_else(LayerFault::Shape, |expected| {
        LayerFault::Mismatch { expected, came }
    });
    Err(LayerError::new(name, fault).within(index))
}

/// The shape of all branches' outputs joined.
fn output<T: Real>(join: Join, branches: &[Branch<T>]) -> Result<Shape<3>, LayerFault> {
    let first = branches.first().ok_or(LayerFault::NoBranches)?;
    let [depth, vertical, horizontal] = first.child.output.dims();
    let depth = match join {
        Join::Sum => depth,
        Join::Concat => branches.iter().fold(0_usize, |depth, branch| {
            depth.saturating_add(branch.child.output.dims()[0])
        }),
    };
    Ok(Shape::new([depth, vertical, horizontal])?)
}

/// One buffer for an output and one scratch for all branches. The first output that is summed is computed in place.
fn plan_prediction<T: Real>(join: Join, branches: &mut [Branch<T>]) -> Room {
    let mut plan = Plan::default();
    let (mut widest, mut most) = (0, Room::NONE);
    for branch in branches.iter().filter(|branch| !branch.skip) {
        most = most.or(branch.child.layer.spec().predict);
        if !branch.in_place(join, Mode::Predict) {
            widest = widest.max(branch.child.output.len());
        }
    }
    let (p, scratch) = (plan.place(samples_of(widest)), plan.place(most));
    for branch in branches.iter_mut().filter(|branch| !branch.skip) {
        branch.predict.scratch = scratch;
        if !branch.in_place(join, Mode::Predict) {
            branch.predict.p = p;
        }
    }
    plan.room()
}

/// A place of its own for every output and every scratch, and the two bars.
fn plan_training<T: Real>(
    join: Join,
    input: Shape<3>,
    branches: &mut [Branch<T>],
) -> (Room, [Place; 2]) {
    let mut plan = Plan::default();
    let (mut widest, mut working) = (0, 0);
    for branch in branches.iter_mut().filter(|branch| !branch.skip) {
        let len = branch.child.output.len();
        branch.train = Places {
            p: plan.place(samples_of(len)),
            scratch: plan.place(branch.child.layer.spec().train),
        };
        widest = widest.max(len);
        working += 1;
    }
    // The last branch of a sum uses up the `p_bar` that came.
    let copies = join == Join::Concat || working > 1;
    // Whatever is written first needs no place beside `x_bar`.
    let adds = working > 0 && branches.len() > 1;
    let p_bar = plan.place(samples_of(if copies { widest } else { 0 }));
    let x_bar = plan.place(samples_of(if adds { input.len() } else { 0 }));
    (plan.room(), [p_bar, x_bar])
}

impl<T: Real> Branch<T> {
    /// Whether the output is computed where the sum stands.
    fn in_place(&self, join: Join, mode: Mode) -> bool {
        mode == Mode::Predict && join == Join::Sum && self.start == 0
    }
}

impl<T: Real> Describe for Branches<T> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let children = self.branches.iter().map(|branch| &branch.child);
        Some(Recipe::Branches {
            join: self.join,
            branches: child::recipes(children)?,
        })
    }
}
