//! Tables as people have them.

use crate::tool::{Tool, value};

/// A table whose first line names the classes, which its labels number.
fn numbered(rows: usize) -> String {
    let row = |i: usize| {
        let class = i % 2;
        format!("{}.{},{}.25,{class}\n", 3 * class, i % 5, i % 7)
    };
    format!("{rows},2,rose,lily\n") + &(0..rows).map(row).collect::<String>()
}

#[test]
fn a_model_is_evaluated_on_numbers_of_its_classes() {
    let tool = Tool::new("numbered");
    tool.write("t.csv", numbered(60));
    let seen = tool.does("new t.csv");
    assert!(
        seen.contains("\ntarget: column 2 (counted from 0)\n"),
        "{seen}"
    );
    tool.does("train t.ron");
    let same = tool.run("evaluate t.safetensors t.csv");
    assert_eq!(same.code, Some(0), "{}", same.err);
    assert_eq!(
        same.err,
        "note: the labels are numbers, taken for the classes in their order: 0 is `rose`, 1 is `lily`\n"
    );
    assert!(value(&same.out, "test_accuracy") > 0.9, "{}", same.out);
    // Rows without that first line, as numbers and as names.
    let rows = numbered(60);
    let (_, rows) = rows.split_once('\n').expect("a first line");
    tool.write("numbers.csv", rows);
    let names = rows.replace(",0\n", ",rose\n").replace(",1\n", ",lily\n");
    tool.write("names.csv", names);
    let numbers = tool.run("evaluate t.safetensors numbers.csv");
    let names = tool.does("evaluate t.safetensors names.csv");
    assert_eq!(numbers.err, same.err);
    for out in [numbers.out, names] {
        assert_eq!(
            value(&out, "test_accuracy"),
            value(&same.out, "test_accuracy")
        );
    }
}

#[test]
fn any_column_is_predicted() {
    let tool = Tool::new("any-column");
    let row = |i: usize| {
        format!(
            "{}.5,{},{},{}\n",
            i % 11,
            i % 3,
            5 * (i % 11) + i % 3,
            ["A", "B"][i % 2]
        )
    };
    let rows: String = (0..80).map(row).collect();
    tool.write("price.csv", format!("size,rooms,price,city\n{rows}"));
    let guessed = tool.does("new price.csv --out guessed.ron");
    assert!(
        guessed.contains("2 classes (A 40, B 40)\ntarget: column `city`\n"),
        "{guessed}"
    );
    let chosen = tool.does("new price.csv --label price");
    assert!(
        chosen.starts_with("80 samples, 4 inputs, a value to predict\ntarget: column `price`\n"),
        "{chosen}"
    );
    let trained = tool.does("train price.ron");
    assert!(value(&trained, "test_r_squared") > 0.5, "{trained}");
    let first = tool.does("new price.csv --label 0 --out first.ron");
    assert!(
        first.contains("\ntarget: column 0 (counted from 0)\n"),
        "{first}"
    );
    let none = tool.run("new price.csv --label cost --out none.ron");
    assert!(none.err.contains("no column `cost`"), "{}", none.err);

    let rows: String = (0..40)
        .map(|i| format!("{},{},{}.5\n", 9000 + 7 * i * i, ["M", "B"][i % 2], i % 9))
        .collect();
    tool.write("cancer.data", rows);
    let seen = tool.does("new cancer.data");
    assert!(
        seen.contains("\ntarget: column 1 (counted from 0); left out: 0 (counted from 0)\n"),
        "{seen}"
    );
    tool.write(
        "thousands.csv",
        "x,price\n1,\"1,000\"\n2,\"1,037\"\n3,999\n",
    );
    let told = tool.run("new thousands.csv");
    assert_eq!(told.code, Some(1));
    assert!(
        told.err
            .contains("line 2, column `price`: `1,000` seems to have separators of thousands"),
        "{}",
        told.err
    );
}
