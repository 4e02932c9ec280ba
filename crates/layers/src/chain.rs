//! Layers in a row (40).

use core::ops::Range;
use std::sync::Arc;

use gradflow_kernels::{Real, slices};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::child::{self, Child};
use crate::place::{Place, ScratchLayout, samples_of, take, take_last};
use crate::{Cx, Describe, Layer, LayerError, Mode, Own, Pass, Recipe, Room, Spec};

/// Layers in a row, each reading what the one before puts out, itself a layer: `Sequential` in Keras and PyTorch.
///
/// Parameters, state and sites of the children follow one another; blocks are called `0.weight`, `3.0.weight`. A chain without
/// layers is the skip, `p = x`.
///
/// In training every hidden output and every child's scratch has a place of its own, and `dL/dp` of the hidden layers alternates
/// between two bars; in prediction the hidden outputs alternate between two buffers, and one scratch serves all. Every
/// place begins at a cache line if the chain's scratch does.
#[derive(Debug, Clone)]
pub struct Chain<T: Real> {
    spec: Spec,
    links: Vec<Link<T>>,
    /// Two buffers, one for the hidden outputs of even index and one for the others: in prediction for the outputs
    /// themselves, in training for `dL/dp`.
    buffers: [Place; 2],
}

/// A child, and its places in the chain's scratch in training: its input, unless that is the pass's, then its own scratch,
/// then its output, unless that is the pass's.
#[derive(Debug, Clone)]
struct Link<T: Real> {
    child: Child<T>,
    sums_products: bool,
    x: Place,
    scratch: Place,
    p: Place,
    /// Elements that a look at inputs and deltas costs, from this layer on.
    look: Room,
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
                x: Place::default(),
                scratch: Place::default(),
                p: Place::default(),
                look: Room::NONE,
            });
        }
        spec.train = plan_places(&mut links);
        let mut layout = ScratchLayout::default();
        let buffers = alternating(&mut layout, &links);
        // Behind the places in training, before the scratch in prediction.
        let both = layout.room();
        spec.train = spec.train.and(both);
        spec.predict = both.and(widest_scratch(&links));
        plan_looks(&mut links);
        Ok(Self {
            spec,
            links,
            buffers,
        })
    }

    /// The layers in order; clones share them.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &Arc<dyn Layer<T>>> {
        self.links.iter().map(|link| &link.child.layer)
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
        let p = scratch.get(link.p.range(samples))?;
        Some(link.child.output.columns(p, samples))
    }

    /// The places of `dL/dp` of the last layer and of the one before it, which take turns.
    #[inline(always)]
    fn bars<'a>(&self, rest: &mut &'a mut [T], samples: usize) -> [&'a mut [T]; 2] {
        let odd = take_last(rest, self.buffers[1].len(samples));
        let even = take_last(rest, self.buffers[0].len(samples));
        if self.links.len().is_multiple_of(2) {
            [odd, even]
        } else {
            [even, odd]
        }
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
        // Places are taken from the end: the bars, then for each layer its scratch and its input.
        let mut rest = &mut scratch[..self.spec.train.of(samples)];
        let [mut bar, mut next] = self.bars(&mut rest, samples);
        let last = self.links.len() - 1;
        let mut p = p;
        for (l, link) in self.links.iter().enumerate().skip(first).rev() {
            let child = &link.child;
            let scratch = take_last(&mut rest, link.scratch.len(samples));
            let hidden = &*take_last(&mut rest, link.x.len(samples));
            let x = if l == 0 {
                x
            } else {
                child.input.columns(hidden, samples)
            };
            let mut p_bar = if l == last {
                p_bar.reborrow()
            } else {
                child.output.columns_mut(bar, samples)
            };
            let pass = Pass {
                x,
                p,
                scratch,
                p_bar: p_bar.reborrow(),
                x_bar: if l > first {
                    Some(child.input.columns_mut(next, samples))
                } else {
                    x_bar.take()
                },
            };
            let theta_bar = &mut theta_bar[child.theta.clone()];
            let cx = cx.at(child.sites.start);
            child.layer.backward(child.own(own), pass, theta_bar, cx);
            finite = finite
                && (child.theta.is_empty()
                    || link.sums_products && products_are_finite(x.data(), p_bar.data()));
            p = x;
            core::mem::swap(&mut bar, &mut next);
        }
        finite
    }
}

/// Training's places in the order in which a forward pass takes them: for every layer its scratch and its hidden output.
fn plan_places<T: Real>(links: &mut [Link<T>]) -> Room {
    let mut layout = ScratchLayout::default();
    let last = links.len().saturating_sub(1);
    let mut x = Place::default();
    for (l, link) in links.iter_mut().enumerate() {
        link.x = x;
        link.scratch = layout.place(link.child.layer.spec().train);
        if l < last {
            link.p = layout.place(samples_of(link.child.output.len()));
        }
        x = link.p;
    }
    layout.room()
}

/// Two buffers, each as wide as the widest of the hidden outputs that it takes in turn.
fn alternating<T: Real>(layout: &mut ScratchLayout, links: &[Link<T>]) -> [Place; 2] {
    let hidden = links.split_last().map_or(&[][..], |(_, hidden)| hidden);
    [0, 1].map(|turn| {
        let turns = hidden.iter().skip(turn).step_by(2);
        let widest = turns.map(|link| link.child.output.len()).max();
        layout.place(samples_of(widest.unwrap_or(0)))
    })
}

/// One scratch for all in prediction.
fn widest_scratch<T: Real>(links: &[Link<T>]) -> Room {
    let mut layout = ScratchLayout::default();
    let rooms = links.iter().map(|link| link.child.layer.spec().predict);
    layout.place(rooms.fold(Room::NONE, Room::or));
    layout.room()
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
        let train = cx.mode != Mode::Predict;
        // Prediction alternates between two buffers and shares the rest; training takes a new place each time.
        let (mut from, mut to): (&mut [T], &mut [T]) = (&mut [], &mut []);
        let (mut own_scratch, mut rest): (&mut [T], _) = (&mut [], scratch);
        if !train {
            to = take(&mut rest, self.buffers[0].len(samples));
            from = take(&mut rest, self.buffers[1].len(samples));
            own_scratch = core::mem::take(&mut rest);
        }
        for (l, link) in self.links.iter().enumerate() {
            let child = &link.child;
            if train {
                own_scratch = take(&mut rest, link.scratch.len(samples));
                to = take(&mut rest, link.p.len(samples));
            }
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
            let cx = cx.at(child.sites.start);
            child.layer.forward(child.own(own), x, p, own_scratch, cx);
            core::mem::swap(&mut from, &mut to);
        }
    }

    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        self.backward_from(0, own, pass, theta_bar, cx);
    }

    fn settle(&self, samples: usize, scratch: &[T], state: &mut [T]) {
        for link in &self.links {
            let own_scratch = &scratch[link.scratch.range(samples)];
            link.child.settle(samples, own_scratch, state);
        }
    }

    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
        child::initialise(self.links.iter().map(|link| &link.child), theta, rng);
    }
}
