//! Outputs and texts of all ranks.

use gradflow::{Real, Together};
use mpi::traits::{Communicator, CommunicatorCollectives, Destination, Equivalence, Source};

use crate::Ranks;

/// Bytes that are sent at a time.
const BLOCK: usize = 1 << 20;

/// Exchanges the outputs that each rank computes when a model is evaluated; see [`Ranks::together`].
#[derive(Debug)]
pub struct MpiTogether<'r, T> {
    ranks: &'r Ranks,
    own: Vec<T>,
}

impl Ranks {
    /// Evaluates a model by shares, for [`Model::evaluate_together`](gradflow::Model::evaluate_together).
    pub fn together<T: Real + Equivalence>(&self) -> MpiTogether<'_, T> {
        MpiTogether {
            ranks: self,
            own: Vec::new(),
        }
    }

    /// The bytes of all ranks, one behind another, at the first rank; nothing at the others. All come here.
    pub fn gather(&self, own: Vec<u8>) -> Vec<u8> {
        let first = self.world.process_at_rank(0);
        if !self.is_first() {
            first.send(&(own.len() as u64));
            own.chunks(BLOCK).for_each(|block| first.send(block));
            return Vec::new();
        }
        let mut all = own;
        for rank in (1..).take(self.size() - 1) {
            let from = self.world.process_at_rank(rank);
            let (mut left, _) = from.receive::<u64>();
            while left > 0 {
                let start = all.len();
                let count = left.min(BLOCK as u64);
                all.resize(start + count as usize, 0);
                from.receive_into(&mut all[start..]);
                left -= count;
            }
        }
        all
    }
}

impl<T: Real + Equivalence> Together<T> for MpiTogether<'_, T> {
    fn place(&self) -> (usize, usize) {
        (self.ranks.rank(), self.ranks.size())
    }

    fn exchange(&mut self, parts: &mut [T]) {
        let (rank, ranks) = self.place();
        let len = parts.len() / ranks.max(1);
        self.own.clear();
        self.own.extend_from_slice(&parts[rank * len..][..len]);
        self.ranks
            .world
            .all_gather_into(&self.own[..], &mut parts[..len * ranks]);
    }
}
