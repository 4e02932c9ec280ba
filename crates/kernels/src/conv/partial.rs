//! The partial sums of a filter gradient: a shard of samples each, whose bits depend on the number of samples alone.

use crate::Real;
use crate::cpu::Level;
use crate::scratch::with_scratch;
use crate::slices;
use crate::sums::fold;

/// Sums that are added to a number that runs, at most; beyond, it is folded into another one.
const ADDITIONS: usize = 64;

/// Samples of a shard: at least 8, at most 16 shards.
fn shard(samples: usize) -> usize {
    samples.div_ceil(16).max(8)
}

/// How samples are divided into shards, and how the sums of a shard are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shards {
    level: Level,
    /// Samples of a shard; the last may have fewer.
    pub(super) samples: usize,
    /// At least one, so that no samples have a gradient of 0.
    pub(super) count: usize,
    /// Numbers of the sums themselves.
    len: usize,
    /// Whether a shard has so many additions that sums are folded.
    folds: bool,
}

impl Shards {
    /// For `len` sums over samples, each of which is added in so many bands.
    pub(super) fn new(level: Level, samples: usize, len: usize, bands: usize) -> Self {
        let shard = shard(samples);
        Self {
            level,
            samples: shard,
            count: samples.div_ceil(shard).max(1),
            len,
            folds: shard.saturating_mul(bands) > ADDITIONS,
        }
    }

    /// Numbers that a shard keeps: running sums, and those into which they are folded, with what was lost.
    pub(super) fn memory(&self) -> usize {
        if self.folds { 3 * self.len } else { self.len }
    }

    /// The sums of no samples, in the memory of a shard.
    pub(super) fn partial<T: Real>(self, memory: &mut [T]) -> Partial<'_, T> {
        let (running, folded) = memory.split_at_mut(self.len);
        folded.fill(T::ZERO);
        Partial {
            shards: self,
            running,
            folded,
            additions: 0,
        }
    }

    /// The sums of all shards, added in order.
    pub(super) fn merge<T: Real>(self, partials: &mut [T]) -> &[T] {
        let (first, others) = partials.split_at_mut(self.memory());
        let others = others.chunks_exact(self.memory());
        if !self.folds {
            others.for_each(|other| slices::axpy(T::ONE, other, first));
            return first;
        }
        let (sum, lost) = first[self.len..].split_at_mut(self.len);
        for other in others {
            let (other_sum, other_lost) = other[self.len..].split_at(self.len);
            fold(self.level, other_sum, sum, lost);
            slices::axpy(T::ONE, other_lost, lost);
        }
        sum
    }
}

/// The sums of a shard.
pub(super) struct Partial<'a, T> {
    shards: Shards,
    /// Anything, before the first addition.
    running: &'a mut [T],
    folded: &'a mut [T],
    additions: usize,
}

impl<T: Real> Partial<'_, T> {
    /// Adds the sums that `write` leaves where it is told; what is there before may be anything.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut [T])) {
        if self.additions == ADDITIONS && self.shards.folds {
            self.fold();
            self.additions = 0;
        }
        if self.additions == 0 {
            write(self.running);
        } else {
            with_scratch(self.shards.len, |more: &mut [T]| {
                write(more);
                slices::axpy(T::ONE, more, self.running);
            });
        }
        self.additions += 1;
    }

    fn fold(&mut self) {
        let (sum, lost) = self.folded.split_at_mut(self.shards.len);
        fold(self.shards.level, self.running, sum, lost);
    }

    /// Leaves the sums where [`Shards::merge`] looks for them.
    pub(super) fn finish(mut self) {
        if self.additions == 0 {
            self.running.fill(T::ZERO);
        }
        if self.shards.folds {
            self.fold();
        }
    }
}
