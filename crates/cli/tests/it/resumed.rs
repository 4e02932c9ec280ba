//! Trainings that are taken up again, and those that cannot be.

use crate::tool::Tool;

const BEGIN: &str = "train iris.ron --force --set checkpoint=run.ron --set epochs=3";
const AGAIN: &str = "train iris.ron --force --resume --set checkpoint=run.ron";

/// What is said of a checkpoint that is not taken up; it stays as it is.
fn refused(tool: &Tool, settings: &str) -> String {
    let before = tool.read("run.ron");
    let done = tool.run(&format!("{AGAIN} {settings}"));
    assert_eq!(done.code, Some(1), "{settings}: {}{}", done.out, done.err);
    assert_eq!(tool.read("run.ron"), before, "{settings}");
    let said = done.err.strip_prefix("error: run.ron: ");
    let said = said.and_then(|said| said.strip_suffix("\n"));
    said.unwrap_or_else(|| panic!("{settings}: {}", done.err))
        .to_owned()
}

#[test]
fn another_training_is_named_by_what_differs() {
    let tool = Tool::iris("resumed-other");
    tool.does(BEGIN);
    for (settings, what, then, now) in [
        ("--set seed=2", "seed of the initial parameters", "1", "2"),
        ("--set protocol.seed=2", "seed", "1", "2"),
        ("--set split.seed=2", "split", "seed: 1", "seed: 2"),
        (
            "--set split.validation=0.3",
            "split",
            "validation: 0.0",
            "validation: 0.3",
        ),
        ("--set prepare=[]", "prepare", "[Standardise]", "[]"),
        ("--set batch=7", "batch", "16", "7"),
        (
            "--set network[0].outputs=8",
            "layer 0",
            "outputs: 16",
            "outputs: 8",
        ),
        (
            "--set data.missing=Mean",
            "data",
            "missing: Refuse",
            "missing: Mean",
        ),
    ] {
        assert_eq!(
            refused(&tool, settings),
            format!(
                "the checkpoint belongs to another training: `{what}` was {then} in the checkpoint, but is {now} now: set it back to go on, \
                 or begin anew with --force in place of --resume"
            ),
            "{settings}"
        );
    }
    // The same name, other rows.
    let table = tool.read("iris.csv");
    tool.write("iris.csv", table.replace("5.1,", "5.2,"));
    assert_eq!(
        refused(&tool, ""),
        "the checkpoint belongs to a training with other training samples: bring back the files as they were to go on, or begin anew with \
         --force in place of --resume"
    );
    tool.write("iris.csv", &table);
    tool.does(&format!("{AGAIN} --set epochs=4"));
}

#[test]
fn fewer_epochs_than_are_done_are_refused() {
    let tool = Tool::iris("resumed-fewer");
    tool.does(BEGIN);
    let model = || std::fs::read(tool.0.join("iris.safetensors")).expect("a model");
    let before = model();
    assert_eq!(
        refused(&tool, "--set epochs=2"),
        "3 epochs are done, but 2 are asked for: ask for more, --set epochs=N, or begin anew with --force in place of --resume"
    );
    assert!(model() == before);
    // As many as are done: the run ends as it did.
    tool.does(&format!("{AGAIN} --set epochs=3"));
    assert!(model() == before);
}

#[test]
fn a_damaged_checkpoint_is_told_with_what_a_command_can_do() {
    let tool = Tool::iris("resumed-damaged");
    tool.does(BEGIN);
    tool.write("run.ron", "(checkpoint: 1,\n run: \"a");
    assert_eq!(
        refused(&tool, ""),
        "this is no checkpoint, or a damaged one (line 2, column 7: Expected end of string): bring back a whole one, or begin anew with --force in \
         place of --resume"
    );
    tool.write("run.ron", "(checkpoint: 1000)");
    let said = refused(&tool, "");
    assert!(
        said.starts_with("the checkpoint has format 1000, this version of gradflow reads format ")
            && said.ends_with(
                ": use the version that wrote it, or begin anew with --force in place of --resume"
            ),
        "{said}"
    );
    tool.write("run.ron", "[".repeat(100_000));
    let said = refused(&tool, "");
    assert!(
        said.starts_with("the text has more brackets")
            && said.ends_with(", or begin anew with --force in place of --resume"),
        "{said}"
    );
    tool.does(BEGIN);
}
