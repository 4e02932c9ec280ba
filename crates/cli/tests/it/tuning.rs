//! Searches.

use crate::tool::{Tool, value};

#[test]
fn a_grid_is_tried_and_the_best_is_written() {
    let tool = Tool::iris("grid");
    let arguments = "tune iris.ron --set epochs=10 --over rate=1e-9,0.01 --over network[0].outputs=4,8 --folds 3 --out best.ron";
    let found = tool.does(arguments);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 7, "{found}");
    let words: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(
        words,
        [
            "rate",
            "network[0].outputs",
            "accuracy",
            "+-",
            "cost",
            "seconds"
        ]
    );
    assert!(lines[1].trim_start().starts_with("0.01 "), "{found}");
    assert!(lines[4].trim_start().starts_with("1e-9 "), "{found}");
    assert!(value(&found, "mean_accuracy") > 0.8, "{found}");
    let best = tool.read("best.ron");
    assert!(
        best.contains("rate: 0.01, decay") && best.contains("epochs: 10"),
        "{best}"
    );
    assert!(best.contains("// The seed of the first weights."));
    tool.does("train best.ron");

    // The number of trainings at a time changes nothing but the seconds.
    let timeless = |found: &str| {
        let lines = found.lines().filter(|line| !line.contains('='));
        lines
            .map(|line| {
                line.rsplit_once(' ')
                    .map(|pair| pair.0.trim_end().to_owned())
            })
            .collect::<Vec<_>>()
    };
    let again = tool.does(&format!("{arguments} --jobs 1 --force"));
    assert_eq!(timeless(&again)[..5], timeless(&found)[..5]);
}

#[test]
fn combinations_are_drawn_and_halved() {
    let tool = Tool::iris("random");
    let found = tool.does(
        "tune iris.ron --set epochs=9 --over rate=1e-6..0.1 --over protocol.batch=8..40 --random 7 --halving --folds 2",
    );
    // 7, 3, 1: the last round has one.
    assert_eq!(found.lines().count(), 3, "{found}");
    let again = tool.does(
        "tune iris.ron --set epochs=9 --over rate=1e-6..0.1 --over protocol.batch=8..40 --random 7 --halving --folds 2",
    );
    assert_eq!(
        value(&again, "mean_accuracy"),
        value(&found, "mean_accuracy")
    );
}

#[test]
fn an_experiment_alone_is_cross_validated() {
    let tool = Tool::iris("folds");
    let found = tool.does("tune iris.ron");
    assert!(value(&found, "mean_accuracy") > 0.93, "{found}");
}
