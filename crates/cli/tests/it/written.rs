//! Files that a training writes: none is lost, and none is written twice.

use crate::tool::Tool;

/// What is said of a training that is not begun.
fn refused(tool: &Tool, arguments: &str) -> String {
    // A training of so many epochs does not come to its end.
    let done = tool.run(&format!(
        "train iris.ron --set epochs=1000000000 {arguments}"
    ));
    assert_eq!(done.code, Some(1), "{arguments}: {}", done.err);
    assert_eq!(done.out, "", "{arguments}");
    let said = done.err.strip_prefix("error: ").expect("an error");
    said.trim_end().to_owned()
}

#[test]
fn checkpoints_overwrite_nothing() {
    let tool = Tool::iris("written-checkpoints");
    tool.write("run.ron", "mine");
    let there = "is there already: if it is the checkpoint of a training that was begun, go on with it by --resume, or begin anew with \
                 --force; if not, choose another name";
    assert_eq!(
        refused(&tool, "--set checkpoint=run.ron"),
        format!("`run.ron` {there}")
    );
    tool.write("a.safetensors.checkpoint.ron", "mine");
    assert_eq!(
        refused(&tool, "--out a.safetensors"),
        format!("`a.safetensors.checkpoint.ron` {there}")
    );
    tool.write("other.best.ron", "mine");
    assert_eq!(
        refused(&tool, "--set checkpoint=other.ron"),
        "`other.best.ron` is there already, where the best epoch is kept: begin anew with --force, which replaces it, or choose another name \
         for the checkpoint"
    );
    for name in ["run.ron", "other.best.ron"] {
        assert_eq!(tool.read(name), "mine");
    }
    assert!(!tool.has("other.ron") && !tool.has("iris.safetensors"));
    // It is written beside a checkpoint of every epoch alone.
    tool.write("iris.safetensors.checkpoint.best.ron", "mine");
    tool.does("train iris.ron --set epochs=1");
    assert_eq!(tool.read("iris.safetensors.checkpoint.best.ron"), "mine");
    tool.does("train iris.ron --set epochs=1 --set checkpoint=other.ron --force");
    assert!(tool.read("other.best.ron").starts_with("(checkpoint"));
}

#[test]
fn folders_are_no_files() {
    let tool = Tool::iris("written-folders");
    for folder in ["run.ron", "other.best.ron", "m"] {
        std::fs::create_dir(tool.0.join(folder)).expect("a folder");
    }
    for (arguments, name) in [
        ("--set checkpoint=run.ron", "run.ron"),
        ("--set checkpoint=other.ron", "other.best.ron"),
        ("--out m", "m"),
    ] {
        for more in ["", "--force", "--resume"] {
            assert_eq!(
                refused(&tool, &format!("{arguments} {more}")),
                format!("`{name}` is a folder, and no file: choose another name")
            );
        }
    }
}

#[test]
fn no_file_is_written_twice() {
    let tool = Tool::iris("written-twice");
    for (arguments, said) in [
        (
            "--out a --set checkpoint=./a",
            "`./a` would be the model and the checkpoint at once",
        ),
        (
            "--out run.best.ron --set checkpoint=run.ron",
            "`run.best.ron` would be the model and the checkpoint of the best epoch at once",
        ),
        (
            "--out r --report r",
            "`r` would be the model and the folder of the report at once",
        ),
        (
            "--out a --report r --set checkpoint=r/report.html",
            "`r/report.html` would be the report and the checkpoint at once",
        ),
    ] {
        for force in ["", " --force"] {
            assert_eq!(
                refused(&tool, &format!("{arguments}{force}")),
                format!("{said}: choose another name for one of them")
            );
        }
    }
    std::fs::rename(tool.0.join("iris.csv"), tool.0.join("run.best.ron")).expect("renamed");
    for arguments in [
        "--set checkpoint=iris.ron",
        "--set checkpoint=run.best.ron",
        "--set checkpoint=run.ron",
    ] {
        let said = refused(
            &tool,
            &format!("--force --set data.file=run.best.ron {arguments}"),
        );
        let words = "is what this command reads, and is not overwritten: choose another name";
        assert!(said.ends_with(words), "{arguments}: {said}");
    }
}

#[test]
fn models_of_similar_names_have_their_own_checkpoints() {
    let tool = Tool::iris("written-names");
    tool.write("m.v1.checkpoint.ron", "begun");
    tool.does("train iris.ron --set epochs=1 --out m.v2");
    assert!(refused(&tool, "--out m.v1").starts_with("`m.v1.checkpoint.ron` is there already"));
}

#[test]
fn names_that_cannot_be_made_are_asked_for() {
    let tool = Tool::iris("written-asked");
    for (arguments, of) in [("new .", "."), ("new iris.ron", "iris.ron")] {
        for force in ["", " --force"] {
            let done = tool.run(&format!("{arguments}{force}"));
            assert_eq!(done.code, Some(2), "{arguments}: {}", done.err);
            assert_eq!(
                done.err,
                format!(
                    "error: no name for what is written can be made of `{of}`: say one, --out NAME\n"
                )
            );
        }
    }
    let done = tool.run("import .");
    assert_eq!(
        done.err,
        "error: `.` is a folder: give the name of an ONNX file, or of weights as safetensors\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn data_that_no_experiment_can_name_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let tool = Tool::iris("written-utf8");
    let name = OsStr::from_bytes(b"a\xff.csv");
    std::fs::rename(tool.0.join("iris.csv"), tool.0.join(name)).expect("renamed");
    let mut command = tool.command(&[OsStr::new("new"), name]);
    let done = command.output().expect("it runs");
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&done.stderr),
        "error: `a\u{fffd}.csv`: the path is no text in UTF-8, and an experiment could not name it: rename it\n"
    );
}

#[test]
fn who_stops_reading_the_progress_loses_no_model() {
    let tool = Tool::iris("written-unread");
    tool.write("iris.safetensors", "old");
    for arguments in [["--json"].as_slice(), &[]] {
        let begin = ["train", "iris.ron", "--force", "--set", "epochs=1000000000"];
        let mut command = tool.command(&[&begin, arguments].concat());
        // Nobody reads from the beginning on.
        let (_, unread) = std::io::pipe().expect("a pipe");
        let done = command.stdout(unread).output().expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{said}");
        let begins = "error: the progress cannot be written (";
        assert!(said.starts_with(begins), "{said}");
        let ends = match arguments {
            [] => ") before the training\n",
            _ => {
                " epochs; `iris.safetensors.checkpoint.ron` is saved: the same command with --resume goes on\n"
            }
        };
        assert!(said.ends_with(ends), "{said}");
        assert_eq!(tool.read("iris.safetensors"), "old");
    }
    tool.does("train iris.ron --force --resume --set epochs=200 --set early_stopping=None");
}

#[test]
fn the_ways_out_are_those_of_the_command() {
    let tool = Tool::iris("written-ways");
    tool.does("train iris.ron --set epochs=1");
    tool.does("export iris.safetensors --onnx iris.onnx");
    for command in ["inspect iris.onnx", "evaluate iris.onnx iris.csv"] {
        assert_eq!(
            tool.run(command).err,
            "error: iris.onnx: a model in a safetensors file was expected, but this is an ONNX file: `gradflow import iris.onnx` makes a model \
             of it\n"
        );
    }
    let done = tool.run("evaluate iris.safetensors nowhere.csv");
    let begins = "error: nowhere.csv: cannot be opened: ";
    assert!(done.err.starts_with(begins), "{}", done.err);
}

#[test]
fn an_import_does_not_replace_the_table_of_its_experiment() {
    let tool = Tool::iris("written-import");
    tool.write("w.safetensors", "weights");
    let table = tool.read("iris.csv");
    for name in ["iris.csv", "iris.ron", "w.safetensors"] {
        let done = tool.run(&format!(
            "import w.safetensors --network iris.ron --out {name} --force"
        ));
        assert_eq!(done.code, Some(1));
        assert_eq!(
            done.err,
            format!(
                "error: `{name}` is what this command reads, and is not overwritten: choose another name\n"
            )
        );
    }
    assert_eq!(tool.read("iris.csv"), table);
}

/// What is written stands under a longer name first; that it cannot is told before the training and not behind it.
#[cfg(unix)]
#[test]
fn names_that_leave_no_room_are_refused_at_once() {
    let tool = Tool::iris("written-long");
    let name = "m".repeat(250);
    let said = refused(&tool, &format!("--out {name}"));
    assert_eq!(
        said,
        format!("`{name}` cannot be written: File name too long (os error 36)")
    );
    assert!(!tool.has(&name));
}
