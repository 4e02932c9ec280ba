//! Who adds up the pieces of a mini-batch.

use core::fmt::Debug;
use core::ops::Range;

use gradflow_kernels::{Real, slices};

use crate::memory::refused;
use crate::{ModelError, Tree};

/// The parts of a mini-batch, each with its share of the cost: they only need to be added up.
pub trait Pieces<T> {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers a piece gives: its share of the gradient, and behind it that of the change of the layers' state, where this
    /// evaluation is the one that changes it; none where the value alone is asked for.
    fn numbers(&self) -> usize;

    /// The share of piece `i` in the cost at `q`; its numbers are written to `sum`, which has room for [`numbers`](Pieces::numbers).
    fn piece(&mut self, i: usize, q: &[T], sum: &mut [T]) -> f64;
}

/// Who adds up the pieces of a mini-batch: this process alone ([`InProcess`]), or several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot add up the pieces of a mini-batch in `{T}`",
    label = "no `Reduce<{T}>`",
    note = "implement `Reduce<{T}>`: `sum` evaluates pieces and adds up values and numbers; `InProcess` does so for a range of them"
)]
pub trait Reduce<T: Real>: Debug {
    /// Returns the sum of the pieces' values at `q`, and that of their numbers. The order of the additions decides the last bits: that of a
    /// [`Tree`] gives the bits of one process. Who cannot go on returns NaN and no numbers: the run ends without a step, as one that diverged.
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T]) -> (f64, &[T]);

    /// The pieces, of so many, that this process evaluates; the samples of others are not taken from the source.
    fn share(&self, pieces: usize) -> Range<usize> {
        0..pieces
    }

    /// Told before the first mini-batch of so many pieces with up to so many numbers each.
    ///
    /// # Errors
    /// [`ModelError::Memory`] if they cannot be kept.
    fn make_room(&mut self, pieces: usize, numbers: usize) -> Result<(), ModelError> {
        let _ = (pieces, numbers);
        Ok(())
    }

    /// Whether there is nobody else, so that a mini-batch of one piece is its own sum and nobody is asked to add it up.
    fn is_alone(&self) -> bool {
        false
    }
}

/// Adds up pieces in this process, by a [`Tree`]: all of them where it stands for [`Reduce`], a range of them for who adds up what several
/// processes have.
#[derive(Debug, Clone)]
pub struct InProcess<T> {
    tree: Tree<PartialSum<T>>,
    free: Vec<Vec<T>>,
}

/// The sum of the pieces of a node.
#[derive(Debug, Clone)]
pub struct PartialSum<T> {
    /// Of their values.
    pub value: f64,
    /// Of their numbers.
    pub numbers: Vec<T>,
}

impl<T> Default for InProcess<T> {
    fn default() -> Self {
        Self {
            tree: Tree::new(0),
            free: Vec::new(),
        }
    }
}

impl<T: Real> InProcess<T> {
    /// Evaluates a range of the pieces at `q` and adds them up as far as the tree joins them.
    pub fn sum_of(
        &mut self,
        pieces: &mut dyn Pieces<T>,
        range: Range<usize>,
        q: &[T],
    ) -> &[(Range<usize>, PartialSum<T>)] {
        let (len, tree, free) = (pieces.numbers(), &mut self.tree, &mut self.free);
        free.extend(tree.restart(pieces.len()).map(|sum| sum.numbers));
        for i in range {
            let mut numbers = free.pop().unwrap_or_default();
            numbers.resize(len, T::ZERO);
            let value = pieces.piece(i, q, &mut numbers);
            let sum = PartialSum { value, numbers };
            tree.add(i..i + 1, sum, |left, right| {
                left.value += right.value;
                slices::axpy(T::ONE, &right.numbers, &mut left.numbers);
                free.push(right.numbers);
            });
        }
        self.tree.sums()
    }

    /// Makes room for the sums of a range of so many pieces, each with up to so many numbers.
    ///
    /// # Errors
    /// [`ModelError::Memory`] if there is none.
    pub fn make_room_for(
        &mut self,
        pieces: usize,
        range: Range<usize>,
        numbers: usize,
    ) -> Result<(), ModelError> {
        let refused = |_| refused::<T>(numbers, "the gradient of a piece");
        // What is kept at the same time.
        let (mut tree, mut most) = (Tree::new(pieces), 0);
        for i in range {
            most = most.max(tree.sums().len() + 1);
            tree.add(i..i + 1, (), |(), ()| ());
        }
        self.free
            .extend(self.tree.restart(0).map(|sum| sum.numbers));
        self.free.resize_with(most.max(self.free.len()), Vec::new);
        for room in &mut self.free {
            let missing = numbers.saturating_sub(room.len());
            room.try_reserve_exact(missing).map_err(refused)?;
        }
        self.tree = Tree::new(pieces);
        Ok(())
    }
}

impl<T: Real> Reduce<T> for InProcess<T> {
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T]) -> (f64, &[T]) {
        let all = 0..pieces.len();
        match self.sum_of(pieces, all, q) {
            [(_, sum)] => (sum.value, &sum.numbers),
            _ => (f64::NAN, &[]),
        }
    }

    fn make_room(&mut self, pieces: usize, numbers: usize) -> Result<(), ModelError> {
        if pieces > 1 {
            self.make_room_for(pieces, 0..pieces, numbers)?;
        }
        Ok(())
    }

    fn is_alone(&self) -> bool {
        true
    }
}

impl<T: Real, R: Reduce<T> + ?Sized> Reduce<T> for &mut R {
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T]) -> (f64, &[T]) {
        (**self).sum(pieces, q)
    }

    fn share(&self, pieces: usize) -> Range<usize> {
        (**self).share(pieces)
    }

    fn make_room(&mut self, pieces: usize, numbers: usize) -> Result<(), ModelError> {
        (**self).make_room(pieces, numbers)
    }

    fn is_alone(&self) -> bool {
        (**self).is_alone()
    }
}
