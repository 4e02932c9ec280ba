//! Which rows of a file are the samples.

use std::sync::Arc;

use crate::Permutation;

/// Samples as numbers of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Selection {
    /// What the numbers below are numbers of; rows, without it.
    of: Option<Arc<Selection>>,
    which: Which,
    len: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Which {
    /// From this one on, one after another.
    From(usize),
    /// These.
    Listed(Arc<[u32]>),
    /// Those of an order, from this place on.
    Ordered(Arc<Permutation>, usize),
}

impl Selection {
    /// All rows.
    pub(crate) fn all(len: usize) -> Self {
        Self {
            of: None,
            which: Which::From(0),
            len,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The row of a sample below the length.
    pub(crate) fn row(&self, sample: usize) -> usize {
        let number = match &self.which {
            Which::From(start) => start + sample,
            Which::Listed(listed) => listed[sample] as usize,
            Which::Ordered(order, start) => order.get(start + sample),
        };
        match &self.of {
            Some(of) => of.row(number),
            None => number,
        }
    }

    /// The samples of an order up to a place and behind it.
    pub(crate) fn ordered(&self, order: Permutation, first: usize) -> (Self, Self) {
        let order = Arc::new(order);
        let rest = order.len() - first;
        let part = |start, len| self.part(Which::Ordered(Arc::clone(&order), start), len);
        (part(0, first), part(first, rest))
    }

    /// The first `n` samples and those behind them.
    pub(crate) fn cut(&self, n: usize) -> (Self, Self) {
        (
            self.part(Which::From(0), n),
            self.part(Which::From(n), self.len - n),
        )
    }

    /// These samples.
    pub(crate) fn listed(&self, samples: Vec<u32>) -> Self {
        let len = samples.len();
        self.part(Which::Listed(samples.into()), len)
    }

    fn part(&self, which: Which, len: usize) -> Self {
        let whole = self.of.is_none() && self.which == Which::From(0);
        Self {
            of: (!whole).then(|| Arc::new(self.clone())),
            which,
            len,
        }
    }
}
