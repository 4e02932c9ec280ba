//! Orders of samples drawn at random.

use rand::Rng;
use rand::seq::SliceRandom;

use crate::MemoryError;
use crate::memory::reserve;

/// A permutation of `0..n` drawn at random, which takes at most 64 MiB however large `n` is.
///
/// Up to 2^24 numbers are shuffled and kept, four bytes each (Fisher and Yates: every order is equally likely). Of more, the order is computed:
/// a Feistel network of eight rounds permutes `0..4^k`, the least power of four that is at least `n`, and is applied again until a number below
/// `n` comes out (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
///
/// ```
/// use gradflow_data::Permutation;
/// use rand::SeedableRng;
/// use rand_xoshiro::Xoshiro256PlusPlus;
///
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let order = Permutation::new(5, &mut rng)?;
/// let mut all: Vec<usize> = (0..order.len()).map(|i| order.get(i)).collect();
/// all.sort();
/// assert_eq!(all, [0, 1, 2, 3, 4]);
/// # Ok::<(), gradflow_data::MemoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Permutation(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Listed(Vec<u32>),
    Computed(Feistel),
}

/// Numbers up to which an order is kept.
const MOST_LISTED: usize = 1 << 24;

impl Permutation {
    /// A permutation of so many numbers.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn new(n: usize, rng: &mut impl Rng) -> Result<Self, MemoryError> {
        if n > MOST_LISTED {
            return Ok(Self(Kind::Computed(Feistel::new(n, rng))));
        }
        let mut listed = Vec::new();
        reserve(&mut listed, n)?;
        listed.extend(0..n as u32);
        listed.shuffle(rng);
        Ok(Self(Kind::Listed(listed)))
    }

    /// Draws another one of as many numbers, in the same memory.
    pub fn redraw(&mut self, rng: &mut impl Rng) {
        match &mut self.0 {
            Kind::Listed(listed) => {
                for (number, place) in (0..).zip(listed.iter_mut()) {
                    *place = number;
                }
                listed.shuffle(rng);
            }
            Kind::Computed(feistel) => *feistel = Feistel::new(feistel.n as usize, rng),
        }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Listed(listed) => listed.len(),
            Kind::Computed(feistel) => feistel.n as usize,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at place `i`.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn get(&self, i: usize) -> usize {
        assert!(i < self.len(), "place {i} of {}", self.len());
        match &self.0 {
            Kind::Listed(listed) => listed[i] as usize,
            Kind::Computed(feistel) => feistel.get(i as u64) as usize,
        }
    }
}

/// A permutation without a list.
#[derive(Debug, Clone, PartialEq)]
struct Feistel {
    n: u64,
    /// Bits of each half of a number.
    half: u32,
    keys: [u64; 8],
}

impl Feistel {
    fn new(n: usize, rng: &mut impl Rng) -> Self {
        let n = n as u64;
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        Self {
            n,
            half: bits.div_ceil(2).max(1),
            keys: core::array::from_fn(|_| rng.next_u64()),
        }
    }

    /// `i < n`: the walk comes back to a number below `n`, at the latest to `i` itself.
    fn get(&self, i: u64) -> u64 {
        let mut x = self.rounds(i);
        while x >= self.n {
            x = self.rounds(x);
        }
        x
    }

    fn rounds(&self, x: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (x >> self.half, x & mask);
        for key in &self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        left << self.half | right
    }
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014).
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn computed_orders_are_permutations() {
        for n in [1, 2, 3, 4, 5, 16, 17, 100, 1000, 4097] {
            for seed in 0..3 {
                let order = Feistel::new(n, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
                let mut seen = vec![false; n];
                for i in 0..n {
                    let at = order.get(i as u64) as usize;
                    assert!(!core::mem::replace(&mut seen[at], true), "{n}: {at} twice");
                }
            }
        }
    }

    #[test]
    fn computed_orders_are_mixed_well() {
        // How far a number moves in a random order is a third of all on average, 1/sqrt(18 n) off by the deviation of the mean.
        let n = 10_000;
        for seed in 0..5 {
            let order = Feistel::new(n, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
            let moved: f64 = (0..n as u64).map(|i| order.get(i).abs_diff(i) as f64).sum();
            let mean = moved / (n as f64).powi(2);
            assert!(
                (mean - 1.0 / 3.0).abs() < 5.0 / (18.0 * n as f64).sqrt(),
                "{mean}"
            );
            let next = (1..n as u64).filter(|i| order.get(*i) == order.get(i - 1) + 1);
            assert!(next.count() < 10, "neighbours stay neighbours");
        }
    }

    #[test]
    fn an_order_of_nothing_is_empty() {
        for n in [0, 1, 3] {
            let order = Permutation::new(n, &mut Xoshiro256PlusPlus::seed_from_u64(1));
            let order = order.expect("little memory");
            assert_eq!((order.len(), order.is_empty()), (n, n == 0));
        }
    }

    #[test]
    fn numbers_are_mixed_as_by_splitmix64() {
        // The generator adds this to its state and hands out what the finaliser makes of it; its first numbers of the seed 1234567.
        let step = 0x9E37_79B9_7F4A_7C15_u64;
        let state = |n: u64| step.wrapping_mul(n).wrapping_add(1_234_567);
        let numbers = [1, 2, 3].map(|n| mix(state(n)));
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn large_orders_take_no_list() {
        let order = Permutation::new(MOST_LISTED + 1, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let order = order.expect("no memory is needed");
        assert!(matches!(order.0, Kind::Computed(_)));
        assert!((0..1000).all(|i| order.get(i) <= MOST_LISTED));
    }

    #[test]
    fn lists_are_the_usual_shuffle() {
        let mut expected: Vec<usize> = (0..100).collect();
        expected.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(3));
        let mut order = Permutation::new(100, &mut Xoshiro256PlusPlus::seed_from_u64(4))
            .expect("memory for a hundred numbers");
        order.redraw(&mut Xoshiro256PlusPlus::seed_from_u64(3));
        let order: Vec<usize> = (0..100).map(|i| order.get(i)).collect();
        assert_eq!(order, expected);
    }
}
