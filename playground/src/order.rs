//! The order of the samples in an epoch.

use gradflow::rand::SeedableRng;
use gradflow::rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Puts the samples in the order that a run of the library gives them: a test holds the two together.
pub(crate) fn shuffle(order: &mut [usize], seed: u64, epoch: usize) {
    for (sample, place) in order.iter_mut().enumerate() {
        *place = sample;
    }
    let mixed = seed ^ 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(epoch as u64);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(mixed);
    rng.jump();
    order.shuffle(&mut rng);
}
