//! Tensors as text. The expected texts are NumPy's, but for trailing zeros, which it leaves out.

use gradflow_tensor::{Shape, Tensor, TensorView};
use proptest::prelude::*;

fn ints<const R: usize>(dims: [usize; R]) -> Tensor<usize, R> {
    let shape = Shape::new(dims).unwrap();
    Tensor::from_fn(shape, |index| shape.flatten(index).unwrap())
}

fn floats(x: &[f64]) -> String {
    TensorView::new(Shape::new([x.len()]).unwrap(), x)
        .unwrap()
        .to_string()
}

#[test]
fn brackets_nest_and_columns_align() {
    assert_eq!(ints([]).to_string(), "0");
    assert_eq!(ints([3]).to_string(), "[0 1 2]");
    assert_eq!(
        ints([2, 6]).to_string(),
        "[[ 0  1  2  3  4  5]\n [ 6  7  8  9 10 11]]"
    );
    assert_eq!(
        ints([2, 2, 2]).to_string(),
        "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]"
    );
    assert_eq!(
        ints([2, 1, 1, 2]).to_string(),
        "[[[[0 1]]]\n\n\n [[[2 3]]]]"
    );
}

#[test]
fn long_axes_are_elided() {
    assert_eq!(
        ints([1001]).to_string(),
        "[   0    1    2 ...  998  999 1000]"
    );
    assert_eq!(
        ints([100, 11]).to_string(),
        "[[   0    1    2 ...    8    9   10]\n \
          [  11   12   13 ...   19   20   21]\n \
          [  22   23   24 ...   30   31   32]\n \
          ...\n \
          [1067 1068 1069 ... 1075 1076 1077]\n \
          [1078 1079 1080 ... 1086 1087 1088]\n \
          [1089 1090 1091 ... 1097 1098 1099]]"
    );
    // An axis of up to six is shown whole.
    assert_eq!(
        ints([2, 600]).to_string(),
        "[[   0    1    2 ...  597  598  599]\n [ 600  601  602 ... 1197 1198 1199]]"
    );
    let pictures = ints([50, 3, 32, 32]).to_string();
    assert_eq!(pictures.matches("...").count(), 1 + 18 * 7);
    assert!(pictures.contains("]]]\n\n\n ...\n\n\n [[["), "{pictures}");
}

#[test]
fn rows_are_broken() {
    assert_eq!(
        ints([60]).to_string(),
        "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n \
          24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47\n \
          48 49 50 51 52 53 54 55 56 57 58 59]"
    );
}

#[test]
fn numbers_share_a_notation() {
    assert_eq!(floats(&[1.0, 2.0]), "[1 2]");
    assert_eq!(floats(&[1.0, 0.5, -0.25]), "[ 1.00  0.50 -0.25]");
    assert_eq!(floats(&[1.0 / 3.0, 0.1]), "[0.33333333 0.10000000]");
    assert_eq!(floats(&[1e-10, 1.5]), "[1.0e-10   1.5e0]");
    assert_eq!(floats(&[1e300]), "[1e300]");
    assert_eq!(
        floats(&[f64::NAN, f64::INFINITY, 0.0, -1.5]),
        "[ NaN  inf  0.0 -1.5]"
    );
    let t = ints([2]);
    assert_eq!(format!("{t:.3}"), "[0 1]");
    let big = Tensor::from_vec(Shape::new([2]).unwrap(), vec![i64::MIN, u32::MAX.into()]).unwrap();
    assert_eq!(
        big.to_string(),
        "[-9223372036854775808           4294967295]"
    );
}

proptest! {
    /// Whatever the shape and the numbers: brackets match, and the text is short.
    #[test]
    fn texts_are_short(dims in [1..40_usize, 1..40, 1..40], x in prop::num::f64::ANY) {
        let shape = Shape::new(dims)?;
        let text = Tensor::from_fn(shape, |[i, _, _]| x * i as f64).to_string();
        prop_assert_eq!(text.matches('[').count(), text.matches(']').count());
        prop_assert!(text.len() < 40_000);
        prop_assert!(text.lines().all(|line| line.len() < 80));
    }
}
