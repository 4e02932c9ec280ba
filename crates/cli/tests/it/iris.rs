//! From a table to predictions.

use crate::tool::{Tool, value};

#[test]
fn a_table_becomes_an_experiment_and_a_model() {
    let tool = Tool::iris("whole");
    let text = tool.read("iris.ron");
    assert!(text.starts_with(
        "// 150 samples, 4 inputs, 3 classes (setosa 50, versicolor 50, virginica 50).\n"
    ));
    assert!(text.contains(r#"data: Csv(file: "iris.csv", label: "species"),"#));

    let trained = tool.does("train iris.ron --threads 1");
    assert!(value(&trained, "test_accuracy") > 0.9, "{trained}");
    assert!(value(&trained, "seconds") >= 0.0);
    assert!(!tool.has("iris.safetensors.checkpoint.ron"));
    let model = std::fs::read(tool.0.join("iris.safetensors")).expect("a model");
    tool.does("train iris.ron --threads 2 --out again.safetensors");
    let again = std::fs::read(tool.0.join("again.safetensors")).expect("a model");
    assert!(model == again, "threads change nothing");

    let evaluated = tool.does("evaluate iris.safetensors iris.ron");
    assert_eq!(
        value(&evaluated, "test_accuracy"),
        value(&trained, "test_accuracy")
    );
    let evaluated = tool.does("evaluate iris.safetensors iris.csv");
    assert!(value(&evaluated, "test_accuracy") > 0.9, "{evaluated}");
    let json = tool.does("evaluate iris.safetensors iris.csv --json");
    assert!(json.starts_with("{\"samples\":150,"), "{json}");

    let inspected = tool.does("inspect iris.safetensors");
    for words in [
        "4 inputs: sepal_length, sepal_width, petal_length, petal_width\n",
        "3 classes: setosa, versicolor, virginica\n",
        "prepared by: a shift and a scale of each input\n",
        "\n  epochs: ",
        "trained on 120 samples",
        "more epochs, shown by --epochs",
    ] {
        assert!(inspected.contains(words), "{inspected}\nlacks {words}");
    }
}

#[test]
fn rows_are_read_in_any_form() {
    let tool = Tool::iris("rows");
    tool.does("train iris.ron");
    tool.write("plain.csv", "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n");
    tool.write(
        "labelled.csv",
        "5.1,3.5,1.4,0.2,setosa\n6.3,3.3,6.0,2.5,virginica\n",
    );
    tool.write(
        "named.csv",
        "species;petal_width;petal_length;sepal_width;sepal_length\nx;0.2;1.4;3.5;5.1\n\"y;\";2.5;6.0;3.3;6.3\n",
    );
    tool.write("blanks.txt", "5.1 3.5  1.4 0.2\n\n6.3 3.3 6.0 2.5\n");
    let predicted = tool.does("predict iris.safetensors plain.csv");
    let lines: Vec<&str> = predicted.lines().collect();
    assert_eq!(lines[0], "class,setosa,versicolor,virginica");
    assert!(lines[1].starts_with("setosa,0.9") && lines[2].starts_with("virginica,"));
    assert_eq!(lines.len(), 3);
    for other in ["labelled.csv", "named.csv", "blanks.txt"] {
        assert_eq!(
            tool.does(&format!("predict iris.safetensors {other}")),
            predicted
        );
    }
    let fed = tool.fed(
        "predict iris.safetensors -",
        b"5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n",
    );
    assert_eq!(fed.out, predicted);

    let raw = tool.does("predict iris.safetensors plain.csv --raw");
    let numbers = lines[1].strip_prefix("setosa,").expect("probabilities");
    assert_eq!(raw.lines().next(), Some(numbers));
    let json = tool.does("predict iris.safetensors plain.csv --json");
    assert!(
        json.starts_with(r#"{"class":"setosa","probabilities":{"setosa":0.9"#),
        "{json}"
    );
    assert_eq!(json.lines().count(), 2);
}

#[test]
fn an_experiment_is_checked() {
    let tool = Tool::iris("check");
    let checked = tool.does("check iris.ron --threads 1");
    for words in [
        "samples: 120 train, 0 validation, 30 test\n",
        "gradient: right, 131 of 131 parameters beside differences",
        "rate: the experiment has 0.005; in a test of",
        "stability: AdamW",
        "memory: data",
        "time: ",
    ] {
        assert!(checked.contains(words), "{checked}\nlacks {words}");
    }
}

#[test]
fn a_source_in_whole_numbers() {
    let tool = Tool::iris("fixed");
    tool.does("train iris.ron --set epochs=30");
    let export = "export iris.safetensors --fixed int8 --calibrate";
    let said = tool.does(&format!("{export} iris.ron --c iris.h"));
    for words in [
        "% in f32, ",
        "% in fixed point.",
        "bytes of constants",
        "iris.h is written",
    ] {
        assert!(said.contains(words), "{said}\nlacks {words}");
    }
    // What was measured stands in the file.
    let source = tool.read("iris.h");
    for line in said.lines().take(3) {
        assert!(source.contains(line), "{source}\nlacks {line}");
    }
    assert!(source.contains("iris_predict_fixed(const int8_t x[4], int16_t y[3])"));
    tool.does(&format!("{export} iris.csv --rust iris.rs"));
    assert!(
        tool.read("iris.rs")
            .contains("pub fn predict_fixed(x: &[i8; 4]) -> [i16; 3]")
    );
}

#[test]
fn a_model_goes_out_and_comes_back() {
    let tool = Tool::iris("export");
    tool.does("train iris.ron --set epochs=3");
    tool.does("export iris.safetensors --onnx iris.onnx");
    tool.does("export iris.safetensors --rust iris.rs");
    tool.does("export iris.safetensors --c 1-iris.h");
    assert!(
        tool.read("iris.rs")
            .contains("pub fn predict(x: &[f32; 4]) -> [f32; 3]")
    );
    assert!(
        tool.read("1-iris.h")
            .contains("model_1_iris_predict(const float x[4], float y[3])")
    );
    let imported = tool.does("import iris.onnx --out back.safetensors");
    assert!(imported.contains("back.safetensors is saved"));
    tool.write("row.csv", "5.1,3.5,1.4,0.2\n");
    let numbers = |model: &str| -> Vec<f64> {
        let raw = tool.does(&format!("predict {model} row.csv --raw"));
        raw.trim()
            .split(',')
            .map(|x| x.parse().expect("a number"))
            .collect()
    };
    let (own, back) = (numbers("iris.safetensors"), numbers("back.safetensors"));
    // The file scales in another order: a few roundings of an f32.
    assert!(
        own.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-5),
        "{own:?} {back:?}"
    );

    // The whole table, its answers included: the columns are known by their names, and by their places.
    let predicted = |model: &str, table: &str| -> Vec<String> {
        let out = tool.does(&format!("predict {model} {table}"));
        let classes = out.lines().map(|line| line.split(',').next());
        classes
            .map(|class| class.expect("a class").to_owned())
            .collect()
    };
    let table = tool.read("iris.csv");
    let (_, rows) = table.split_once('\n').expect("a header");
    tool.write("rows.csv", rows);
    let expected = predicted("iris.safetensors", "iris.csv");
    for table in ["iris.csv", "rows.csv"] {
        assert_eq!(predicted("back.safetensors", table), expected, "{table}");
    }

    // The answers in front, and no names: a model knows where the others stood.
    let first = rows.lines().map(|row| {
        let (inputs, kind) = row.rsplit_once(',').expect("a kind");
        format!("{kind},{inputs}\n")
    });
    tool.write("first.csv", first.collect::<String>());
    tool.does("new first.csv --label 0");
    tool.does("train first.ron --set epochs=3");
    tool.does("export first.safetensors --onnx first.onnx");
    tool.does("import first.onnx --out first-back.safetensors");
    assert_eq!(
        predicted("first-back.safetensors", "first.csv"),
        predicted("first.safetensors", "first.csv")
    );
    let evaluated = tool.does("evaluate first-back.safetensors first.csv");
    assert!(evaluated.contains("accuracy"), "{evaluated}");

    // The weights alone, into a network that an experiment describes.
    tool.does("import iris.safetensors --network iris.ron --out weights.safetensors");
    assert_eq!(numbers("weights.safetensors"), own);
}

#[test]
fn values_are_predicted_in_their_units() {
    let tool = Tool::new("values");
    let rows = (0..200).map(|i| {
        let (x, z) = (f64::from(i % 17) / 4.0, f64::from(i % 23));
        format!("{x},{z},{}\n", 1000.0 + 50.0 * x - 3.0 * z)
    });
    tool.write(
        "price.csv",
        format!("size,age,price\n{}", rows.collect::<String>()),
    );
    let seen = tool.does("new price.csv --label price --out experiment.ron");
    assert!(
        seen.starts_with("200 samples, 2 inputs, a value to predict\n"),
        "{seen}"
    );
    let trained = tool.does("train experiment.ron --out price.safetensors");
    assert!(value(&trained, "test_r_squared") > 0.98, "{trained}");
    let predicted = tool
        .fed("predict price.safetensors -", b"age,size\n10,2\n")
        .out;
    let (head, number) = predicted.trim().split_once('\n').expect("two lines");
    let number: f64 = number.parse().expect("a number");
    assert!(
        head == "price" && (number - 1070.0).abs() < 20.0,
        "{predicted}"
    );
    let evaluated = tool.does("evaluate price.safetensors price.csv");
    assert!(value(&evaluated, "test_r_squared") > 0.98, "{evaluated}");
}

#[test]
fn a_training_is_told_in_json() {
    let tool = Tool::iris("json");
    let out = tool.does("train iris.ron --json --set epochs=4");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with(r#"{"epoch":{"epoch":1,"cost":"#),
        "{}",
        lines[0]
    );
    assert!(
        lines[4]
            .starts_with(r#"{"result":{"model":"iris.safetensors","end":"all epochs are done""#)
    );
}

#[test]
fn a_training_and_a_model_are_reported() {
    let tool = Tool::iris("report");
    tool.does("train iris.ron --set epochs=4 --report trained");
    let page = tool.read("trained/report.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<title>trained"));
    // The experiment as it was done.
    assert!(page.contains("epochs: 4,") && page.contains("petal_width"));
    tool.does("evaluate iris.safetensors iris.csv --report evaluated");
    assert!(tool.read("evaluated/report.html").contains("versicolor"));
    let again = tool.run("evaluate iris.safetensors iris.csv --report evaluated");
    assert_eq!(again.code, Some(1));
    tool.does("evaluate iris.safetensors iris.csv --report evaluated --force");
}

#[test]
fn completions_are_written() {
    let tool = Tool::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = tool.does(&format!("completions {shell}"));
        assert!(
            script.contains("gradflow") && script.contains("predict"),
            "{shell}"
        );
    }
}

#[test]
fn errors_are_in_the_units_of_the_targets() {
    let tool = Tool::new("units");
    let target = |i: i32| 1000.0 * f64::from(i * 7 % 40) + 0.5;
    let rows = (0..40).map(|i| format!("{}.25,{}\n", i * 7 % 40, target(i)));
    tool.write("t.csv", format!("x,y\n{}", rows.collect::<String>()));
    tool.does("new t.csv");
    tool.does("train t.ron --set epochs=2");
    let predicted = tool.does("predict t.safetensors t.csv --raw");
    let errors = predicted.lines().zip(0..).map(|(line, i)| {
        let value: f64 = line.parse().expect("a number");
        (value - target(i)).abs()
    });
    let expected = errors.sum::<f64>() / 40.0;
    let json = tool.does("evaluate t.safetensors t.csv --json");
    let evaluation: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let said = evaluation["regression"]["mean_absolute_error"].as_f64();
    let said = said.expect("a number");
    // Both are sums of 40 numbers of single precision.
    assert!(
        (said / expected - 1.0).abs() < 1e-4,
        "{said} for {expected}"
    );
}

#[test]
fn a_schedule_that_does_not_fit_is_told() {
    let tool = Tool::iris("schedule");
    let words = "the rate has its last value after 480 steps";
    let fits = tool.does("train iris.ron");
    assert!(!fits.contains(words), "{fits}");
    let long = tool.does("train iris.ron --set epochs=200 --force");
    assert!(long.contains(words), "{long}");
    assert!(long.contains("steps=1600"), "{long}");
}
