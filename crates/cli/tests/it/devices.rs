//! Files that are none: what has no end, and what would be waited for.

use crate::tool::Tool;

/// What is said, in one line.
fn told(tool: &Tool, arguments: &str) -> String {
    let done = tool.run(arguments);
    assert_eq!(done.code, Some(1), "{arguments}: {}", done.err);
    assert_eq!(done.out, "", "{arguments}");
    let said = done.err.lines().next().expect("a line");
    said.strip_prefix("error: ").expect("an error").to_owned()
}

const FILE: &str = "that is a device or a pipe, and no file: give the name of a file";
const STREAM: &str =
    "that is a device, which need not have an end: give the name of a file or a pipe";

#[test]
fn devices_are_not_read() {
    let tool = Tool::iris("devices");
    tool.does("train iris.ron --set epochs=1");
    for (arguments, said) in [
        (
            "new /dev/zero",
            format!("/dev/zero: cannot be opened: {FILE}"),
        ),
        (
            "train /dev/zero",
            format!("/dev/zero: reading failed: {STREAM}"),
        ),
        (
            "train iris.ron --out a.safetensors --set data.file=/dev/zero",
            format!(
                "iris.ron, `data` with `data.file=/dev/zero`: /dev/zero: cannot be opened: {STREAM}"
            ),
        ),
        (
            "predict iris.safetensors /dev/zero",
            format!("`/dev/zero` cannot be read: {STREAM}"),
        ),
        (
            "evaluate /dev/zero iris.csv",
            format!("/dev/zero: opening failed: {FILE}"),
        ),
        (
            "import /dev/zero --out a.safetensors",
            format!("`/dev/zero` cannot be imported: /dev/zero: reading failed: {FILE}"),
        ),
    ] {
        assert_eq!(told(&tool, arguments), said, "{arguments}");
    }
}

/// Makes a pipe with a name, where that can be done.
fn pipe(tool: &Tool) -> bool {
    let made = std::process::Command::new("mkfifo")
        .arg(tool.0.join("pipe"))
        .status();
    let made = made.is_ok_and(|status| status.success());
    if !made {
        println!("no pipe can be made here");
    }
    made
}

#[test]
fn what_is_read_twice_is_no_pipe() {
    let tool = Tool::iris("read-twice");
    tool.does("train iris.ron --set epochs=1");
    if !pipe(&tool) {
        return;
    }
    for arguments in [
        "new pipe",
        "new iris.csv --out a.ron --targets pipe",
        "evaluate iris.safetensors pipe",
    ] {
        let said = format!("pipe: cannot be opened: {FILE}");
        assert_eq!(told(&tool, arguments), said, "{arguments}");
    }
}

#[test]
fn devices_and_pipes_are_not_written_to() {
    let tool = Tool::iris("pipes");
    tool.does("train iris.ron --set epochs=1");
    let mut names = vec!["/dev/zero"];
    if pipe(&tool) {
        names.push("pipe");
    }
    for name in names {
        for command in [
            "export iris.safetensors --onnx",
            "export iris.safetensors --rust",
            "export iris.safetensors --c",
            "train iris.ron --out",
            "new iris.csv --out",
            "tune iris.ron --out",
            "import iris.onnx --out",
        ] {
            for force in ["", " --force"] {
                let arguments = format!("{command} {name}{force}");
                assert_eq!(
                    told(&tool, &arguments),
                    format!("`{name}` is a device or a pipe, and no file: choose another name"),
                    "{arguments}"
                );
            }
        }
    }
}

#[test]
fn rows_come_through_a_pipe() {
    let tool = Tool::iris("piped-rows");
    tool.does("train iris.ron --set epochs=1");
    let predicted = tool.does("predict iris.safetensors iris.csv");
    let table = tool.read("iris.csv");
    let fed = |input: &[u8]| tool.fed("predict iris.safetensors -", input);
    assert_eq!(fed(table.as_bytes()).out, predicted);
    // Through a name, as a shell gives it for `<(…)`.
    if cfg!(target_os = "linux") {
        let named = tool.fed("predict iris.safetensors /dev/fd/0", table.as_bytes());
        assert_eq!(named.out, predicted);
    }
    // More than is looked at first.
    let mut long = table.clone();
    let (_, rows) = table.split_once('\n').expect("a header");
    for _ in 0..400 {
        long += rows;
    }
    assert_eq!(fed(long.as_bytes()).out.lines().count(), 1 + 401 * 150);
}
