//! The order of a sum.

use core::ops::Range;

/// Adds up what the pieces of a mini-batch come to, in an order that depends on their number alone: whatever arrives first, and in however
/// many processes, the bits are the same.
///
/// The order is a tree: pieces `k s .. (k + 1) s` are one sum for each power of two `s`, of two halves, as far as there are pieces; so 7 pieces are
/// `((0 1) (2 3)) ((4 5) 6)`. Rounding errors grow by the depth of the tree, with the logarithm of the number of pieces.
///
/// ```
/// use gradflow::Tree;
///
/// let [a, b, c] = [1.0_f32, 1e8, -1e8];
/// let mut tree = Tree::new(3);
/// for (piece, term) in [(2, c), (0, a), (1, b)] {
///     tree.add(piece..piece + 1, term, |left, right| *left += right);
/// }
/// assert_eq!(tree.sums(), [(0..3, (a + b) + c)]);
/// ```
#[derive(Debug, Clone)]
pub struct Tree<S> {
    pieces: usize,
    sums: Vec<(Range<usize>, S)>,
}

impl<S> Tree<S> {
    /// Of so many pieces, none of which has come.
    pub fn new(pieces: usize) -> Self {
        let sums = Vec::new();
        Self { pieces, sums }
    }

    /// Takes in the sum of these pieces, one or a node of the tree, each piece once. Neighbours that are halves of one node are joined: the right one
    /// is to be added to the left one.
    pub fn add(&mut self, pieces: Range<usize>, sum: S, mut join: impl FnMut(&mut S, S)) {
        let (sums, count) = (&mut self.sums, self.pieces);
        let mut at = sums.partition_point(|(there, _)| there.start < pieces.start);
        sums.insert(at, (pieces, sum));
        let halves = |sums: &[(Range<usize>, S)], at: usize| match sums.get(at..).unwrap_or(&[]) {
            [(left, _), (right, _), ..] => are_halves(left, right, count),
            _ => false,
        };
        loop {
            if at > 0 && halves(sums, at - 1) {
                at -= 1;
            } else if !halves(sums, at) {
                return;
            }
            let (right, sum) = sums.remove(at + 1);
            let (left, total) = &mut sums[at];
            left.end = right.end;
            join(total, sum);
        }
    }

    /// The sums so far, in the order of the pieces; one of all pieces when each has come.
    pub fn sums(&self) -> &[(Range<usize>, S)] {
        &self.sums
    }

    /// Takes all sums out, and begins anew with so many pieces.
    pub fn restart(&mut self, pieces: usize) -> impl Iterator<Item = S> {
        self.pieces = pieces;
        self.sums.drain(..).map(|(_, sum)| sum)
    }

    /// The nodes of the tree that a range of pieces consists of, in order.
    pub fn nodes(pieces: usize, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut start = range.start;
        core::iter::from_fn(move || {
            let left = range.end.checked_sub(start).filter(|left| *left > 0)?;
            // The largest node that begins here, and ends before the range does or with the last piece.
            let mut size = 1_usize;
            while let Some(double) = size.checked_mul(2) {
                let end = start.saturating_add(double).min(pieces);
                if !start.is_multiple_of(double) || end - start > left || size >= left {
                    break;
                }
                size = double;
            }
            let end = start.saturating_add(size).min(range.end);
            let node = start..end;
            start = end;
            Some(node)
        })
    }
}

/// Whether two neighbours are the halves of one node.
fn are_halves(left: &Range<usize>, right: &Range<usize>, pieces: usize) -> bool {
    let size = left.len();
    let double = size.saturating_mul(2);
    size.is_power_of_two()
        && left.start.is_multiple_of(double)
        && left.end == right.start
        && right.end == left.start.saturating_add(double).min(pieces)
}
