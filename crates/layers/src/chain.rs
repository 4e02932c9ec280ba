//! Layers in a row (40).

use core::ops::Range;
use std::sync::Arc;

use gradflow_kernels::{Real, slices};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::child::{self, Child};
use crate::place::{Place, Plan, cut, samples_of};
use crate::{Cx, Describe, Layer, LayerError, Mode, Own, Pass, Recipe, Room, Spec};

/// Layers in a row, each reading what the one before puts out: itself a layer.
///
/// Parameters, state and sites of the children follow one another; blocks are called `0.weight`, `3.0.weight`. A chain without
/// layers is the skip, `p = x`.
#[derive(Debug, Clone)]
pub struct Chain<T: Real> {
    spec: Spec,
    links: Vec<Link<T>>,
}

/// A child, and its places in the chain's scratch.
#[derive(Debug, Clone)]
struct Link<T: Real> {
    child: Child<T>,
    sums_products: bool,
    train: Places,
    predict: Places,
    /// The place of `dL/dp`, unless it is the pass's.
    p_bar: Place,
    /// The place of `dL/dx`, unless it is the pass's.
    x_bar: Place,
    /// Elements that a look at inputs and deltas costs, from this layer on.
    look: Room,
}

/// Where a link reads and writes in a forward pass; `x` of the first and `p` of the last are the pass's.
#[derive(Debug, Clone, Copy, Default)]
struct Places {
    x: Place,
    p: Place,
    scratch: Place,
}

/// To begin a look costs as much as some elements.
const LOOK: usize = 512;

impl<T: Real> Chain<T> {
    /// The layers in order, on inputs of this shape.
    ///
    /// # Errors
    /// [`LayerError`] with the index of the layer that does not read what comes, whose description does not hold together
    /// ([`Spec::check`]), or with which there are more parameters than memory can address.
    pub fn new(input: Shape<3>, layers: Vec<Arc<dyn Layer<T>>>) -> Result<Self, LayerError> {
        let mut spec = Spec::new("", input, input);
        spec.name = match layers.len() {
            0 => "skip".into(),
            1 => "chain of 1 layer".into(),
            n => format!("chain of {n} layers"),
        };
        let mut links = Vec::with_capacity(layers.len());
        for (index, layer) in layers.into_iter().enumerate() {
            let reads = spec.output;
            let child = Child::adopt(&mut spec, index, reads, layer)?;
            spec.output = child.output;
            spec.output_range = child.layer.spec().output_range;
            links.push(Link {
                sums_products: child.layer.spec().sums_products,
                child,
                train: Places::default(),
                predict: Places::default(),
                p_bar: Place::default(),
                x_bar: Place::default(),
                look: Room::NONE,
            });
        }
        spec.predict = plan_prediction(&mut links);
        spec.train = plan_training(&mut links);
        plan_looks(&mut links);
        Ok(Self { spec, links })
    }

    /// The layers in order.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &dyn Layer<T>> {
        self.links.iter().map(|link| &*link.child.layer)
    }

    /// The range of `theta` that belongs to a layer; `None` if there is no such layer.
    pub fn range(&self, layer: usize) -> Option<Range<usize>> {
        Some(self.links.get(layer)?.child.theta.clone())
    }

    /// The range of the state that belongs to a layer; `None` if there is no such layer.
    pub fn state_range(&self, layer: usize) -> Option<Range<usize>> {
        Some(self.links.get(layer)?.child.state.clone())
    }

    /// The sites of a layer, counted from the chain's own, which is 0; `None` if there is no such layer.
    pub fn sites(&self, layer: usize) -> Option<Range<usize>> {
        Some(self.links.get(layer)?.child.sites.clone())
    }

    /// The output of a hidden layer after a training pass over so many samples, in the scratch of that pass; `None` for
    /// the last layer, whose output is the pass's, for layers that there are not, and for a scratch that is too short.
    pub fn output<'a>(
        &self,
        layer: usize,
        scratch: &'a [T],
        samples: usize,
    ) -> Option<Batch<'a, T>> {
        let hidden = self.links.len().checked_sub(1)?;
        let link = self.links[..hidden].get(layer)?;
        if self.spec.train.checked(samples)? > scratch.len() {
            return None;
        }
        let p = scratch.get(link.train.p.range(samples))?;
        Some(link.child.output.columns(p, samples))
    }

    /// [`Layer::backward`] from layer `first` on. Layers before it are not visited; their part of `theta_bar` is left as it
    /// is, and there must be no `x_bar`.
    ///
    /// Returns whether `theta_bar` from `first` on is certain to be finite; if not, nobody knows without a look.
    ///
    /// # Panics
    /// If slices are shorter than the specs say, or `x_bar` is asked for past `first`.
    pub fn backward_from(
        &self,
        first: usize,
        own: Own<'_, T>,
        pass: Pass<'_, T>,
        theta_bar: &mut [T],
        cx: Cx<'_>,
    ) -> bool {
        let Pass {
            x,
            p,
            scratch,
            mut p_bar,
            mut x_bar,
        } = pass;
        assert!(
            first == 0 || x_bar.is_none(),
            "layers before the first are not visited"
        );
        let Some(begin) = self.links.get(first) else {
            if let Some(mut x_bar) = x_bar {
                x_bar.data().copy_from_slice(p_bar.data());
            }
            return true;
        };
        let samples = x.samples();
        // A look at inputs and deltas has to be worth it.
        let mut finite = begin.look.of(samples).saturating_mul(2) < own.theta.len();
        let last = self.links.len() - 1;
        for (l, link) in self.links.iter().enumerate().skip(first).rev() {
            let Link { child, train, .. } = link;
            let places = [&train.x, &train.p, &train.scratch, &link.p_bar, &link.x_bar];
            let [hidden_x, hidden_p, scratch, bar, next] = cut(scratch, places, samples);
            let x = if l == 0 {
                x
            } else {
                child.input.columns(hidden_x, samples)
            };
            let p = if l == last {
                p
            } else {
                child.output.columns(hidden_p, samples)
            };
            let mut p_bar = if l == last {
                p_bar.reborrow()
            } else {
                child.output.columns_mut(bar, samples)
            };
            let x_bar = if l > first {
                Some(child.input.columns_mut(next, samples))
            } else {
                x_bar.take()
            };
            let pass = Pass {
                x,
                p,
                scratch,
                p_bar: p_bar.reborrow(),
                x_bar,
            };
            let theta_bar = &mut theta_bar[child.theta.clone()];
            child
                .layer
                .backward(child.own(own), pass, theta_bar, cx.at(child.sites.start));
            finite = finite
                && (child.theta.is_empty()
                    || link.sums_products && products_are_finite(x.data(), p_bar.data()));
        }
        finite
    }
}

/// Two buffers that the hidden outputs alternate between, and one scratch for all.
fn plan_prediction<T: Real>(links: &mut [Link<T>]) -> Room {
    let mut plan = Plan::default();
    let buffers = alternating(&mut plan, links);
    let most = links.iter().fold(Room::NONE, |most, link| {
        let room = link.child.layer.spec().predict;
        Room {
            fixed: most.fixed.max(room.fixed),
            each: most.each.max(room.each),
        }
    });
    let all = plan.place(most);
    let last = links.len().saturating_sub(1);
    for (l, link) in links.iter_mut().enumerate() {
        let Child { input, output, .. } = link.child;
        if l > 0 {
            link.predict.x = buffers[(l - 1) % 2].resized(samples_of(input.len()));
        }
        if l < last {
            link.predict.p = buffers[l % 2].resized(samples_of(output.len()));
        }
        link.predict.scratch = all.resized(link.child.layer.spec().predict);
    }
    plan.room()
}

/// A place of its own for every hidden output and every scratch, and two buffers for `dL/dp` of the hidden layers.
fn plan_training<T: Real>(links: &mut [Link<T>]) -> Room {
    let mut plan = Plan::default();
    let last = links.len().saturating_sub(1);
    let mut x = Place::default();
    for (l, link) in links.iter_mut().enumerate() {
        let p = if l < last {
            plan.place(samples_of(link.child.output.len()))
        } else {
            Place::default()
        };
        let scratch = plan.place(link.child.layer.spec().train);
        link.train = Places { x, p, scratch };
        x = p;
    }
    let bars = alternating(&mut plan, links);
    for (l, link) in links.iter_mut().enumerate() {
        let Child { input, output, .. } = link.child;
        if l > 0 {
            link.x_bar = bars[(l - 1) % 2].resized(samples_of(input.len()));
        }
        if l < last {
            link.p_bar = bars[l % 2].resized(samples_of(output.len()));
        }
    }
    plan.room()
}

/// Two buffers, each as wide as the widest of the hidden outputs that it takes in turn.
fn alternating<T: Real>(plan: &mut Plan, links: &[Link<T>]) -> [Place; 2] {
    let hidden = links.split_last().map_or(&[][..], |(_, hidden)| hidden);
    [0, 1].map(|turn| {
        let turns = hidden.iter().skip(turn).step_by(2);
        let widest = turns.map(|link| link.child.output.len()).max();
        plan.place(samples_of(widest.unwrap_or(0)))
    })
}

/// What a look at inputs and deltas costs from each layer on: layers with parameters only.
fn plan_looks<T: Real>(links: &mut [Link<T>]) {
    let mut look = Room::NONE;
    for link in links.iter_mut().rev() {
        let Child { input, output, .. } = link.child;
        if !link.child.theta.is_empty() {
            look.fixed = look.fixed.saturating_add(LOOK);
            look.each = (look.each)
                .saturating_add(input.len())
                .saturating_add(output.len());
        }
        link.look = look;
    }
}

/// Whether sums of products of elements of `x`, or of ones, with elements of `delta` are certain to be finite, if no sum uses
/// an element twice: `|x delta| <= (x^2 + delta^2) / 2`, term by term.
fn products_are_finite<T: Real>(x: &[T], delta: &[T]) -> bool {
    let [x2, delta2] = [x, delta].map(|x| slices::sum_squares(x).to_f64());
    // What is missing to the largest number is room for rounding, and for ones; NaN is not less.
    x2 + delta2 < 0.25 * T::MAX.to_f64()
}

impl<T: Real> Describe for Chain<T> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let children = self.links.iter().map(|link| &link.child);
        child::recipes(children).map(Recipe::Chain)
    }
}

impl<T: Real> Layer<T> for Chain<T> {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let Some(last) = self.links.len().checked_sub(1) else {
            return p.data().copy_from_slice(x.data());
        };
        let samples = x.samples();
        for (l, link) in self.links.iter().enumerate() {
            let child = &link.child;
            let places = match cx.mode {
                Mode::Train(_) => &link.train,
                Mode::Predict => &link.predict,
            };
            let [from, to, scratch] =
                cut(scratch, [&places.x, &places.p, &places.scratch], samples);
            let x = if l == 0 {
                x
            } else {
                child.input.columns(from, samples)
            };
            let p = if l == last {
                p.reborrow()
            } else {
                child.output.columns_mut(to, samples)
            };
            child
                .layer
                .forward(child.own(own), x, p, scratch, cx.at(child.sites.start));
        }
    }

    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        self.backward_from(0, own, pass, theta_bar, cx);
    }

    fn settle(&self, samples: usize, scratch: &[T], state: &mut [T]) {
        for Link { child, train, .. } in &self.links {
            if !child.state.is_empty() {
                let scratch = &scratch[train.scratch.range(samples)];
                let state = &mut state[child.state.clone()];
                child.layer.settle(samples, scratch, state);
            }
        }
    }

    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
        child::initialise(self.links.iter().map(|link| &link.child), theta, rng);
    }
}
