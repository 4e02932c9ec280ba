//! Layers side by side on one input.

mod passes;

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use crate::child::{self, Child};
use crate::place::{Place, ScratchLayout, samples_of};
use crate::{Chain, Describe, Join, Layer, LayerError, LayerFault, Mode, Recipe, Room, Spec};

/// Layers side by side on one input, their outputs added or concatenated: itself a layer.
///
/// ```text
/// Sum:     p = F_0(x) + F_1(x) + ...,   x_bar = F_0ᵀ p_bar + F_1ᵀ p_bar + ...
/// Concat:  p = (F_0(x), F_1(x), ...),   x_bar = F_0ᵀ p_bar_0 + F_1ᵀ p_bar_1 + ...
/// ```
///
/// Parameters, state and sites of the branches follow one another, as in a [`Chain`]. An empty chain among them is the skip
/// `F(x) = x`, which costs no memory. In training every other branch keeps its output apart from the sum, since
/// activations tell their slopes from their own outputs.
///
/// ```
/// use std::sync::Arc;
///
/// use gradflow_layers::{Activation, Conv, Describe, Window, residual};
/// use gradflow_tensor::Shape;
///
/// let input = Shape::new([4, 8, 8])?;
/// let window = Window::from([3, 3]).padding([1, 1]);
/// let f = Conv::new(input, 4, window, Activation::Relu)?;
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

impl Join {
    fn name(self, branches: usize) -> String {
        match self {
            Self::Sum => format!("sum of {branches}"),
            Self::Concat => format!("concat of {branches}"),
        }
    }
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
        let mut spec = Spec::new(join.name(branches.len()), input, input);
        let mut children: Vec<Branch<T>> = Vec::with_capacity(branches.len());
        let mut start = 0;
        for (index, layer) in branches.into_iter().enumerate() {
            let skip = matches!(layer.recipe(), Some(Recipe::Chain(layers)) if layers.is_empty());
            let child = Child::adopt(&mut spec, index, input, layer)?;
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
        spec.output_range = join_all(join, input, &children)?;
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

/// Checks that the branches' outputs can be joined, and says between which bounds what they make lies.
fn join_all<T: Real>(
    join: Join,
    input: Shape<3>,
    branches: &[Branch<T>],
) -> Result<(f64, f64), LayerError> {
    let mut range = None;
    let residual = join == Join::Sum && branches.iter().any(|branch| branch.skip);
    for (index, branch) in branches.iter().enumerate() {
        let (first, came) = (branches[0].child.output, branch.child.output);
        let fits = match join {
            Join::Sum => came == first,
            Join::Concat => came.dims()[1..] == first.dims()[1..],
        };
        let fault = if residual && came != input {
            let output = came;
            Some(LayerFault::Residual { input, output })
        } else {
            (!fits).then_some(match join {
                Join::Sum => LayerFault::Sum { first, came },
                Join::Concat => LayerFault::Concat { first, came },
            })
        };
        let spec = branch.child.layer.spec();
        if let Some(fault) = fault {
            return Err(LayerError::new(spec.name.clone(), fault).within(index));
        }
        let (low, high) = spec.output_range;
        range = Some(match (range, join) {
            (None, _) => (low, high),
            (Some((l, h)), Join::Sum) => (l + low, h + high),
            (Some((l, h)), Join::Concat) => (f64::min(l, low), f64::max(h, high)),
        });
    }
    range.ok_or_else(|| LayerError::new(join.name(0), LayerFault::NoBranches))
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
    let mut layout = ScratchLayout::default();
    let (mut widest, mut most) = (0, Room::NONE);
    for branch in branches.iter().filter(|branch| !branch.skip) {
        most = most.or(branch.child.layer.spec().predict);
        if !branch.in_place(join, Mode::Predict) {
            widest = widest.max(branch.child.output.len());
        }
    }
    let (p, scratch) = (layout.place(samples_of(widest)), layout.place(most));
    for branch in branches.iter_mut().filter(|branch| !branch.skip) {
        branch.predict.scratch = scratch;
        if !branch.in_place(join, Mode::Predict) {
            branch.predict.p = p;
        }
    }
    layout.room()
}

/// A place of its own for every output and every scratch, and the two bars.
fn plan_training<T: Real>(
    join: Join,
    input: Shape<3>,
    branches: &mut [Branch<T>],
) -> (Room, [Place; 2]) {
    let mut layout = ScratchLayout::default();
    let (mut widest, mut working) = (0, 0);
    for branch in branches.iter_mut().filter(|branch| !branch.skip) {
        let len = branch.child.output.len();
        branch.train = Places {
            p: layout.place(samples_of(len)),
            scratch: layout.place(branch.child.layer.spec().train),
        };
        widest = widest.max(len);
        working += 1;
    }
    // The last branch of a sum uses up the `p_bar` that came.
    let copies = join == Join::Concat || working > 1;
    // Whatever is written first needs no place beside `x_bar`.
    let adds = working > 0 && branches.len() > 1;
    let p_bar = layout.place(samples_of(if copies { widest } else { 0 }));
    let x_bar = layout.place(samples_of(if adds { input.len() } else { 0 }));
    (layout.room(), [p_bar, x_bar])
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
