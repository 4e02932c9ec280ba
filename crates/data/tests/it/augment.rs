//! Pictures that are changed at random.

use gradflow_data::{Augment, AugmentError};
use gradflow_tensor::Shape;
use proptest::prelude::*;

const FILL: f64 = -1.0;

fn apply(change: &Augment, shape: Shape<3>, seed: u64, x: &[f64]) -> Vec<f64> {
    let mut changed = vec![f64::NAN; x.len()];
    change.check(shape).unwrap();
    change.apply(shape, seed, x, &mut changed);
    changed
}

fn pictures() -> impl Strategy<Value = (Shape<3>, Vec<f64>)> {
    [1..4_usize, 1..9, 1..9].prop_flat_map(|dims| {
        let shape = Shape::new(dims).unwrap();
        (
            Just(shape),
            prop::collection::vec(0.0..1.0_f64, shape.len()),
        )
    })
}

/// The pixel of a picture, or the fill outside.
fn pixel(shape: Shape<3>, x: &[f64], plane: usize, row: i64, column: i64) -> f64 {
    let [_, vertical, horizontal] = shape.dims();
    let inside = (0..vertical as i64).contains(&row) && (0..horizontal as i64).contains(&column);
    match inside {
        true => x[(plane * vertical + row as usize) * horizontal + column as usize],
        false => FILL,
    }
}

/// All that a shift and a mirror can make of a picture.
fn moved(shape: Shape<3>, x: &[f64], shift: [i64; 2], flip: bool) -> Vec<f64> {
    let [depth, vertical, horizontal] = shape.dims();
    let mut y = Vec::new();
    for plane in 0..depth {
        for row in 0..vertical as i64 {
            for column in 0..horizontal as i64 {
                let column = if flip {
                    horizontal as i64 - 1 - column
                } else {
                    column
                };
                y.push(pixel(shape, x, plane, row - shift[0], column - shift[1]));
            }
        }
    }
    y
}

proptest! {
    #[test]
    fn nothing_asked_for_changes_nothing((shape, x) in pictures(), seed: u64) {
        prop_assert_eq!(apply(&Augment::default(), shape, seed, &x), x.clone());
        // A window as large as the picture goes by way of interpolation.
        let [_, vertical, horizontal] = shape.dims();
        let whole = apply(&Augment::default().crop([vertical, horizontal]).fill(FILL), shape, seed, &x);
        for (whole, x) in whole.iter().zip(&x) {
            prop_assert!((whole - x).abs() < 1e-12);
        }
    }

    /// By whole pixels, and by way of interpolation.
    #[test]
    fn shifts_and_mirrors_move_whole_pixels((shape, x) in pictures(), seed: u64, flip: bool, interpolate: bool) {
        let [_, vertical, horizontal] = shape.dims();
        let most = [(vertical - 1).min(2), (horizontal - 1).min(3)];
        let mut change = Augment { flip, ..Augment::default().shift(most).fill(FILL) };
        if interpolate {
            change = change.crop([vertical, horizontal]);
        }
        let changed = apply(&change, shape, seed, &x);
        let all = (-(most[0] as i64)..=most[0] as i64).flat_map(|v| {
            (-(most[1] as i64)..=most[1] as i64).flat_map(move |h| [([v, h], false), ([v, h], true)])
        });
        let near = |y: &[f64]| y.iter().zip(&changed).all(|(a, b)| (a - b).abs() < 1e-12);
        let found = all.filter(|(_, mirrored)| flip || !mirrored).any(|(by, mirrored)| near(&moved(shape, &x, by, mirrored)));
        prop_assert!(found, "{:?} of {:?}", changed, x);
    }

    #[test]
    fn both_ways_of_moving_agree((shape, x) in pictures(), seed: u64) {
        let [_, vertical, horizontal] = shape.dims();
        let change = Augment::default().shift([vertical - 1, horizontal - 1]).flip().fill(FILL);
        let copied = apply(&change, shape, seed, &x);
        let between = apply(&change.crop([vertical, horizontal]), shape, seed, &x);
        for (a, b) in copied.iter().zip(&between) {
            prop_assert!((a - b).abs() < 1e-12, "{:?} {:?}", copied, between);
        }
    }

    #[test]
    fn what_is_drawn_comes_from_the_seed((shape, x) in pictures(), seed: u64) {
        let [_, vertical, horizontal] = shape.dims();
        let change = Augment::default().shift([vertical / 2, horizontal / 2]).flip().turn(20.0).zoom(0.2)
            .crop([vertical.div_ceil(2), horizontal.div_ceil(2)]).cut_out([1, 1]);
        let once = apply(&change, shape, seed, &x);
        prop_assert_eq!(&apply(&change, shape, seed, &x), &once);
        // Between pixels and the fill, nothing is larger than both.
        let most = x.iter().copied().fold(0.0, f64::max) + 1e-12;
        prop_assert!(once.iter().all(|y| (-1e-12..=most).contains(y)));
    }

    #[test]
    fn a_rectangle_is_cut_out_of_all_planes((shape, x) in pictures(), seed: u64, cut in [1..4_usize, 1..4]) {
        let [depth, vertical, horizontal] = shape.dims();
        let cut = [cut[0].min(vertical), cut[1].min(horizontal)];
        let changed = apply(&Augment::default().cut_out(cut).fill(FILL), shape, seed, &x);
        let planes: Vec<Vec<usize>> = changed.chunks_exact(vertical * horizontal)
            .map(|plane| (0..plane.len()).filter(|i| plane[*i] == FILL).collect()).collect();
        prop_assert_eq!(planes.len(), depth);
        let filled = &planes[0];
        prop_assert!(planes.iter().all(|plane| plane == filled));
        prop_assert!(!filled.is_empty() && filled.len() <= cut[0] * cut[1]);
        let (rows, columns): (Vec<_>, Vec<_>) = filled.iter().map(|i| (i / horizontal, i % horizontal)).unzip();
        let span = |of: &[usize]| of.iter().max().unwrap() - of.iter().min().unwrap() + 1;
        prop_assert_eq!(span(&rows) * span(&columns), filled.len());
        prop_assert!(changed.iter().zip(&x).all(|(a, b)| a == b || *a == FILL));
    }
}

#[test]
fn all_that_may_be_drawn_is_drawn() {
    let shape = Shape::new([1, 1, 3]).unwrap();
    let change = Augment::default().shift([0, 1]).flip();
    let mut seen: Vec<Vec<f64>> = (0..200)
        .map(|seed| apply(&change, shape, seed, &[1.0, 2.0, 3.0]))
        .collect();
    seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[test]
fn a_turn_and_a_zoom_leave_the_centre_and_move_the_rest() {
    let shape = Shape::new([1, 9, 9]).unwrap();
    let mut x = vec![0.0; 81];
    (x[40], x[44]) = (1.0, 1.0); // the centre, and four to the right
    for seed in 0..20 {
        let turned = apply(&Augment::default().turn(90.0), shape, seed, &x);
        assert!((turned[40] - 1.0).abs() < 1e-12);
        // The other point stays about four from the centre: half of its weight and more, as four pixels share it.
        let ring = (0..81).filter(|i| {
            let (v, h) = ((i / 9) as f64 - 4.0, (i % 9) as f64 - 4.0);
            (v.hypot(h) - 4.0).abs() < 1.5
        });
        assert!(ring.map(|i| turned[i]).sum::<f64>() > 0.4, "seed {seed}");
        let zoomed = apply(&Augment::default().zoom(0.5), shape, seed, &x);
        assert!((zoomed[40] - 1.0).abs() < 1e-12);
        assert!(zoomed[..36].iter().chain(&zoomed[45..]).all(|y| *y < 0.5));
    }
}

#[test]
fn what_does_not_suit_the_pictures_is_refused() {
    let shape = Shape::new([3, 4, 5]).unwrap();
    let refused = |change: Augment| change.check(shape).unwrap_err().to_string();
    assert_eq!(
        refused(Augment::default().crop([5, 4])),
        "crop: 5 x 4 in a picture of 4 x 5: choose 1 to its size"
    );
    assert_eq!(
        refused(Augment::default().shift([0, 5])),
        "shift: 0 x 5 in a picture of 4 x 5: choose less than its size"
    );
    assert_eq!(
        refused(Augment::default().turn(f64::NAN)),
        "turn must be from 0 to 180 degrees, not NaN"
    );
    for change in [
        Augment::default().cut_out([0, 1]),
        Augment::default().cut_out([1, 6]),
        Augment::default().zoom(-0.1),
        Augment::default().turn(181.0),
        Augment::default().fill(f64::INFINITY),
        Augment::default().crop([0, 0]),
    ] {
        assert!(matches!(
            change.check(shape),
            Err(AugmentError::Size { .. } | AugmentError::Constant { .. })
        ));
    }
    Augment::default()
        .shift([3, 4])
        .crop([4, 5])
        .cut_out([4, 5])
        .check(shape)
        .unwrap();
}

#[test]
fn changes_are_plain_data() {
    let change = Augment::default().shift([2, 2]).flip().turn(10.0);
    let text = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<Augment>(&text).unwrap(), change);
    assert_eq!(
        serde_json::from_str::<Augment>(r#"{"flip":true}"#).unwrap(),
        Augment::default().flip()
    );
    assert!(serde_json::from_str::<Augment>(r#"{"flop":true}"#).is_err());
}
