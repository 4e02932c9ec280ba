//! Random numbers of a pass, as a function of where they are needed.

/// Odd numbers without a pattern (digits of the golden ratio, and of sqrt 2 and sqrt 3).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
const ROOT2: u64 = 0x6a09_e667_f3bc_c909;
const ROOT3: u64 = 0xbb67_ae85_84ca_a73b;

/// Random numbers that are told from a key and a place, not from a history: masks depend neither on threads nor on
/// pieces, and the backward pass computes them again.
///
/// ```
/// use gradflow_layers::Draw;
///
/// let draw = Draw::new(7, 100); // seed 7, step 100
/// let u = draw.uniform(3, 12); // sample 3 of the pass, element 12
/// assert!((0.0..1.0).contains(&u));
/// // A pass over the samples from 2 on draws the same numbers for the same samples.
/// assert_eq!(draw.from(2).uniform(1, 12), u);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// What tells the draws of one step and layer from all others.
    pub key: u64,
    /// Index, within the mini-batch, of the first sample of the pass.
    pub first: u64,
}

impl Draw {
    /// The draws of a step of a run with this seed.
    pub fn new(seed: u64, step: u64) -> Self {
        Self {
            key: mix(mix(seed.wrapping_add(ROOT2)).wrapping_add(step.wrapping_mul(GOLDEN))),
            first: 0,
        }
    }

    /// The same draws for a pass whose first sample is number `first` of the mini-batch.
    #[must_use]
    pub fn from(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// The draws of a layer.
    #[inline]
    pub(crate) fn at(self, site: usize) -> Self {
        Self {
            key: self.key.wrapping_add((site as u64).wrapping_mul(ROOT3)),
            ..self
        }
    }

    /// What tells the draws of a sample of the pass from those of all others: a function of the key and `first + sample`.
    #[inline]
    pub fn row(&self, sample: u64) -> u64 {
        let sample = self.first.wrapping_add(sample);
        mix(self.key.wrapping_add(sample.wrapping_mul(GOLDEN)))
    }

    /// A number in `[0, 1)` for an element of a sample of the pass: a function of the key, `first + sample`, and `element`.
    #[inline]
    pub fn uniform(&self, sample: u64, element: u64) -> f64 {
        let bits = mix(self.row(sample).wrapping_add(element.wrapping_mul(ROOT2)));
        // The upper 53 bits: every such number is one of f64.
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A bijection in which every bit of the output depends on all of the input (Steele, Lea, Flood 2014, `mix64`, in the
/// variant 13 of Stafford).
#[inline]
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
