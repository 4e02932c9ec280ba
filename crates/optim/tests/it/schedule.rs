//! Schedules against their formulas.

use gradflow_optim::study::Quadratic;
use gradflow_optim::*;

#[test]
fn schedules_follow_their_formulas() {
    let near = |schedule: &Schedule, t, expected: f64| {
        schedule.validate().unwrap();
        let found = schedule.factor(t);
        assert!(
            (found - expected).abs() <= 1e-15,
            "{schedule:?} at {t}: {found} {expected}"
        );
    };
    near(&Schedule::Constant, 1_000_000, 1.0);
    let step = Schedule::Step {
        every: 10,
        factor: 0.5,
    };
    [(0, 1.0), (9, 1.0), (10, 0.5), (35, 0.125)]
        .iter()
        .for_each(|&(t, f)| near(&step, t, f));
    near(&Schedule::Exponential { factor: 0.9 }, 7, 0.9_f64.powi(7));
    let cosine = Schedule::Cosine {
        steps: 8,
        floor: 0.2,
    };
    let quarter = 0.2 + 0.4 * (1.0 + core::f64::consts::FRAC_1_SQRT_2);
    [(0, 1.0), (2, quarter), (4, 0.6), (8, 0.2), (99, 0.2)]
        .iter()
        .for_each(|&(t, f)| near(&cosine, t, f));
    let linear = Schedule::Polynomial {
        steps: 4,
        floor: 0.0,
        power: 1.0,
    };
    [(0, 1.0), (1, 0.75), (4, 0.0), (5, 0.0)]
        .iter()
        .for_each(|&(t, f)| near(&linear, t, f));
    near(
        &Schedule::Polynomial {
            steps: 4,
            floor: 0.5,
            power: 2.0,
        },
        2,
        0.625,
    );
    let warm_up = Schedule::WarmUp { steps: 4 };
    [(0, 0.25), (3, 1.0), (50, 1.0), (usize::MAX, 1.0)]
        .iter()
        .for_each(|&(t, f)| near(&warm_up, t, f));
    let cycle = Schedule::OneCycle {
        steps: 10,
        rise: 4,
        start: 0.1,
        end: 0.0,
    };
    [(0, 0.1), (2, 0.55), (4, 1.0), (7, 0.5), (10, 0.0)]
        .iter()
        .for_each(|&(t, f)| near(&cycle, t, f));
    near(
        &Schedule::Product(vec![warm_up.clone(), linear.clone()]),
        1,
        0.375,
    );
    let legs = vec![
        Leg {
            steps: 4,
            schedule: warm_up,
        },
        Leg {
            steps: 1,
            schedule: linear,
        },
    ];
    let sequence = Schedule::Sequence(legs);
    [(1, 0.5), (4, 1.0), (5, 0.75), (8, 0.0)]
        .iter()
        .for_each(|&(t, f)| near(&sequence, t, f));

    let saved = serde_json::to_string(&sequence).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&saved).unwrap(), sequence);
    for bad in [
        Schedule::Step {
            every: 0,
            factor: 0.5,
        },
        Schedule::Exponential { factor: -1.0 },
        Schedule::Cosine {
            steps: 0,
            floor: 0.0,
        },
        Schedule::OneCycle {
            steps: 4,
            rise: 4,
            start: 0.0,
            end: 0.0,
        },
        Schedule::Product(vec![]),
        Schedule::Sequence(vec![Leg {
            steps: 0,
            schedule: Schedule::Constant,
        }]),
    ] {
        assert!(
            !bad.factor(5).is_nan(),
            "an invalid schedule must not panic"
        );
        assert!(
            matches!(
                bad.validate(),
                Err(OptimError::Constant { of: "Schedule", .. })
            ),
            "{bad:?}"
        );
    }
}

#[test]
fn a_sequence_switches_at_the_end_of_a_leg() {
    let constant = |factor| Schedule::Cosine {
        steps: 1,
        floor: factor,
    };
    let step = |schedule| Leg { steps: 3, schedule };
    // Each leg is 1 at its step 0 and its own number after that.
    let sequence = Schedule::Sequence([0.5, 0.25, 0.125].map(constant).map(step).to_vec());
    let factors: Vec<f64> = (0..11).map(|t| sequence.factor(t)).collect();
    let expected = [
        1.0, 0.5, 0.5, 1.0, 0.25, 0.25, 1.0, 0.125, 0.125, 0.125, 0.125,
    ];
    assert_eq!(factors, expected);
    // A sequence in a sequence runs on the clock of its leg.
    let nested = Schedule::Sequence(vec![step(Schedule::Constant), step(sequence)]);
    assert_eq!(
        (3..12).map(|t| nested.factor(t)).collect::<Vec<_>>(),
        expected[..9]
    );
}

#[test]
fn a_schedule_scales_the_rate_of_each_step() {
    let schedule = Schedule::Exponential { factor: 0.5 };
    let descent = Descent::new(GradientDescent { rate: 0.5 }).with_schedule(schedule);
    let end = descent
        .minimise(&mut Quadratic::new(vec![1.0]), &[1.0], &Stop::after(3))
        .unwrap();
    assert_eq!(end.q[0], 0.5 * 0.75 * 0.875);
}
