//! What the messages about windows that do not fit offer instead.

use gradflow_layers::{Activation, Conv, LayerFault, MaxPool, Window};
use gradflow_tensor::Shape;

fn shape(dims: [usize; 3]) -> Shape<3> {
    Shape::new(dims).unwrap()
}

/// All that the messages offer instead can be made.
#[test]
fn ways_out_fit() {
    // The sizes in a text, such as `26x26`.
    let sizes = |text: &str| -> Vec<[usize; 2]> {
        let size = |word: &str| {
            let (v, h) = word.trim_end_matches(',').split_once('x')?;
            Some([v.parse().ok()?, h.parse().ok()?])
        };
        text.split(' ').filter_map(size).collect()
    };
    let mut refused = 0;
    for (input, size, s_v, s_h) in
        (1..10).flat_map(|i| (1..=i).flat_map(move |f| [(i, f, 2, 3), (i, f, 3, 3), (i, f, 5, 1)]))
    {
        let (input, size, stride) = ([1, input, input + 1], [size, size], [s_v, s_h]);
        let conv = |[_, v, h]: [usize; 3], size| {
            let window = Window::from(size).stride(stride);
            Conv::new(shape([1, v, h]), 1, window, Activation::Relu).map(|_| ())
        };
        let pool =
            |input, size| MaxPool::new(shape(input), Window::from(size).stride(stride)).map(|_| ());
        for make in [&conv as &dyn Fn([usize; 3], [usize; 2]) -> _, &pool] {
            let Err(error) = make(input, size) else {
                continue;
            };
            let LayerFault::Remainder { way_out, .. } = error.fault else {
                panic!("{error}");
            };
            let (windows, inputs) = way_out.split_once("an input of").expect("inputs");
            let windows = windows.split_once("use a").expect("windows").1;
            let windows = windows.split(" with stride").next().expect("windows");
            let (windows, inputs) = (sizes(windows), sizes(inputs));
            assert!(!windows.is_empty() && !inputs.is_empty(), "{way_out}");
            for size in windows {
                assert_eq!(make(input, size), Ok(()), "{way_out}");
            }
            for [v, h] in inputs {
                assert_eq!(make([1, v, h], size), Ok(()), "{way_out}");
            }
            refused += 1;
        }
    }
    assert!(refused > 50, "{refused}");
}
