//! Every update pass at every level, alone in its process, whose level it changes.

mod passes;

use gradflow_kernels::cpu::{self, Level};
use gradflow_kernels::{Real, Workers};
use passes::*;

/// The levels of this machine.
fn levels() -> Vec<Level> {
    let all = [Level::Portable, Level::Avx2, Level::Avx512];
    let best = cpu::limit(Level::Avx512);
    all.into_iter().filter(|level| *level <= best).collect()
}

#[test]
fn levels_differ_by_the_roundings_of_fused_operations_at_most() {
    fn check<T: Real>() {
        for (name, pass) in passes::<T>() {
            let run = |level| {
                assert_eq!(cpu::limit(level), level);
                let (mut all, mut j) = arrays::<T>();
                // The ends of the range, met by state and by none.
                let ends = [
                    0.0, 1e-45, -1e-25, 1e-19, 3e-19, -1e-17, 1e19, -1e20, 1e25, 3e38,
                ];
                for (i, end) in ends.into_iter().cycle().take(200).enumerate() {
                    j[i] = T::from_f64(end);
                    if i >= 100 {
                        all[1..].iter_mut().for_each(|state| state[i] = T::ZERO);
                    }
                }
                pass(&Workers::inline(), &mut all, &j);
                all
            };
            let portable = run(Level::Portable);
            // A handful of roundings in Adam's passes, none in the others.
            let fused = name == "adam" || name == "amsgrad";
            let bound = if fused {
                8.0 * T::EPSILON.to_f64()
            } else {
                0.0
            };
            for level in levels() {
                for (a, b) in run(level).iter().flatten().zip(portable.iter().flatten()) {
                    let (a, b) = (a.to_f64(), b.to_f64());
                    assert!(
                        (a - b).abs() <= bound * b.abs().max(1.0),
                        "{name} {level:?}: {a} {b}"
                    );
                }
            }
        }
    }
    check::<f32>();
    check::<f64>();
}
