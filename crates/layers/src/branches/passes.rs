//! What branches compute.

use gradflow_kernels::{Real, slices};
use gradflow_tensor::{Batch, BatchMut};
use rand::Rng;

use super::{Branch, Branches, Join, Places};
use crate::place::cut;
use crate::{Cx, Layer, Mode, Own, Pass, child};

impl<T: Real> Branches<T> {
    /// The branches that compute, with whether it is the last of them.
    fn working(&self) -> impl Iterator<Item = (&Branch<T>, bool)> {
        let last = self.branches.iter().rposition(|branch| !branch.skip);
        let branches = self.branches.iter().enumerate();
        branches
            .filter(|(_, branch)| !branch.skip)
            .map(move |(i, branch)| (branch, Some(i) == last))
    }

    /// Adds a branch's output to `p`, or puts it in its place.
    fn put(&self, branch: &Branch<T>, first: bool, from: &[T], p: &mut BatchMut<'_, T>) {
        match self.join {
            Join::Sum if first => p.data().copy_from_slice(from),
            Join::Sum => slices::axpy(T::ONE, from, p.data()),
            Join::Concat => {
                let len = branch.child.output.len();
                for (from, p) in from.chunks_exact(len).zip(p.iter_mut()) {
                    p[branch.start..][..len].copy_from_slice(from);
                }
            }
        }
    }

    /// A branch's part of `p_bar`, copied, since the branch may use it up.
    fn share<'a>(
        &self,
        branch: &Branch<T>,
        p_bar: Batch<'_, T>,
        copy: &'a mut [T],
    ) -> BatchMut<'a, T> {
        let output = branch.child.output;
        let start = match self.join {
            Join::Sum => 0,
            Join::Concat => branch.start,
        };
        let mut copy = output.columns_mut(copy, p_bar.samples());
        for (p_bar, copy) in p_bar.iter().zip(copy.iter_mut()) {
            copy.copy_from_slice(&p_bar[start..][..output.len()]);
        }
        copy
    }

    /// Adds `dL/dp` of a skip to `x_bar`, or sets it.
    fn pass_through(
        &self,
        branch: &Branch<T>,
        first: bool,
        p_bar: Batch<'_, T>,
        x_bar: &mut BatchMut<'_, T>,
    ) {
        let start = match self.join {
            Join::Sum => 0,
            Join::Concat => branch.start,
        };
        let len = x_bar.size();
        for (p_bar, x_bar) in p_bar.iter().zip(x_bar.iter_mut()) {
            let p_bar = &p_bar[start..][..len];
            if first {
                x_bar.copy_from_slice(p_bar);
            } else {
                slices::axpy(T::ONE, p_bar, x_bar);
            }
        }
    }
}

impl<T: Real> Layer<T> for Branches<T> {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let samples = x.samples();
        for (i, branch) in self.branches.iter().enumerate() {
            if branch.skip {
                self.put(branch, i == 0, x.data(), &mut p);
                continue;
            }
            let child = &branch.child;
            let places = match cx.mode {
                Mode::Train(_) => &branch.train,
                Mode::Predict => &branch.predict,
            };
            let [to, scratch] = cut(scratch, [&places.p, &places.scratch], samples);
            let (own, cx) = (child.own(own), cx.at(child.sites.start));
            if branch.in_place(self.join, cx.mode) {
                child.layer.forward(own, x, p.reborrow(), scratch, cx);
            } else {
                let output = child.output.columns_mut(to, samples);
                child.layer.forward(own, x, output, scratch, cx);
                let output = child.output.columns(to, samples);
                self.put(branch, i == 0, output.data(), &mut p);
            }
        }
    }

    /// First what passes through the skips, while `p_bar` is whole, then the others.
    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        let Pass {
            x,
            scratch,
            mut p_bar,
            mut x_bar,
            ..
        } = pass;
        let samples = x.samples();
        let mut first = true;
        if let Some(x_bar) = &mut x_bar {
            for branch in self.branches.iter().filter(|branch| branch.skip) {
                self.pass_through(branch, first, p_bar.as_batch(), x_bar);
                first = false;
            }
        }
        for (branch, last) in self.working() {
            let (
                child,
                Places {
                    p,
                    scratch: own_scratch,
                },
            ) = (&branch.child, &branch.train);
            let [p_bars, x_bars] = &self.bars;
            let [p, scratch, p_bars, x_bars] =
                cut(scratch, [p, own_scratch, p_bars, x_bars], samples);
            let pass = Pass {
                x,
                p: child.output.columns(p, samples),
                scratch,
                p_bar: if last && self.join == Join::Sum {
                    p_bar.reborrow()
                } else {
                    self.share(branch, p_bar.as_batch(), p_bars)
                },
                x_bar: match &mut x_bar {
                    Some(x_bar) if first => Some(x_bar.reborrow()),
                    Some(_) => Some(child.input.columns_mut(x_bars, samples)),
                    None => None,
                },
            };
            let theta_bar = &mut theta_bar[child.theta.clone()];
            let cx = cx.at(child.sites.start);
            child.layer.backward(child.own(own), pass, theta_bar, cx);
            if let Some(x_bar) = &mut x_bar
                && !first
            {
                slices::axpy(T::ONE, x_bars, x_bar.data());
            }
            first = false;
        }
    }

    fn settle(&self, samples: usize, scratch: &[T], state: &mut [T]) {
        for Branch { child, train, .. } in &self.branches {
            let own_scratch = &scratch[train.scratch.range(samples)];
            child.settle(samples, own_scratch, state);
        }
    }

    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
        child::initialise(self.branches.iter().map(|branch| &branch.child), theta, rng);
    }
}
