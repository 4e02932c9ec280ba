//! The sum over ranks.

use std::ops::Range;

use gradflow::kernels::slices;
use gradflow::{InProcess, ModelError, PartialSum, Pieces, Real, Reduce, Tree};
use mpi::Count;
use mpi::datatype::{Partition, PartitionMut};
use mpi::traits::{CommunicatorCollectives, Equivalence};

use crate::Ranks;
use crate::layout::{Layout, share};

/// Up to so many numbers of all nodes together, every rank gets all of them in one call and adds them up; of more, each adds up a part.
const FEW: usize = 1 << 16;

/// More numbers are added up in blocks of so many, so that what is sent at a time is bounded.
const BLOCK: usize = 1 << 22;

/// Numbers that stand for the value of a node: 16 bits in each, which `f32` holds exactly.
const WORDS: usize = 4;

/// Adds up the pieces of a mini-batch over all ranks; see [`Ranks::reduce`].
///
/// Each rank adds up its own pieces as far as the tree joins them. Few numbers then go to all ranks in one call (an all-gather), and each adds up
/// everything. Many are cut into as many parts as there are ranks: each gets its part of all sums (an all-to-all), adds it up, and the parts are put
/// together (an all-gather). The order of the additions is that of the [`Tree`] either way.
#[derive(Debug)]
pub struct MpiReduce<'r, T> {
    ranks: &'r Ranks,
    here: InProcess<T>,
    layouts: Vec<Layout>,
    exchange: Exchange<T>,
    sum: Vec<T>,
}

/// What goes to and fro.
#[derive(Debug)]
struct Exchange<T> {
    sent: Vec<T>,
    received: Vec<T>,
    values: Vec<f64>,
    tree: Tree<usize>,
    counts: [Cuts; 2],
}

/// How many numbers are of each rank, and where they begin.
#[derive(Debug, Default)]
struct Cuts {
    counts: Vec<Count>,
    starts: Vec<Count>,
}

impl Cuts {
    /// These many of each; their sum.
    fn set(&mut self, each: impl Iterator<Item = usize>) -> usize {
        self.counts.clear();
        self.starts.clear();
        let mut start = 0;
        for count in each {
            // What is sent at a time is some blocks, far below the limit.
            self.counts
                .push(Count::try_from(count).unwrap_or(Count::MAX));
            self.starts
                .push(Count::try_from(start).unwrap_or(Count::MAX));
            start += count;
        }
        start
    }
}

impl Ranks {
    /// Adds up the pieces of mini-batches over all ranks, for [`Run::reduce`](gradflow::Run::reduce).
    pub fn reduce<T: Real + Equivalence>(&self) -> MpiReduce<'_, T> {
        MpiReduce::new(self)
    }
}

impl<'r, T: Real + Equivalence> MpiReduce<'r, T> {
    pub(crate) fn new(ranks: &'r Ranks) -> Self {
        Self {
            ranks,
            here: InProcess::default(),
            layouts: Vec::new(),
            exchange: Exchange {
                sent: Vec::new(),
                received: Vec::new(),
                values: Vec::new(),
                tree: Tree::new(0),
                counts: Default::default(),
            },
            sum: Vec::new(),
        }
    }

    /// The layout of so many pieces, made when it is first asked for.
    fn layout(&mut self, pieces: usize) -> usize {
        let known = self.layouts.iter().position(|l| l.pieces == pieces);
        known.unwrap_or_else(|| {
            self.layouts.push(Layout::new(pieces, self.ranks.size()));
            self.layouts.len() - 1
        })
    }
}

impl<T: Real + Equivalence> Reduce<T> for MpiReduce<'_, T> {
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T]) -> (f64, &[T]) {
        let (count, numbers) = (pieces.len(), pieces.numbers());
        let own = self.share(count);
        if self.ranks.size() == 1 {
            return match self.here.sum_of(pieces, own, q) {
                [(_, sum)] => (sum.value, &sum.numbers),
                _ => (f64::NAN, &[]),
            };
        }
        let layout = self.layout(count);
        let layout = &self.layouts[layout];
        let own = self.here.sum_of(pieces, own, q);
        let exchange = &mut self.exchange;
        if layout.nodes.len().saturating_mul(numbers + WORDS) <= FEW {
            let (value, all) = exchange.all(self.ranks, layout, own, numbers);
            return (value, &exchange.received[all]);
        }
        let (value, _) = exchange.all(self.ranks, layout, own, 0);
        self.sum.resize(numbers, T::ZERO);
        for start in (0..numbers).step_by(BLOCK) {
            let block = start..numbers.min(start.saturating_add(BLOCK));
            exchange.block(self.ranks, layout, own, block.clone(), &mut self.sum[block]);
        }
        (value, &self.sum)
    }

    fn share(&self, pieces: usize) -> Range<usize> {
        share(pieces, self.ranks.rank(), self.ranks.size())
    }

    fn make_room(&mut self, pieces: usize, numbers: usize) -> Result<(), ModelError> {
        let own = self.share(pieces);
        self.here.make_room_for(pieces, own, numbers)?;
        let room = numbers.saturating_sub(self.sum.len());
        let refused = |_| ModelError::Memory {
            what: "the gradient of all ranks",
            bytes: numbers as u128 * size_of::<T>() as u128,
        };
        self.sum.try_reserve_exact(room).map_err(refused)?;
        self.layout(pieces);
        Ok(())
    }
}

impl<T: Real + Equivalence> Exchange<T> {
    /// Every rank gets all nodes, values and so many numbers of each, and adds them up. Returns the value, and where the numbers of the whole stand
    /// among the received ones.
    fn all(
        &mut self,
        ranks: &Ranks,
        layout: &Layout,
        own: &[(Range<usize>, PartialSum<T>)],
        numbers: usize,
    ) -> (f64, Range<usize>) {
        let each = WORDS + numbers;
        self.sent.clear();
        for (_, sum) in own {
            self.sent.extend(words::<T>(sum.value));
            self.sent.extend_from_slice(&sum.numbers[..numbers]);
        }
        let [cuts, _] = &mut self.counts;
        let all = cuts.set(layout.of.iter().map(|of| of.len() * each));
        self.received.resize(all.max(self.received.len()), T::ZERO);
        let received = &mut self.received[..all];
        let mut parts = PartitionMut::new(&mut *received, &cuts.counts[..], &cuts.starts[..]);
        ranks
            .world
            .all_gather_varcount_into(&self.sent[..], &mut parts);
        self.values.clear();
        (self.values).extend(
            received
                .chunks_exact(each)
                .map(|node| value(&node[..WORDS])),
        );
        let values = &mut self.values;
        self.tree.restart(layout.pieces).for_each(drop);
        for (node, pieces) in layout.nodes.iter().enumerate() {
            self.tree.add(pieces.clone(), node, |left, right| {
                values[*left] += values[right];
                let (front, back) = received.split_at_mut(right * each);
                let right = &back[WORDS..each];
                slices::axpy(T::ONE, right, &mut front[*left * each + WORDS..][..numbers]);
            });
        }
        // The leftmost node has become the whole.
        (
            self.values.first().copied().unwrap_or(f64::NAN),
            WORDS..each,
        )
    }

    /// Adds up a block of the numbers: every rank a part of it.
    fn block(
        &mut self,
        ranks: &Ranks,
        layout: &Layout,
        own: &[(Range<usize>, PartialSum<T>)],
        block: Range<usize>,
        sum: &mut [T],
    ) {
        let size = ranks.size();
        let part = |rank| share(block.len(), rank, size);
        let each = part(ranks.rank()).len();
        self.sent.clear();
        for rank in 0..size {
            let part = part(rank);
            for (_, sum) in own {
                let numbers = &sum.numbers[block.clone()];
                self.sent.extend_from_slice(&numbers[part.clone()]);
            }
        }
        let [to, from] = &mut self.counts;
        to.set((0..size).map(|rank| own.len() * part(rank).len()));
        let all = from.set(layout.of.iter().map(|of| of.len() * each));
        self.received.resize(all.max(self.received.len()), T::ZERO);
        let received = &mut self.received[..all];
        let sent = Partition::new(&self.sent[..], &to.counts[..], &to.starts[..]);
        let mut parts = PartitionMut::new(&mut *received, &from.counts[..], &from.starts[..]);
        ranks.world.all_to_all_varcount_into(&sent, &mut parts);
        self.tree.restart(layout.pieces).for_each(drop);
        for (node, pieces) in layout.nodes.iter().enumerate() {
            self.tree.add(pieces.clone(), node, |left, right| {
                let (front, back) = received.split_at_mut(right * each);
                slices::axpy(T::ONE, &back[..each], &mut front[*left * each..][..each]);
            });
        }
        from.set((0..size).map(|rank| part(rank).len()));
        let mut parts = PartitionMut::new(sum, &from.counts[..], &from.starts[..]);
        ranks
            .world
            .all_gather_varcount_into(&received[..each], &mut parts);
    }
}

/// The bits of a value, 16 in each number.
fn words<T: Real>(value: f64) -> [T; WORDS] {
    let bits = value.to_bits();
    core::array::from_fn(|i| T::from_f64(f64::from((bits >> (16 * i)) as u16)))
}

/// The value of these words.
fn value<T: Real>(words: &[T]) -> f64 {
    let word = |(i, word): (usize, &T)| (word.to_f64() as u64) << (16 * i);
    f64::from_bits(words.iter().enumerate().map(word).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_travel_as_words() {
        for x in [
            0.0,
            -0.0,
            1.0 / 3.0,
            -1e300,
            5e-324,
            f64::INFINITY,
            f64::MAX,
        ] {
            assert_eq!(value(&words::<f32>(x)).to_bits(), x.to_bits());
            assert_eq!(value(&words::<f64>(x)).to_bits(), x.to_bits());
        }
        assert!(value(&words::<f32>(f64::NAN)).is_nan());
    }
}
