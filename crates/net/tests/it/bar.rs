//! The progress line.

use gradflow::{Iteration, Observer, ProgressBar};

#[test]
fn the_line_moves_now_and_then_and_at_the_end() {
    let mut bar = ProgressBar::new();
    let mut shown = |taken| {
        let step = Iteration {
            epoch: 1,
            taken,
            total: 20,
            cost: 1.0,
            rate: 0.1,
        };
        Observer::<f32>::step(&mut bar, &step);
        format!("{bar:?}")
    };
    assert!(shown(1).contains("position: 0"));
    let later = shown(16);
    assert!(later.contains("position: 16") && later.contains("length: Some(20)"));
    assert!(shown(17).contains("position: 16"));
    assert!(shown(20).contains("position: 20"));
}
