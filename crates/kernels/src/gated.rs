//! Element-wise functions that are not monotone: an argument times a gate.

use crate::dispatch::layer_kernel;
use crate::math::gate;
use crate::{Real, cpu, elementwise};

/// An element-wise function `p = z g(z)`, whose gate `g` rises from 0 to 1.
///
/// It falls before it rises, so that its slope cannot be had from its value, as that of a [`Unary`](crate::Unary): a pass that will
/// need slopes keeps them, which costs little beside the value. Values are within 8 units in the last place of the exact ones,
/// but for [`Gated::GeluTanh`], and exact where `z` is infinite; a NaN gives a NaN. Slopes are within a few units in the last
/// place of themselves, or, close to where they change sign, of the gate.
///
/// ```
/// use gradflow_kernels::Gated;
///
/// let (mut z, mut slopes) = ([-1.0, 0.0, 2.0_f64], [0.0; 3]);
/// Gated::Silu.apply_and_keep(&mut z, &mut slopes);
/// assert!((z[2] - 2.0 / (1.0 + (-2.0_f64).exp())).abs() < 1e-15);
/// assert_eq!(slopes[1], 0.5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gated {
    /// `z / (1 + e^-z)`
    Silu,
    /// `z Phi(z)`, with the distribution function `Phi` of the normal distribution
    Gelu,
    /// `z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))`; for negative `z` the relative error grows like the argument of `tanh`, to some
    /// `1e-13` in `f64` and `1e-4` in `f32` where the value vanishes.
    GeluTanh,
    /// `z clip(z/6 + 1/2, 0, 1)`; the slopes at the kinks `+-3` are those between them.
    HardSwish,
}

impl Gated {
    /// Replaces every `z` by `f(z)`.
    #[inline]
    pub fn apply<T: Real>(self, z: &mut [T]) {
        apply_at(cpu::level(), self, z);
    }

    /// Replaces every `z` by `f(z)`, with the same bits as [`Gated::apply`], and the first numbers of `slopes` by `f'(z)` (27).
    ///
    /// # Panics
    /// If there are fewer slopes.
    #[inline]
    pub fn apply_and_keep<T: Real>(self, z: &mut [T], slopes: &mut [T]) {
        let slopes = &mut slopes[..z.len()];
        apply_and_keep_at(cpu::level(), self, z, slopes);
    }

    /// `[f(z), f'(z)]` of one number, with the same bits as in a slice.
    pub fn value_and_slope<T: Real>(self, z: T) -> [T; 2] {
        let (mut p, mut slope) = ([z], [T::ZERO]);
        self.apply_and_keep(&mut p, &mut slope);
        [p[0], slope[0]]
    }
}

layer_kernel! {
    pub(crate) fn apply_at<T, S>(s: S; f: Gated, z: &mut [T]) {
        macro_rules! map {
            ($f:path) => {
                elementwise::map(s, z, #[inline(always)] |z| $f(s, z)[0])
            };
        }
        match f {
            Gated::Silu => map!(gate::silu),
            Gated::Gelu => map!(gate::gelu),
            Gated::GeluTanh => map!(gate::gelu_tanh),
            Gated::HardSwish => map!(gate::hard_swish),
        }
    }
}

layer_kernel! {
    pub(crate) fn apply_and_keep_at<T, S>(s: S; f: Gated, z: &mut [T], slopes: &mut [T]) {
        macro_rules! both {
            ($f:path) => {
                elementwise::update(s, [z, slopes], [], #[inline(always)] |[z, _], []| $f(s, z))
            };
        }
        match f {
            Gated::Silu => both!(gate::silu),
            Gated::Gelu => both!(gate::gelu),
            Gated::GeluTanh => both!(gate::gelu_tanh),
            Gated::HardSwish => both!(gate::hard_swish),
        }
    }
}
