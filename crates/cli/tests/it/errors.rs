//! Common mistakes: what is said, and with which exit code.

use crate::tool::Tool;

/// What is said of a mistake.
fn told(tool: &Tool, arguments: &str, code: i32) -> String {
    let done = tool.run(arguments);
    assert_eq!(done.code, Some(code), "{arguments}: {}", done.err);
    assert_eq!(done.out, "", "{arguments}");
    done.err
}

#[test]
fn a_line_of_the_experiment_is_quoted() {
    let tool = Tool::iris("quoted");
    let text = tool.read("iris.ron");
    tool.write(
        "iris.ron",
        text.replace("activation: Tanh", "activation: Tanhh"),
    );
    let said = told(&tool, "train iris.ron", 1);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("error: iris.ron, line 14, column "),
        "{said}"
    );
    assert!(lines[0].contains("did you mean `Tanh`?"), "{said}");
    assert_eq!(
        lines[2],
        "14 |         Dense(outputs: 16, activation: Tanhh),"
    );
    let caret = lines[3].find('^').expect("a caret");
    assert!(lines[2][caret..].starts_with("Tanhh"), "{said}");

    tool.write("iris.ron", text.replace("outputs: 3", "outputs: 4"));
    let said = told(&tool, "train iris.ron", 1);
    assert!(
        said.contains("`network[1]`: training data: labels of 3 classes"),
        "{said}"
    );
    assert!(
        said.contains("15 |         Dense(outputs: 4, activation: Identity),\n   |         ^\n"),
        "{said}"
    );
}

#[test]
fn a_line_of_the_data_is_quoted() {
    let tool = Tool::iris("data-line");
    let table = tool.read("iris.csv").replacen("4.9,3.0", "4.9,3.O", 1);
    tool.write("iris.csv", table);
    let said = told(&tool, "train iris.ron", 1);
    let place = "line 4, column 11, `data`: iris.csv: line 3, column `sepal_width`: `3.O`";
    assert!(said.contains(place), "{said}");
    let quote = "  |\n3 | 4.9,3.O,1.4,0.2,setosa\n  |     ^\n";
    assert!(said.ends_with(quote), "{said}");
}

#[test]
fn settings_that_cannot_be_are_told() {
    let tool = Tool::iris("settings");
    let cases = [
        ("epochs", 2, "a setting is written `field=value`"),
        ("epoch=3", 1, "`epoch=3` cannot be set: no field `epoch`"),
        ("epoch=3", 1, "did you mean `epochs`?"),
        (
            "epochs=many",
            1,
            "error: `epochs=many` cannot be set: `epochs` must be a whole number, such as 20, not `many`\n",
        ),
        (
            "network[7].outputs=3",
            1,
            "error: `network[7].outputs` cannot be set: `network` has 2 elements, 0 to 1\n",
        ),
        (
            "network[=3",
            1,
            "write it like `epochs`, `protocol.batch` or `network[0].outputs`",
        ),
        ("rate=-1", 1, "rate"),
        (
            "protocol.batch=0",
            1,
            "error: iris.ron, `protocol` with `protocol.batch=0`: batch size 0: a mini-batch has at least 1 sample\n",
        ),
        (
            "data.file=roses.csv",
            1,
            "error: iris.ron, `data` with `data.file=roses.csv`: roses.csv: cannot be opened: ",
        ),
    ];
    for (setting, code, words) in cases {
        let said = told(&tool, &format!("train iris.ron --set {setting}"), code);
        assert!(said.contains(words), "{setting}: {said}\nlacks {words}");
    }
    assert!(!tool.has("iris.safetensors"));
}

#[test]
fn nothing_is_overwritten() {
    let tool = Tool::iris("overwritten");
    let there = "is there already: choose another name, or replace it with --force\n";
    assert_eq!(
        told(&tool, "new iris.csv", 1),
        format!("error: `iris.ron` {there}")
    );
    tool.does("new iris.csv --force");
    tool.does("train iris.ron --set epochs=1");
    for arguments in [
        "train iris.ron",
        "import x.onnx --out iris.safetensors",
        "export iris.safetensors --onnx iris.csv",
        "export iris.safetensors --rust iris.csv",
    ] {
        let said = told(&tool, arguments, 1);
        assert!(said.ends_with(there), "{arguments}: {said}");
    }
    tool.does("train iris.ron --set epochs=1 --force");
}

#[test]
fn what_is_read_is_not_overwritten() {
    let tool = Tool::iris("inputs");
    tool.does("train iris.ron --set epochs=1");
    let (table, experiment) = (tool.read("iris.csv"), tool.read("iris.ron"));
    for arguments in [
        "new iris.csv --out iris.csv",
        "train iris.ron --out ./iris.csv",
        "train iris.ron --out iris.ron",
        "tune iris.ron --out iris.csv",
        "tune iris.ron --out iris.ron",
        "export iris.safetensors --c iris.safetensors",
        "export iris.safetensors --c iris.csv --fixed int16 --calibrate iris.csv",
        "import iris.csv --out iris.csv",
    ] {
        for force in ["", " --force"] {
            let said = told(&tool, &format!("{arguments}{force}"), 1);
            let words = "is what this command reads, and is not overwritten";
            assert!(said.contains(words), "{arguments}: {said}");
        }
    }
    assert_eq!(
        (table, experiment),
        (tool.read("iris.csv"), tool.read("iris.ron"))
    );
}

#[test]
fn outputs_are_tried_before_the_training() {
    let tool = Tool::iris("tried");
    tool.write("file", "");
    let cases = [
        (
            "--out nowhere/a.safetensors",
            "`nowhere/a.safetensors` cannot be written",
        ),
        (
            "--out . --force",
            "error: `.` is a folder, and no file: choose another name\n",
        ),
        (
            "--report file",
            "error: `file` is a file, but --report needs a folder: give another name\n",
        ),
    ];
    for (arguments, words) in cases {
        // A training of so many epochs does not come to its end.
        let said = told(
            &tool,
            &format!("train iris.ron --set epochs=1000000000 {arguments}"),
            1,
        );
        assert!(said.contains(words), "{said}\nlacks {words}");
    }
    assert!(!tool.has("iris.safetensors"));
}

#[test]
fn control_characters_of_the_data_are_escaped() {
    let tool = Tool::new("control");
    let rows: Vec<String> = (0..20)
        .map(|i| format!("{i}.5,\x1b]0;p\x07{}\n", i % 2))
        .collect();
    tool.write("t.csv", format!("a,k\x1b[1m\n{}", rows.concat()));
    let mut all = tool.does("new t.csv");
    all += &tool.does("train t.ron --set epochs=1");
    all += &tool.does("inspect t.safetensors");
    tool.write("bad.csv", "a\n\x1b[1m\n");
    all += &told(&tool, "predict t.safetensors bad.csv", 1);
    assert!(all.contains("\\u{1b}]0;p\\u{7}0"), "{all}");
    assert!(!all.contains(['\x1b', '\x07']), "{all:?}");
}

#[test]
fn tables_that_train_nothing_are_refused() {
    let tool = Tool::new("few");
    tool.write("few.csv", "a,k\n1.5,x\n2.5,y\n0.5,x\n1.5,y\n");
    let said = told(&tool, "new few.csv", 1);
    assert!(said.contains("4 samples are too few"), "{said}");
    tool.write(
        "one.csv",
        "a,k\n1.5,x\n2.5,x\n0.5,x\n1.5,x\n1.5,x\n2.25,x\n",
    );
    let said = told(&tool, "new one.csv", 1);
    assert!(said.contains("one class alone, `x`"), "{said}");
    assert!(!tool.has("few.ron") && !tool.has("one.ron"));
}

#[test]
fn tables_that_cannot_be_used_are_told() {
    let tool = Tool::iris("tables");
    tool.does("train iris.ron --set epochs=1");
    let names = "sepal_length,sepal_width,petal_length,petal_width";
    let cases = [
        (
            names.to_owned(),
            "rows.csv: no samples: the file has no row below the header: is it the right one?",
        ),
        (
            String::new(),
            "rows.csv: no samples: the file has no row: is it the right one?",
        ),
        (
            "1,2\n".into(),
            "line 1: 2 fields; a row has 4 inputs, or 5 fields",
        ),
        (
            "1,2,3,4\n1,2,3\n".into(),
            "line 2: 3 fields, but the first row has 4",
        ),
        (
            "1,2,3,x\n".into(),
            "line 1, column `petal_width`: `x` is not a finite number",
        ),
        (
            format!("{names}\n1,2,3,inf\n"),
            "line 2, column `petal_width`: `inf` is not a finite number",
        ),
        (
            format!("{}\n1,2,3,4\n", names.replace("petal_width", "petal_widht")),
            "did you mean `petal_width`?",
        ),
    ];
    for (text, words) in cases {
        tool.write("rows.csv", text);
        let said = told(&tool, "predict iris.safetensors rows.csv", 1);
        assert!(said.contains(words), "{said}\nlacks {words}");
    }
    tool.write("head.csv", "a,b,c\n");
    let said = told(&tool, "new head.csv", 1);
    assert_eq!(
        said,
        "error: head.csv: no samples: the file has no row below the header: is it the right one?\n"
    );
    let said = told(&tool, "new nowhere.csv", 1);
    assert!(
        said.starts_with("error: nowhere.csv: cannot be opened: "),
        "{said}"
    );
}

/// Arguments, the exit code, and words of the message.
const REFUSED: [(&str, i32, &str); 20] = [
    ("", 2, "Usage: gradflow"),
    ("tain iris.ron", 2, "'train'"),
    ("export iris.safetensors", 2, "--onnx"),
    (
        "export iris.safetensors --c x.h --fixed int8",
        2,
        "--calibrate",
    ),
    (
        "export iris.safetensors --c x.h --calibrate iris.csv",
        2,
        "--fixed",
    ),
    (
        "export iris.safetensors --c x.h --label 0",
        1,
        "--calibrate",
    ),
    ("import iris.safetensors", 2, "--out MODEL"),
    (
        "import iris.safetensors --out a.safetensors",
        2,
        "--network EXPERIMENT.ron",
    ),
    ("tune iris.ron --over rate=0.1..1", 2, "--random COUNT"),
    (
        "tune iris.ron --over rate=1,,2",
        2,
        "values are written `0.003,0.01,0.03`",
    ),
    (
        "predict iris.csv iris.csv",
        1,
        "a model in a safetensors file was expected, but this is a text",
    ),
    (
        "predict nowhere.safetensors iris.csv",
        1,
        "nowhere.safetensors",
    ),
    (
        "import iris.csv --out a.safetensors",
        1,
        "error: `iris.csv` cannot be imported: an ONNX file was expected, but this is a text: is it the right \
             file?\n",
    ),
    (
        "train iris.ron --out b.safetensors --resume",
        1,
        "there is no training to go on with",
    ),
    (
        "evaluate iris.safetensors iris.ron --part validation",
        1,
        "this experiment sets no validation part aside: evaluate another part (`--part train` or `--part test`), or add `validation: 0.2` to \
         `split` beside what is there, and train again",
    ),
    ("train iris.csv", 1, "`gradflow new iris.csv`"),
    ("train nowhere.ron", 1, "nowhere.ron: reading failed"),
    (
        "train iris.ron --force --set rate=1e30",
        1,
        " at a rate of 1e30: lower the rate, scale the data, or clip the gradient (`with_clip`, in an experiment `clip`); \
             `gradflow check` finds a rate, and `--set rate=…` sets it\n",
    ),
    (
        "train iris.ron --force --set protocol.descent.rule=GradientDescent(rate:3) --set network[0]=Dense(outputs:8,activation:Identity) --set cost=(output:Identity,loss:SquaredError)",
        1,
        "; the rate is 4.94 times the stability estimate, 0.61; ",
    ),
    (
        "tune iris.ron --folds 1000",
        1,
        "error: cross-validation: 150 samples cannot be divided into 1000 folds: choose 2 to 150\n",
    ),
];

#[test]
fn wrong_files_and_uses_are_told() {
    let tool = Tool::iris("wrong");
    tool.does("train iris.ron --set epochs=1");
    for (arguments, code, words) in REFUSED {
        let done = tool.run(arguments);
        assert_eq!(done.code, Some(code), "{arguments}: {}", done.err);
        assert!(
            done.err.contains(words),
            "{arguments}: {}\nlacks {words}",
            done.err
        );
    }
}

#[test]
fn who_stops_reading_is_no_error() {
    let tool = Tool::iris("closed");
    tool.does("train iris.ron --set epochs=1");
    let mut command = tool.command(&["inspect", "iris.safetensors"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
