//! Scalings: moments and ranges of the result, the inverse, constant components.

use gradflow_data::strategies::{classification, regression};
use gradflow_data::{Dataset, Scaling, ScalingError};
use gradflow_tensor::{Batch, Shape};
use proptest::prelude::*;

/// Component `c` of every sample.
fn component(batch: Batch<'_, f64>, c: usize) -> Vec<f64> {
    batch.iter().map(|x| x[c]).collect()
}

proptest! {
    #[test]
    fn standardised_components_have_mean_0_and_deviation_1(mut data in regression::<f64>([1, 2, 2], 30, 1)) {
        let before = data.clone();
        let scaling = Scaling::standardise(data.inputs())?;
        data.scale_inputs(&scaling)?;
        let n = data.len() as f64;
        for c in 0..data.inputs().size() {
            let x = component(data.inputs(), c);
            let mean = x.iter().sum::<f64>() / n;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            // 1e-6: values near one another lose digits when the mean is subtracted.
            prop_assert!(mean.abs() < 1e-6, "mean {mean}");
            prop_assert!((variance - 1.0).abs() < 1e-6 || data.len() == 1, "variance {variance}");
        }
        prop_assert_eq!(data.targets(), before.targets());

        let mut back = data.inputs().data().to_vec();
        scaling.invert(&mut back)?;
        for (a, b) in back.iter().zip(before.inputs().data()) {
            // Values up to 10 in size, two roundings each way.
            prop_assert!((a - b).abs() < 1e-13 * 20.0);
        }
    }

    #[test]
    fn ranges_become_0_to_1(mut data in regression::<f64>([1, 2, 2], 30, 3)) {
        let inputs = Scaling::range(data.inputs())?;
        let targets = Scaling::range(data.targets().values().unwrap())?;
        data.scale_inputs(&inputs)?;
        data.scale_targets(&targets)?;
        for batch in [data.inputs(), data.targets().values().unwrap()] {
            for c in 0..batch.size() {
                let x = component(batch, c);
                prop_assert_eq!(x.iter().copied().fold(f64::INFINITY, f64::min), 0.0);
                let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                prop_assert_eq!(high, if data.len() == 1 { 0.0 } else { 1.0 });
            }
        }
    }

    /// What is fitted to one part is applied to another unchanged.
    #[test]
    fn other_parts_get_the_scale_of_the_first(data in regression::<f64>([1, 1, 3], 30, 1)) {
        prop_assume!(data.len() > 2);
        let (train, mut test) = data.split(0.5, 1)?;
        let scaling = Scaling::standardise(train.inputs())?;
        let raw = test.clone();
        test.scale_inputs(&scaling)?;
        for (scaled, raw) in test.inputs().iter().zip(raw.inputs()) {
            for c in 0..raw.len() {
                prop_assert_eq!(scaled[c], (raw[c] - scaling.offset()[c]) / scaling.scale()[c]);
            }
        }
    }

    #[test]
    fn class_targets_are_left_alone(mut data in classification::<f32>([1, 1, 2], 10, 3)) {
        let scaling = Scaling::range(data.inputs())?;
        let error = data.scale_targets(&scaling).unwrap_err();
        prop_assert!(matches!(error, ScalingError::ClassTargets), "{error}");
    }
}

#[test]
fn a_constant_component_is_shifted_to_zero() {
    // 0.1 is not exact: a mean by summing would miss it by a rounding and leave a tiny deviation to divide by.
    let data = vec![0.1_f64; 1000];
    for fit in [Scaling::standardise, Scaling::range] {
        let scaling = fit(Batch::new(&data, 1).unwrap()).unwrap();
        assert_eq!(
            (scaling.offset(), scaling.scale()),
            ([0.1].as_slice(), [1.0].as_slice())
        );
    }
}

#[test]
fn a_large_mean_does_not_hide_the_deviation() {
    let x: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect();
    let scaling = Scaling::standardise(Batch::new(&x, 1).unwrap()).unwrap();
    // 1e-6: the mean is known to half an ulp of 1e9, 6e-8.
    assert!((scaling.scale()[0] - 0.5).abs() < 1e-6);
}

#[test]
fn what_cannot_be_scaled_is_refused() {
    let spread = |x: &[f64]| {
        [Scaling::standardise, Scaling::range]
            .map(|fit| fit(Batch::new(x, 2).unwrap()).unwrap_err())
    };
    for x in [[0.0, f64::NAN, 0.0, 1.0], [0.0, 1.0, 0.0, f64::INFINITY]] {
        for error in spread(&x) {
            assert!(
                matches!(error, ScalingError::Spread { component: 1 }),
                "{error}"
            );
        }
    }
    let wide = [0.0, f64::MAX, 0.0, f64::MIN];
    let wide = Batch::new(&wide, 2).unwrap();
    let error = Scaling::range(wide).unwrap_err();
    assert!(
        matches!(error, ScalingError::Spread { component: 1 }),
        "{error}"
    );
    assert_eq!(Scaling::standardise(wide).unwrap().scale(), [1.0, f64::MAX]);
    for error in spread(&[]) {
        assert!(matches!(error, ScalingError::Empty), "{error}");
    }

    let shape = Shape::vector(2).unwrap();
    let mut data = Dataset::regression(shape, vec![0.0, 1.0, 1.0, 0.0], 1, vec![0.0, 1.0]).unwrap();
    let other = Scaling::range(data.targets().values().unwrap()).unwrap();
    assert!(matches!(
        data.scale_inputs(&other),
        Err(ScalingError::Size {
            expected: 1,
            found: 2
        })
    ));
    let two = Scaling::range(data.inputs()).unwrap();
    assert!(matches!(
        two.apply(&mut [0.0; 3]),
        Err(ScalingError::Values { size: 2, len: 3 })
    ));

    // A part that lies too far outside the range that was fitted stays as it was.
    let tiny = Scaling::range(Batch::new(&[0.0, 0.0, 1e-300, 1e-300], 2).unwrap()).unwrap();
    let mut far = Dataset::regression(shape, vec![0.0, 1e300], 1, vec![0.0]).unwrap();
    let before = far.clone();
    assert!(matches!(
        far.scale_inputs(&tiny),
        Err(ScalingError::TooLarge {
            sample: 0,
            component: 1,
            ..
        })
    ));
    assert_eq!(far, before);
}
