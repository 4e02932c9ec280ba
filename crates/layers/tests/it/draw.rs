//! Random numbers of a pass: pure functions of where they are needed, and as good as random.

use gradflow_kernels::Workers;
use gradflow_layers::{Cx, Draw, Mode};
use proptest::prelude::*;

/// Mean and correlation of `n` numbers uniform in [0, 1), within five standard errors.
fn assert_random(pairs: &[(f64, f64)]) {
    let n = pairs.len() as f64;
    let mean = pairs.iter().map(|(u, _)| u).sum::<f64>() / n;
    assert!(
        (mean - 0.5).abs() < 5.0 * (1.0 / 12.0 / n).sqrt(),
        "mean {mean}"
    );
    let product = |(u, v): &(f64, f64)| (u - 0.5) * (v - 0.5);
    let correlation = 12.0 * pairs.iter().map(product).sum::<f64>() / n;
    assert!(
        correlation.abs() < 5.0 / n.sqrt(),
        "correlation {correlation}"
    );
}

proptest! {
    /// Neighbours in element, sample, layer, step and seed have nothing to do with one another.
    #[test]
    fn neighbours_are_independent(seed: u64, step in 0..u64::MAX, site in 0..1000_usize) {
        let workers = Workers::inline();
        let of = |seed, step, site, sample, element| {
            let cx = Cx::train(&workers, Draw::new(seed, step)).at(site);
            cx.draw().expect("a training pass").uniform(sample, element)
        };
        let neighbours: [&dyn Fn(u64, u64) -> f64; 5] = [
            &|s, i| of(seed, step, site, s, i + 1),
            &|s, i| of(seed, step, site, s + 1, i),
            &|s, i| of(seed, step, site + 1, s, i),
            &|s, i| of(seed, step + 1, site, s, i),
            &|s, i| of(seed.wrapping_add(1), step, site, s, i),
        ];
        for other in neighbours {
            let places = (0..40).flat_map(|s| (0..50).map(move |i| (s, i)));
            let pairs: Vec<_> = places
                .map(|(s, i)| (of(seed, step, site, s, i), other(s, i)))
                .collect();
            prop_assert!(pairs.iter().all(|(u, _)| (0.0..1.0).contains(u)));
            assert_random(&pairs);
        }
    }

    /// Only the sample's place in the mini-batch counts, not the piece that it is computed in.
    #[test]
    fn pieces_do_not_count(seed: u64, step: u64, first in 0..1_000_000_u64, sample in 0..1000_u64, element: u64) {
        let draw = Draw::new(seed, step);
        prop_assert_eq!(draw.from(first).uniform(sample, element), draw.uniform(first + sample, element));
    }
}

/// The numbers stay what they are: runs that were put down are taken up.
#[test]
fn numbers_stay() {
    let draw = Draw::new(7, 100);
    // The same arithmetic, transcribed to Python.
    assert_eq!(draw.uniform(0, 0), 0.131_969_154_056_754_7);
    assert_eq!(draw.uniform(3, 12), 0.910_016_526_833_991_6);
}

#[test]
fn predictions_draw_nothing() {
    let workers = Workers::inline();
    let cx = Cx::predict(&workers);
    assert_eq!(
        (cx.mode, cx.draw(), cx.learns()),
        (Mode::Predict, None, false)
    );
    let sites = [2..4, 7..8];
    let cx = Cx {
        frozen: &sites,
        ..Cx::train(&workers, Draw::new(1, 1))
    };
    let frozen: Vec<usize> = (0..10).filter(|site| cx.at(*site).frozen()).collect();
    assert_eq!(frozen, [2, 3, 7]);
    assert!((0..10).all(|site| cx.at(site).learns() != cx.at(site).frozen()));
    assert_eq!(cx.at(2).at(3).site, 5);
}
