//! Which pieces are whose.

use std::ops::Range;

use gradflow::Tree;

/// The pieces of a rank: as many as any other's, or one more.
pub(crate) fn share(pieces: usize, rank: usize, ranks: usize) -> Range<usize> {
    // Of a product that may be larger than a `usize`; the quotient is not larger than `pieces`.
    let start = |rank: usize| (rank as u128 * pieces as u128 / ranks.max(1) as u128) as usize;
    start(rank)..start(rank + 1)
}

/// The nodes of the tree that the ranks have before they meet.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) pieces: usize,
    /// All nodes, in order of the pieces.
    pub(crate) nodes: Vec<Range<usize>>,
    /// Those of each rank, as places in `nodes`.
    pub(crate) of: Vec<Range<usize>>,
}

impl Layout {
    pub(crate) fn new(pieces: usize, ranks: usize) -> Self {
        let (mut nodes, mut of) = (Vec::new(), Vec::new());
        for rank in 0..ranks {
            let start = nodes.len();
            nodes.extend(Tree::<()>::nodes(pieces, share(pieces, rank, ranks)));
            of.push(start..nodes.len());
        }
        Self { pieces, nodes, of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_pieces_suit_one_to_four_ranks() {
        let nodes = |ranks| {
            let of = Layout::new(12, ranks).of;
            of.iter().map(|of| of.len()).max()
        };
        assert_eq!([1, 2, 3, 4].map(nodes), [1, 2, 1, 2].map(Some));
    }

    #[test]
    fn every_piece_has_one_rank() {
        for pieces in 1..40 {
            for ranks in 1..20 {
                let layout = Layout::new(pieces, ranks);
                let mut next = 0;
                for node in &layout.nodes {
                    assert_eq!(node.start, next);
                    next = node.end;
                }
                assert_eq!(next, pieces);
                let sizes = (0..ranks).map(|rank| share(pieces, rank, ranks).len());
                let sizes: Vec<usize> = sizes.collect();
                assert!(sizes.iter().max() <= sizes.iter().min().map(|least| least + 1).as_ref());
            }
        }
    }
}
